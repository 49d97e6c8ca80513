"""Trying whether Letta learns: a scratch agent is given one invented message, watched, read back and removed.

A state machine like `revising`: every step is safe to repeat, and what Letta did without our hearing of it is looked up
before it is done again. Whatever happens, the scratch agent goes with its blocks and archives: as long as Letta does not
answer, removing is tried again.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from memory_sdk import Block, LettaError, NewBlock, NotFound, Turn
from memory_ui.locks import exclusively
from memory_ui.waking import pause_after, wake
from subjects import delivery
from subjects.endings import ended
from subjects.letta import agents
from subjects.models import LearningTest, Run

logger = logging.getLogger(__name__)

TRY = "subjects.tasks.try_learning"
PATIENCE = timedelta(minutes=2)
"""How long Letta may take to learn one sentence."""
KEPT_TESTS = 10
LABEL = "human"
DESCRIPTION = "What is known of the person: name, where they live, what they like."
MESSAGE = "Hello, my name is Robin Test. I live in Utrecht and I like chess."
CREATE, GIVE, LEARN, READ, REMOVE = (
    "Make a scratch agent",
    "Give it an invented message",
    "Learn",
    "Read the memory back",
    "Remove the scratch agent",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step that is over: how long it took in seconds, and what came of it in a sentence."""

    name: str
    well: bool
    seconds: float
    result: str


def begin(by: User) -> LearningTest:
    """Begin a test; while one is under way it is that one."""
    try:
        with transaction.atomic():
            test = LearningTest.objects.create(created_by=by)
            wake(TRY, str(test.pk))
    except IntegrityError:
        running = LearningTest.objects.filter(state=LearningTest.State.RUNNING).first()
        return running or begin(by)
    over = LearningTest.objects.filter(removed_at__isnull=False).order_by("-created_at", "-id")
    LearningTest.objects.filter(pk__in=list(over.values_list("pk", flat=True)[KEPT_TESTS:])).delete()
    return test


def advance(test_pk: str) -> float | None:
    """Do what can be done for the test now; returns the seconds until there is more to do, None for nothing."""
    with exclusively(f"learning-test:{test_pk}") as mine:
        while mine:
            test = LearningTest.objects.filter(pk=test_pk).first()
            if test is None or test.removed_at is not None:
                return None
            _update(test, wake_at=timezone.now() + delivery.SILENCE)
            try:
                pause = _step(test)
            except LettaError as error:
                pause = _trouble(test, error)
            if pause is None:
                _update(test, wake_at=None)
                return None
            if pause:
                _update(test, wake_at=timezone.now() + timedelta(seconds=pause) + delivery.SILENCE)
                return pause
    return None


def due() -> list[str]:
    """Claim the tests that stand still, for the sweep: their ids, none of them twice within a while."""
    now = timezone.now()
    with transaction.atomic():
        rows = LearningTest.objects.filter(wake_at__lte=now).select_for_update(skip_locked=True)[:50]
        ids = [test.pk for test in rows.only("pk")]
        LearningTest.objects.filter(pk__in=ids).update(wake_at=now + delivery.SILENCE)
    return [str(pk) for pk in ids]


def _step(test: LearningTest) -> float | None:
    if test.state != LearningTest.State.RUNNING:
        return _remove(test)
    if not test.block_id:
        return _create(test)
    if not test.letta_run_id:
        return _give(test)
    if not any(step["name"] == LEARN for step in test.steps):
        return _watch(test)
    return _read(test)


def _create(test: LearningTest) -> float:
    key = f"test-{test.pk}"
    found = agents().find_scratch_agents(key) if test.sending_at else []
    if test.scratch_agent_id:
        agent_id = test.scratch_agent_id
    elif found:
        agent_id = found[0].id
    else:
        _update(test, sending_at=timezone.now())
        agent_id = agents().create_scratch_agent(key, [NewBlock(LABEL, DESCRIPTION)])
    _update(test, scratch_agent_id=agent_id, sending_at=None)
    block = _block(agent_id)
    if block is None:
        return _fail(test, CREATE, "Letta made the agent without the block that was to go with it.")
    _done(test, CREATE, "Letta made an agent with one block.", block_id=block.id)
    return 0.0


def _give(test: LearningTest) -> float:
    key = f"test-{test.pk}"
    run_id = None
    if test.sending_at:
        run_id = agents().find_run(test.scratch_agent_id, key, since=test.sending_at - timedelta(minutes=2))
        if run_id is None and (early := test.sending_at + delivery.IN_FLIGHT - timezone.now()) > timedelta(0):
            return early.total_seconds()  # the request may still be on its way
    if run_id is None:
        _update(test, sending_at=timezone.now())
        run_id = agents().send_messages(test.scratch_agent_id, [Turn(role="user", content=MESSAGE)], key)
    _done(test, GIVE, "Letta took the message and began a run.", letta_run_id=run_id, sending_at=None)
    return delivery.FIRST_LOOK


def _watch(test: LearningTest) -> float:
    age = timezone.now() - test.step_at
    end = ended(agents().get_run(test.letta_run_id), age)
    if end is not None and end[0] == Run.State.COMPLETED:
        _done(test, LEARN, "The run ended well.")
        return 0.0
    if end is not None:
        sentence = end[1].replace("The messages are kept.", "").strip() or "The run was cancelled."
        return _fail(test, LEARN, sentence)
    if age > PATIENCE:
        return _fail(
            test,
            LEARN,
            f"The run did not end within {PATIENCE.seconds // 60} minutes. Look at the workers of Letta, and at its model.",
        )
    return 0.15 if age < timedelta(seconds=2) else 1.0


def _read(test: LearningTest) -> float:
    block = _block(test.scratch_agent_id)
    if block is None or not block.value.strip():
        return _fail(
            test,
            READ,
            "The run ended, and the block is as empty as before. The model that LETTA_MODEL or ENGINE_LLM_MODEL names"
            " may be too weak for memory tools.",
        )
    _done(test, READ, f"The block holds {len(block.value)} characters now.", state=LearningTest.State.PASSED)
    return 0.0


def _remove(test: LearningTest) -> float | None:
    """Delete whatever the test made, and ask Letta for it once more."""
    if test.ended_at is None:
        _update(test, ended_at=timezone.now())
    key = f"test-{test.pk}"
    found = {agent.id for agent in agents().find_scratch_agents(key)} if test.sending_at else set()
    left = [("agent", test.scratch_agent_id), ("block", test.block_id)]
    for agent_id in sorted(found | {test.scratch_agent_id} - {""}):
        deleted = agents().delete_agent(agent_id)
        left += [("archive", archive_id) for archive_id in deleted.archive_ids]
    if test.sending_at and (early := test.sending_at + delivery.IN_FLIGHT - timezone.now()) > timedelta(0):
        return early.total_seconds()  # the agent may still be on its way
    if any(agents().removal.is_there(kind, one) for kind, one in left if one):
        return delivery.LONGEST_PAUSE
    made = bool(test.scratch_agent_id or found)
    result = "Letta, asked again, has nothing of it left." if made else "Nothing had been made."
    _done(test, REMOVE, result, removed_at=timezone.now(), wake_at=None)
    return None


def _block(agent_id: str) -> Block | None:
    return next((block for block in agents().list_blocks(agent_id) if block.label == LABEL), None)


def _trouble(test: LearningTest, error: LettaError) -> float:
    logger.warning("learning test %s: %s", test.pk, error)
    if test.state == LearningTest.State.RUNNING:
        if isinstance(error, NotFound) and test.scratch_agent_id:
            return _fail(test, present(test), "Letta lost the scratch agent while it was being tested.")
        return _fail(test, present(test), str(error))
    _update(test, tries=test.tries + 1)
    return pause_after(test.tries, delivery.LONGEST_PAUSE)


def present(test: LearningTest) -> str:
    """The name of the step that is under way."""
    if test.state != LearningTest.State.RUNNING:
        return REMOVE
    done = {step["name"] for step in test.steps}
    return next(name for name in (CREATE, GIVE, LEARN, READ, REMOVE) if name not in done)


def _fail(test: LearningTest, name: str, sentence: str) -> float:
    _done(test, name, sentence, well=False, state=LearningTest.State.FAILED)
    return 0.0


def _done(test: LearningTest, name: str, result: str, *, well: bool = True, **fields: object) -> None:
    now = timezone.now()
    step = Step(name, well, round((now - test.step_at).total_seconds(), 3), result)
    _update(test, steps=[*test.steps, asdict(step)], step_at=now, **fields)


def _update(test: LearningTest, **fields: object) -> None:
    LearningTest.objects.filter(pk=test.pk).update(**fields)
