"""Correcting a block: recorded with its reason, never over something unseen, whole after a crash."""

import pytest

from accounts.models import User
from memory_sdk import LettaError, NewBlock, Refused, Unavailable
from subjects import delivery, editing
from subjects.creation import create_subject
from subjects.editing import BadEdit, Busy, Changed, Correction, add_block, edit_block, remove_block
from subjects.flags import NoSuchLine, flag_line, told_to_the_agent
from subjects.letta import agents
from subjects.models import Block, Edit, Revision, Subject
from subjects.sharing import restore
from subjects.snapshots import mirror
from tests.faulty_proxy import Fault, FaultyProxy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def block(proxy: FaultyProxy) -> Block:
    new = NewBlock("human", "Who it is.", "Name: Ida\nLives in Leiden\nLikes tea", 100)
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [new])
    delivery.advance(str(subject.pk))
    return Block.objects.select_related("subject").get(subject=subject)


def corrected(block: Block, value: str, by: User, base: int = 1, reason: str = "she said so") -> Revision | None:
    return edit_block(block, Correction(value, block.description, block.limit), base=base, reason=reason, by=by)


def in_letta(block: Block) -> str:
    assert block.block_id is not None
    return agents().get_block(block.block_id).value


def test_an_edit_reaches_letta_and_is_recorded_with_its_reason(block: Block, sue: User) -> None:
    revision = corrected(block, "Name: Ida\nLives in Delft\nLikes tea", sue)
    assert revision is not None
    assert (revision.number, revision.source, revision.editor, revision.reason) == (2, "edit", sue, "she said so")
    assert in_letta(block) == "Name: Ida\nLives in Delft\nLikes tea"
    block.refresh_from_db()
    assert block.line_revisions == [1, 2, 1], "each line knows the revision that brought it"
    assert not Edit.objects.exists()


def test_an_edit_that_changes_nothing_is_no_revision(block: Block, sue: User) -> None:
    assert corrected(block, block.value, sue) is None
    assert block.revisions.count() == 1


def test_an_edit_from_an_old_revision_is_refused_and_shows_both(block: Block, sue: User) -> None:
    corrected(block, "Name: Ida", sue)
    with pytest.raises(Changed) as changed:
        corrected(block, "Name: Ida Roos", sue, base=1)
    assert (changed.value.base.number, changed.value.current.number) == (1, 2)
    assert in_letta(block) == "Name: Ida"


def test_a_change_made_in_letta_meanwhile_is_recorded_and_not_overwritten(block: Block, sue: User) -> None:
    assert block.block_id is not None
    agents().update_block(block.block_id, value="Written by another program")
    with pytest.raises(Changed) as changed:
        corrected(block, "Name: Ida Roos", sue)
    assert changed.value.current.source == Revision.Source.OUTSIDE
    assert in_letta(block) == "Written by another program"


def test_a_value_over_the_limit_is_refused_with_the_number(block: Block, sue: User, proxy: FaultyProxy) -> None:
    before = len(proxy.seen)
    with pytest.raises(BadEdit, match="101 characters are 1 more than the limit of 100") as bad:
        corrected(block, "x" * 101, sue)
    assert bad.value.field == "value"
    assert len(proxy.seen) == before, "said before anything is sent"


def test_an_edit_whose_answer_got_lost_keeps_its_editor_and_reason(block: Block, sue: User, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("PATCH", "/v1/blocks", "lose_answer"))
    with pytest.raises(Unavailable):
        corrected(block, "Name: Ida Roos", sue)
    assert block.revisions.count() == 1
    assert block.subject.agent_id is not None
    mirror(block.subject, agents().list_blocks(block.subject.agent_id), Revision.Source.OUTSIDE)
    latest = block.revisions.get(number=2)
    assert (latest.source, latest.editor, latest.reason) == ("edit", sue, "she said so")


@pytest.mark.parametrize("trouble", ["not_found_404", "error_500"])
def test_an_edit_that_letta_does_not_take_changes_nothing(block: Block, sue: User, proxy: FaultyProxy, trouble: str) -> None:
    proxy.faults.append(Fault("PATCH", "/v1/blocks", trouble))  # type: ignore[arg-type]
    with pytest.raises(LettaError) as error:
        corrected(block, "Name: Ida Roos", sue)
    assert isinstance(error.value, Refused) == (trouble == "not_found_404")
    assert block.revisions.count() == 1
    assert in_letta(block) == "Name: Ida\nLives in Leiden\nLikes tea"


def test_restoring_a_revision_is_a_revision(block: Block, sue: User) -> None:
    corrected(block, "gone", sue)
    revision = restore(block, block.revisions.get(number=1), base=2, reason="by mistake", by=sue)
    assert revision is not None
    assert (revision.number, revision.source) == (3, "restore")
    assert in_letta(block) == "Name: Ida\nLives in Leiden\nLikes tea"


def test_blocks_are_added_and_removed_with_their_history_kept(block: Block, sue: User) -> None:
    added = add_block(block.subject, NewBlock("orders", "What was ordered.", "A lamp", 50), reason="new desk", by=sue)
    assert added.revisions.get().reason == "new desk"
    with pytest.raises(BadEdit, match="already"):
        add_block(block.subject, NewBlock("orders", "", "", 50), reason="", by=sue)
    remove_block(added, base=1, reason="old desk", by=sue)
    added.refresh_from_db()
    assert added.removed_at is not None
    assert [revision.source for revision in added.revisions.order_by("number")] == ["edit", "removed"]
    assert block.subject.agent_id is not None
    assert [seen.label for seen in agents().list_blocks(block.subject.agent_id)] == ["human"]
    again = add_block(block.subject, NewBlock("orders", "", "", 50), reason="", by=sue)
    assert again != added


def test_a_subject_that_is_being_worked_on_says_so(block: Block, sue: User, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    from memory_ui.locks import number
    from tests.conftest import test_database_url

    monkeypatch.setattr(editing, "PATIENCE", 0.2)
    with psycopg.connect(test_database_url()) as other:
        other.execute("select pg_advisory_lock(%s)", [number(f"subject:{block.subject_id}")])
        with pytest.raises(Busy):
            corrected(block, "Name: Ida Roos", sue)


def test_a_flag_is_told_once_and_closed_when_its_line_goes(block: Block, sue: User) -> None:
    flag = flag_line(block, "Lives in Leiden", note="moved", by=sue)
    assert flag_line(block, "Lives in Leiden", by=sue) == flag
    assert "Lives in Leiden" in told_to_the_agent(block.subject)
    with pytest.raises(NoSuchLine):
        flag_line(block, "Lives in Rome", by=sue)
    corrected(block, "Name: Ida\nLikes tea", sue)
    flag.refresh_from_db()
    assert flag.closed_at is not None
    assert told_to_the_agent(block.subject) == ""
