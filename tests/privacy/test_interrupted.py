"""An erasure that is killed, that Letta fails, that others disturb: it ends done and verified, or partial and says why."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections

from accounts.models import User
from memory_sdk import NewBlock
from privacy import checking, erasing, receipts, requesting, working
from privacy.erasures import Erasure
from privacy.models import LedgerEntry, Receipt, Request
from subjects import delivery
from subjects.creation import create_subject
from subjects.learning import learn
from subjects.letta import agents
from subjects.models import Run, Subject
from subjects.transcripts import Turn
from tests.conftest import ROOT, environment, test_database_url, wait_until
from tests.faulty_proxy import Fault, FaultyProxy, Trouble
from tests.privacy.carrying import approved, carry_out, engine_works
from tests.privacy.dumping import tables_with

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = [step for step in Erasure.Step if step != Erasure.Step.ENDED]
WORD = "canary7d51"


@pytest.fixture
def ida(sue: User) -> Subject:
    """A subject with a block of its own, a passage, and something learned."""
    subject = create_subject(f"user_{WORD}", Subject.Kind.USER, [NewBlock("human", "Who.", f"Name: {WORD}")], sue)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id is not None
    agents().create_passage(subject.agent_id, f"{WORD} was here.", [WORD])
    run = learn(subject, [Turn("user", f"my name is {WORD}")], source=Run.Source.TYPED, key=WORD)

    def over() -> bool:
        delivery.advance(str(subject.pk))
        engine_works()
        run.refresh_from_db()
        return run.is_over

    wait_until(over)
    return subject


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "PAUSES", (0.0, 0.0))


def nothing_left() -> bool:
    return not tables_with(WORD, test_database_url())


def at(step: Erasure.Step, do: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do something when a step is reached for the first time."""
    go_to = erasing._go_to
    done: list[Erasure.Step] = []

    def and_do(erasure: Erasure, to: Erasure.Step) -> None:
        go_to(erasure, to)
        if to == step and not done:
            done.append(to)
            do()

    monkeypatch.setattr(erasing, "_go_to", and_do)


# killed ---------------------------------------------------------------------------------------------------------------


@pytest.mark.processes
@pytest.mark.parametrize("moment", ["after", "before"])
def test_killed_at_each_of_its_steps_it_goes_on(ida: Subject, petra: User, adam: User, moment: str) -> None:
    request = approved(ida.subject_id, petra, adam)
    for step in STEPS:
        command = [sys.executable, "-m", "tests.privacy.dying", str(request.pk), step.value, moment]
        ended = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, timeout=60)
        assert ended.returncode == -signal.SIGKILL, (step, ended.stderr.decode()[-2000:])
        if step != Erasure.Step.RECEIPT:
            expected = STEPS[STEPS.index(step) + 1] if moment == "after" else step
            assert Erasure.objects.get().step == expected
    assert not Receipt.objects.exists(), "what was not committed is not there"
    carry_out(request)
    assert (request.state, request.failure) == ("done", "")
    assert nothing_left()
    assert Receipt.objects.get().document["result"] == "done"


# Letta fails ----------------------------------------------------------------------------------------------------------

CALLS = {
    Erasure.Step.SETTLE: [("GET", "/v1/agents/"), ("GET", "/v1/runs/")],
    Erasure.Step.COLLECT: [
        ("GET", "/v1/agents/agent-"),
        ("GET", "/v1/blocks/block-"),
        ("GET", "/v1/archives/"),
        ("GET", "/archival-memory"),
        ("GET", "/messages"),
    ],
    Erasure.Step.LETTA: [("DELETE", "/v1/agents/"), ("DELETE", "/v1/blocks/"), ("DELETE", "/v1/archives/")],
    Erasure.Step.VERIFY: [
        ("GET", "/v1/agents/"),
        ("GET", "/v1/blocks/"),
        ("GET", "/v1/runs/"),
        ("POST", "/passages/search"),
    ],
}
ONCE: list[Trouble] = ["error_500", "lose_answer", "not_found_404", "conflict_409"]
FOR_LONG: list[Trouble] = ["error_500", "not_found_404", "conflict_409"]
FAILURES = [(trouble, 1) for trouble in ONCE] + [(trouble, 100_000) for trouble in FOR_LONG]


@pytest.mark.enable_socket
@pytest.mark.parametrize(("trouble", "times"), FAILURES)
@pytest.mark.parametrize("step", CALLS)
def test_letta_fails(
    proxy: FaultyProxy,
    ida: Subject,
    petra: User,
    adam: User,
    quickly: None,
    monkeypatch: pytest.MonkeyPatch,
    step: Erasure.Step,
    trouble: Trouble,
    times: int,
) -> None:
    request = approved(ida.subject_id, petra, adam)
    for method, path in CALLS[step]:
        at(step, partial(proxy.faults.append, Fault(method, path, trouble, times)), monkeypatch)
    carry_out(request)
    receipt = Receipt.objects.latest("attempt")
    assert checking.check(receipts.as_file(receipt)).good
    assert receipt.document["result"] == request.state
    # Never done when it is not; and whatever is left is told.
    if request.state == "done":
        assert nothing_left()
        return
    assert request.state == "partial"
    assert request.failure
    assert WORD not in request.failure
    assert receipt.document["reasons"]
    proxy.faults.clear()
    requesting.retry(request, petra)
    Request.objects.filter(pk=request.pk).update(state="working")
    carry_out(request)
    assert (request.state, request.failure) == ("done", "")
    assert nothing_left()
    assert [one.document["result"] for one in Receipt.objects.order_by("attempt")] == ["partial", "done"]


@pytest.mark.enable_socket
def test_a_letta_that_is_down_ends_it_partial_with_everything_still_frozen(
    proxy: FaultyProxy, ida: Subject, petra: User, adam: User, quickly: None
) -> None:
    proxy.faults.append(Fault("GET", "/", "refuse", 100_000))
    request = carry_out(approved(ida.subject_id, petra, adam))
    assert request.state == "partial"
    assert "Letta cannot be reached" in request.failure
    ida.refresh_from_db()
    assert ida.frozen_for == "erasure"
    assert ida.blocks.exists(), "nothing is deleted before the inventory is taken"


# others ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [Erasure.Step.LEDGER, Erasure.Step.OURS, Erasure.Step.VERIFY, Erasure.Step.RECEIPT])
def test_another_program_writes_to_it_in_the_middle(
    ida: Subject, petra: User, adam: User, monkeypatch: pytest.MonkeyPatch, step: Erasure.Step
) -> None:
    """A new agent with the same tags, with a block and a passage: found again at the end, and deleted too."""

    def write() -> None:
        agent = agents().create_agent(ida.subject_id, [NewBlock("human", "Who.", f"Again {WORD}.")])
        agents().create_passage(agent.id, f"{WORD} is back.", [])

    at(step, write, monkeypatch)
    request = carry_out(approved(ida.subject_id, petra, adam))
    assert (request.state, request.failure) == ("done", "")
    if step == Erasure.Step.RECEIPT:  # too late to be seen: the ledger recognises it when sync finds it
        assert LedgerEntry.objects.get().subject_hash == request.subject_hash
        return
    assert nothing_left()
    assert Erasure.objects.get().again == 1


def test_what_writes_again_and_again_ends_partial(
    ida: Subject, petra: User, adam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_to = erasing._go_to

    def and_write(erasure: Erasure, to: Erasure.Step) -> None:
        go_to(erasure, to)
        if to == Erasure.Step.VERIFY:
            agents().create_agent(ida.subject_id, [NewBlock("human", "Who.", f"Again {WORD}.")])

    monkeypatch.setattr(erasing, "_go_to", and_write)
    request = carry_out(approved(ida.subject_id, petra, adam))
    assert request.state == "partial"
    assert "Another program made a new agent for this subject" in request.failure
    assert Erasure.objects.get().again == erasing.ROUNDS


def test_an_agent_of_another_program_with_the_same_tag_is_told_and_not_touched(
    ida: Subject, petra: User, adam: User
) -> None:
    """It carries the id as a tag and none of the SDK's: whose it is, a person has to say."""
    from engine.models import Agent

    stranger = Agent.objects.create(name="shop_bot", tags=[ida.subject_id])
    request = carry_out(approved(ida.subject_id, petra, adam))
    assert request.state == "partial"
    assert f"1 agent of others carry the outside id as a tag and were not touched: {stranger.pk}" in request.failure
    assert Agent.objects.get() == stranger


def test_the_agent_of_another_subject_with_that_id_as_a_further_tag_is_not_touched(
    ida: Subject, petra: User, adam: User
) -> None:
    other = agents().create_agent("user_other", [NewBlock("human", "Who.", "Name: Omar")], tags=[ida.subject_id])
    request = carry_out(approved(ida.subject_id, petra, adam))
    assert request.state == "partial"
    assert f"were not touched: {other.id}" in request.failure
    assert [block.value for block in agents().list_blocks(other.id)] == ["Name: Omar"]


def test_what_others_remember_of_it_is_told(ida: Subject, petra: User, adam: User, sue: User) -> None:
    other = create_subject("user_other", Subject.Kind.USER, [NewBlock("human", "Who.", f"Knows user_{WORD}.")], sue)
    delivery.advance(str(other.pk))
    request = carry_out(approved(ida.subject_id, petra, adam))
    assert request.state == "partial"
    assert "subjects.Block.value" in request.failure
    assert str(other.blocks.get().pk) in request.failure
    assert WORD not in request.failure


def test_two_officers_at_once_are_one_erasure(ida: Subject, petra: User, adam: User) -> None:
    first = approved(ida.subject_id, petra, adam)
    with pytest.raises(requesting.AlreadyOpen):
        requesting.file("erasure", ida.subject_id, requesting.Filer(adam), confirmed=True)
    ended: list[float | None] = []

    def worker() -> None:
        try:
            while Request.objects.get(pk=first.pk).state == "working":
                ended.append(working.advance(str(first.pk)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    first.refresh_from_db()
    assert (first.state, first.failure) == ("done", "")
    assert Receipt.objects.count() == 1
    assert nothing_left()
