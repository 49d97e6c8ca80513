"""A person edits while a run of the subject learns: whose change each is stays certain, and neither is lost."""

import threading
import time

import pytest
from django.db import connections

from accounts.models import User
from engine import models as engine
from engine.tasks import work
from memory_sdk import NewBlock, Unavailable
from subjects import delivery
from subjects.creation import create_subject
from subjects.editing import Busy, Changed, Correction, edit_block, remove_block
from subjects.learning import learn
from subjects.letta import agents
from subjects.models import Block, Edit, Revision, Run, Subject
from subjects.sharing import correct
from subjects.transcripts import Turn
from tests.conftest import Worker, wait_until
from tests.faulty_proxy import Fault, FaultyProxy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

VALUE = "Likes tea"


@pytest.fixture
def block(proxy: FaultyProxy) -> Block:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", VALUE, 2000)])
    delivery.advance(str(subject.pk))
    return Block.objects.select_related("subject").get(subject=subject)


def sent(block: Block, said: str = "My name is Ida Roos.") -> Run:
    """A batch that Letta has in hand."""
    run = learn(block.subject, [Turn("user", said)], source=Run.Source.TYPED, key=said)
    delivery.advance(str(block.subject_id))
    run.refresh_from_db()
    assert run.state == Run.State.LEARNING
    return run


def engine_works() -> None:
    for agent_id in engine.Run.objects.exclude(status__in=engine.TERMINAL).values_list("agent_id", flat=True).distinct():
        work(agent_id)


def engine_works_elsewhere() -> None:
    """As a worker does it: in a thread of its own."""

    def at_work() -> None:
        try:
            engine_works()
        finally:
            connections.close_all()

    thread = threading.Thread(target=at_work)
    thread.start()
    thread.join()


def corrected(block: Block, value: str, by: User, base: int = 1, reason: str = "she said so") -> Revision | None:
    return edit_block(block, Correction(value, block.description, block.limit), base=base, reason=reason, by=by)


def ended(run: Run) -> Run:
    def over() -> bool:
        delivery.advance(str(run.subject_id))
        engine_works()
        run.refresh_from_db()
        return run.is_over

    wait_until(over)
    return run


def history(block: Block) -> list[tuple[str, str, Run | None]]:
    rows = block.revisions.order_by("number").select_related("run", "editor")
    return [(one.source, one.editor.name if one.editor else "", one.run) for one in rows]


def in_letta(block: Block) -> str:
    return agents().get_block(str(block.block_id)).value


def test_what_a_run_has_changed_and_not_told_yet_is_the_runs(block: Block, sue: User) -> None:
    run = sent(block)
    engine_works()  # it is over in Letta, and its blocks are not fetched back yet
    with pytest.raises(Changed) as changed:
        corrected(block, "Likes coffee", sue)
    assert (changed.value.current.source, changed.value.current.run) == ("run", run)
    merged = changed.value.current.value.replace("tea", "coffee")
    corrected(block, merged, sue, base=2)
    assert ended(run).state == Run.State.COMPLETED
    assert history(block) == [("created", "", None), ("run", "", run), ("edit", "Sue", None)]
    assert "Ida Roos" in in_letta(block)
    assert "Likes coffee" in in_letta(block)


def test_an_edit_before_the_run_writes_is_the_persons_and_the_rest_the_runs(block: Block, sue: User) -> None:
    run = sent(block)
    corrected(block, "Likes coffee", sue)
    ended(run)
    assert history(block) == [("created", "", None), ("edit", "Sue", None), ("run", "", run)]
    assert block.revisions.get(number=2).value == "Likes coffee"
    assert block.revisions.get(number=2).reason == "she said so"
    assert {"Likes coffee", "Ida Roos"} <= set(in_letta(block).replace("Name: ", "").split("\n"))


def test_a_run_that_writes_between_the_look_and_the_edit_is_not_overwritten(
    block: Block, sue: User, proxy: FaultyProxy
) -> None:
    run = sent(block)
    proxy.meanwhile["PATCH /v1/blocks/"] = engine_works_elsewhere
    with pytest.raises(Changed) as changed:
        corrected(block, "Likes coffee", sue)
    assert (changed.value.base.number, changed.value.current.number) == (1, 2)
    assert "Ida Roos" in in_letta(block)
    ended(run)
    assert history(block) == [("created", "", None), ("run", "", run)]
    assert not Edit.objects.exists()


@pytest.mark.parametrize("answered", [True, False])
def test_a_run_that_goes_on_from_an_edit_before_its_answer_makes_a_revision_of_its_own(
    block: Block, sue: User, proxy: FaultyProxy, answered: bool
) -> None:
    run = sent(block)
    proxy.meanwhile["after PATCH /v1/blocks/"] = engine_works_elsewhere
    if not answered:
        proxy.faults.append(Fault("PATCH", "/v1/blocks", "lose_answer"))
        with pytest.raises(Unavailable):
            corrected(block, "Likes coffee", sue)
    else:
        revision = corrected(block, "Likes coffee", sue)
        assert revision is not None
        assert revision.value == "Likes coffee"
    ended(run)
    assert history(block) == [("created", "", None), ("edit", "Sue", None), ("run", "", run)]
    assert block.revisions.get(number=2).reason == "she said so"
    assert block.revisions.latest("number").value == in_letta(block) != "Likes coffee"
    assert not Edit.objects.exists()


def test_an_edit_that_never_arrived_is_nobodys(block: Block, sue: User, proxy: FaultyProxy) -> None:
    run = sent(block)
    proxy.faults.append(Fault("PATCH", "/v1/blocks", "refuse"))
    with pytest.raises(Unavailable):
        corrected(block, "Likes coffee", sue)
    ended(run)
    assert history(block) == [("created", "", None), ("run", "", run)]


def test_a_deletion_too_meets_what_the_run_changed(block: Block, sue: User) -> None:
    run = sent(block)
    engine_works()
    with pytest.raises(Changed) as changed:
        remove_block(block, base=1, reason="old desk", by=sue)
    assert changed.value.current.run == run


def test_a_run_that_letta_forgets_keeps_what_it_changed(block: Block, proxy: FaultyProxy) -> None:
    run = sent(block)
    engine_works()
    proxy.faults.append(Fault("GET", "/v1/runs/run-", "not_found_404", times=9))
    assert ended(run).state == Run.State.FAILED
    assert history(block) == [("created", "", None), ("run", "", run)]


def test_a_run_of_another_subject_that_shares_the_block(block: Block, sue: User) -> None:
    other = create_subject("user_oda", Subject.Kind.SUBJECT, [])
    delivery.advance(str(other.pk))
    other.refresh_from_db()
    agents().attach_block(str(other.agent_id), str(block.block_id))
    delivery.advance(str(other.pk))
    run = learn(other, [Turn("user", "My name is Oda Lund.")], source=Run.Source.TYPED, key="one")
    delivery.advance(str(other.pk))
    correct(block, Correction("Likes coffee", block.description, 2000), base=1, reason="both", by=sue, confirmed=2)
    ended(run)
    theirs = other.blocks.get()
    assert history(theirs)[1:] == [("edit", "Sue", None), ("run", "", run)]
    assert theirs.value == in_letta(block)


def test_edits_at_any_moment_of_many_runs(block: Block, sue: User, worker: Worker) -> None:
    """The real worker learns sentence after sentence while a person adds line after line."""
    runs: list[Run] = []
    saved: list[str] = []
    met: list[str] = []
    is_open = False
    while is_open or len(runs) < 8 or len(saved) < 4:
        if len(runs) < 8 or not is_open:  # on a busy machine the runs may be over before a person has said much
            said = [Turn("user", f"My e-mail is ida{len(runs)}@example.com.")]
            runs.append(learn(block.subject, said, source=Run.Source.TYPED, key=str(len(runs))))
        block.refresh_from_db()
        base = block.revisions.latest("number")
        line = f"Note {len(saved)}"
        try:
            assert corrected(block, f"{base.value}\n{line}", sue, base=base.number, reason=line) is not None
            saved.append(line)
        except Changed as changed:
            met.append(changed.current.source)
        except Busy:
            pass  # a worker was talking to Letta for more than a moment
        time.sleep(0.03)
        is_open = Run.objects.filter(pk__in=[run.pk for run in runs], state__in=Run.OPEN).exists()
    assert set(met) <= {"run"}
    rows = list(block.revisions.order_by("number"))
    assert [one.reason for one in rows if one.source == "edit"] == saved
    assert {one.source for one in rows} == {"created", "edit", "run"}
    assert {one.editor for one in rows if one.source == "edit"} == {sue}
    assert [one.run_id for one in rows if one.source == "run"] == sorted(
        {one.run_id for one in rows if one.run_id}, key=[run.pk for run in runs].index
    ), "each run once, in their order"
    assert rows[-1].value == in_letta(block)
    assert all(line in in_letta(block).split("\n") for line in saved)
