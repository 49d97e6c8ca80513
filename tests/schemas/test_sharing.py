"""Shared blocks: made, taken over, changed for all at once, never over something unseen; the mirrors follow."""

import time
from dataclasses import replace

import pytest
from django.db.models import Q

from accounts.models import User
from memory_sdk import NewBlock, NotFound, Refused, Unavailable
from schemas import following, sharing, tending
from schemas.distributing import Whom, start
from schemas.distribution_work import advance
from schemas.models import SharedBlock, SharedEdit
from schemas.sharing import ChangedMeanwhile, Wording
from subjects.editing import BadEdit
from subjects.flags import flag_line
from subjects.letta import agents
from subjects.models import Block, Flag, Revision
from subjects.outside import read_blocks
from subjects.sharing import Affects
from tests.faulty_proxy import Fault, FaultyProxy
from tests.schemas.letta import POLICIES, mirrors, policies, prompt_of, subject

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def shared(proxy: FaultyProxy, adam: User) -> SharedBlock:
    return policies(adam)


def given_to(shared: SharedBlock, by: User, *names: str) -> None:
    pks = [subject(name).pk for name in names]
    advance(str(start(shared, Whom(subject_pks=pks), by=by).pk))
    assert len(mirrors(shared)) == len(names)


def follow(shared: SharedBlock) -> bool:
    return following.follow(str(shared.pk), time.monotonic() + 20)


def test_a_new_one_is_in_letta_with_its_first_revision(shared: SharedBlock, adam: User) -> None:
    seen = agents().get_block(shared.block_id or "")
    assert Wording.of(seen) == POLICIES
    [first] = shared.revisions.all()
    assert (first.number, first.source, first.editor, Wording.of(first)) == (1, "created", adam, POLICIES)


@pytest.mark.parametrize(
    ("label", "wording", "field"),
    [
        ("policies", POLICIES, "label"),
        ("bad label", POLICIES, "label"),
        ("more", replace(POLICIES, limit=5), "value"),
        ("more", replace(POLICIES, limit=0), "limit"),
    ],
)
def test_what_letta_could_not_hold_is_refused_before_it_is_sent(
    shared: SharedBlock, adam: User, label: str, wording: Wording, field: str
) -> None:
    with pytest.raises(BadEdit) as bad:
        sharing.create(label, wording, adam)
    assert bad.value.field == field
    assert SharedBlock.objects.count() == 1


def test_made_while_letta_is_down_it_gets_there_later(proxy: FaultyProxy, adam: User) -> None:
    proxy.faults.append(Fault("POST", "/v1/blocks", "error_500"))
    shared = sharing.create("policies", POLICIES, adam)
    assert shared.block_id is None
    assert shared.trouble
    tending.advance(str(shared.pk))
    shared.refresh_from_db()
    assert shared.block_id
    assert not shared.trouble


def test_an_edit_is_one_call_and_reaches_all(shared: SharedBlock, proxy: FaultyProxy, adam: User) -> None:
    given_to(shared, adam, "ann", "bob", "cem")
    proxy.seen.clear()
    new = replace(POLICIES, value="Be kind.\nPromise nothing.")
    revision = sharing.edit(shared, new, base=1, reason="Legal asked.", by=adam, confirmed=3)

    assert revision is not None
    assert (revision.number, revision.source, revision.editor, revision.reason) == (2, "edit", adam, "Legal asked.")
    assert [call.split()[0] for call in proxy.seen] == ["GET", "PATCH"]
    assert not SharedEdit.objects.exists()
    assert follow(shared)
    for mirror in mirrors(shared):
        assert mirror.value == new.value
        assert mirror.line_revisions == [1, 2]
        latest = mirror.revisions.order_by("-number")[0]
        assert (latest.number, latest.source, latest.editor, latest.reason) == (2, "edit", adam, "Legal asked.")
        assert "Promise nothing." in prompt_of(mirror.subject)
    assert follow(shared)
    assert Revision.objects.filter(block__in=mirrors(shared)).count() == 6, "nothing is recorded twice"


def test_more_subjects_than_confirmed_are_told_first(shared: SharedBlock, adam: User) -> None:
    given_to(shared, adam, "ann", "bob")
    with pytest.raises(Affects) as affects:
        sharing.edit(shared, replace(POLICIES, value="New."), base=1, reason="", by=adam, confirmed=1)
    assert affects.value.agents == 2
    assert agents().get_block(shared.block_id or "").value == POLICIES.value


def test_a_change_in_letta_meanwhile_is_recorded_and_not_overwritten(shared: SharedBlock, adam: User) -> None:
    agents().update_block(shared.block_id or "", value="Theirs.")
    with pytest.raises(ChangedMeanwhile) as changed:
        sharing.edit(shared, replace(POLICIES, value="Mine."), base=1, reason="", by=adam)
    assert (changed.value.base.value, changed.value.current.value) == (POLICIES.value, "Theirs.")
    assert changed.value.current.source == "outside"
    assert agents().get_block(shared.block_id or "").value == "Theirs."


def test_an_edit_whose_answer_was_lost_is_recognised(shared: SharedBlock, proxy: FaultyProxy, adam: User) -> None:
    proxy.faults.append(Fault("PATCH", "/v1/blocks/", "lose_answer"))
    with pytest.raises(Unavailable):
        sharing.edit(shared, replace(POLICIES, value="Mine."), base=1, reason="Legal asked.", by=adam)
    tending.advance(str(shared.pk))
    latest = shared.revisions.order_by("-number")[0]
    assert (latest.value, latest.source, latest.editor, latest.reason) == ("Mine.", "edit", adam, "Legal asked.")


def test_a_refused_edit_leaves_no_word(shared: SharedBlock, proxy: FaultyProxy, adam: User) -> None:
    proxy.faults.append(Fault("PATCH", "/v1/blocks/", "refused_422"))
    with pytest.raises(Refused):
        sharing.edit(shared, replace(POLICIES, value="Mine."), base=1, reason="", by=adam)
    assert not SharedEdit.objects.exists()


def test_what_another_program_changed_is_noticed_and_followed(shared: SharedBlock, adam: User) -> None:
    given_to(shared, adam, "ann")
    agents().update_block(shared.block_id or "", value="Theirs.", limit=900)
    tending.advance(str(shared.pk))
    latest = shared.revisions.order_by("-number")[0]
    assert (latest.value, latest.limit, latest.source, latest.editor) == ("Theirs.", 900, "outside", None)
    [mirror] = mirrors(shared)
    assert (mirror.value, mirror.limit) == ("Theirs.", 900)


def test_restoring_is_an_edit_with_a_source_of_its_own(shared: SharedBlock, adam: User) -> None:
    sharing.edit(shared, replace(POLICIES, value="New.", limit=9), base=1, reason="", by=adam)
    back = sharing.restore(shared, shared.revisions.get(number=1), base=2, reason="Too short.", by=adam)
    assert back is not None
    assert (back.number, back.source, Wording.of(back)) == (3, "restore", POLICIES)


def test_the_page_of_a_subject_never_shows_the_old_text(shared: SharedBlock, adam: User) -> None:
    given_to(shared, adam, "ann", "bob")
    sharing.edit(shared, replace(POLICIES, value="New."), base=1, reason="", by=adam, confirmed=2)
    ann, bob = sorted(mirrors(shared), key=lambda block: block.subject.subject_id)
    assert (ann.value, bob.value) == (POLICIES.value, POLICIES.value), "nobody has followed yet"
    following.catch_up(Q(subject=ann.subject))
    ann.refresh_from_db()
    bob.refresh_from_db()
    assert (ann.value, bob.value) == ("New.", POLICIES.value)


def test_a_flag_is_closed_when_its_line_goes_for_all(shared: SharedBlock, adam: User) -> None:
    given_to(shared, adam, "ann")
    [mirror] = mirrors(shared)
    flag_line(mirror, "Be kind.", by=adam)
    sharing.edit(shared, replace(POLICIES, value="New."), base=1, reason="", by=adam, confirmed=1)
    follow(shared)
    assert Flag.objects.get().closed_at is not None


def test_an_edit_while_mirrors_follow_begins_anew(shared: SharedBlock, adam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BATCH", 1)
    given_to(shared, adam, "ann", "bob", "cem")
    sharing.edit(shared, replace(POLICIES, value="Second."), base=1, reason="", by=adam, confirmed=3)
    assert not following.follow(str(shared.pk), 0)
    SharedBlock.objects.filter(pk=shared.pk).update(follow_after=max(block.subject_id for block in mirrors(shared)))
    sharing.edit(shared, replace(POLICIES, value="Third."), base=2, reason="", by=adam, confirmed=3)
    assert follow(shared)
    assert {block.value for block in mirrors(shared)} == {"Third."}


def test_a_block_that_others_share_is_taken_over(proxy: FaultyProxy, adam: User) -> None:
    theirs = agents().create_block(NewBlock("playbook", "How we work.", "Call back.", 300))
    ann, bob = subject("ann"), subject("bob")
    for one in (ann, bob):
        agents().attach_block(one.agent_id or "", theirs.id)
    read_blocks(ann)
    shared = sharing.adopt(theirs.id, adam)
    assert (shared.label, shared.value, shared.limit, shared.subjects) == ("playbook", "Call back.", 300, 1)
    assert shared.revisions.get().reason == "Taken over from another program."
    with pytest.raises(BadEdit, match="already"):
        sharing.adopt(theirs.id, adam)


def test_the_memory_of_one_subject_is_not_taken_over(proxy: FaultyProxy, adam: User) -> None:
    ann = subject("ann")
    with pytest.raises(BadEdit, match="own memory"):
        sharing.adopt(Block.objects.get(subject=ann).block_id or "", adam)
    with pytest.raises(BadEdit, match="no block"):
        sharing.adopt("block-00000000-0000-4000-8000-000000000000", adam)
    assert not SharedBlock.objects.exists()


def test_one_that_letta_lost_is_made_anew(shared: SharedBlock, adam: User) -> None:
    old = shared.block_id or ""
    agents().delete_block(old)
    with pytest.raises(NotFound):
        sharing.edit(shared, replace(POLICIES, value="New."), base=1, reason="", by=adam)
    tending.advance(str(shared.pk))
    tending.advance(str(shared.pk))
    shared.refresh_from_db()
    assert shared.block_id not in (None, old)
    assert Wording.of(agents().get_block(shared.block_id or "")) == POLICIES


def test_only_what_nobody_has_is_put_aside(shared: SharedBlock, adam: User) -> None:
    given_to(shared, adam, "ann")
    with pytest.raises(BadEdit, match="1 subject"):
        sharing.archive(shared, adam)
    advance(str(start(shared, Whom(subject_pks=[mirrors(shared)[0].subject_id]), by=adam, detach=True).pk))
    sharing.archive(shared, adam)
    shared.refresh_from_db()
    assert shared.archived_at is not None
    assert sharing.create("policies", POLICIES, adam).pk != shared.pk, "its label is free again"


def test_trouble_is_told_in_a_sentence_and_tried_again(shared: SharedBlock, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("GET", "/v1/blocks/", "error_500", times=9))
    tending.advance(str(shared.pk))
    shared.refresh_from_db()
    assert shared.trouble
    assert shared.wake_at is not None
    proxy.faults.clear()
    tending.advance(str(shared.pk))
    shared.refresh_from_db()
    assert not shared.trouble
    assert shared.tries == 0
