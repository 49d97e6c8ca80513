"""A worker's part: take an agent's runs one after the other, and each of them step by step to its end.

A step is written in one transaction: its messages, the edits of its calls, and the run's count of it. So a worker
that is killed, or that lost its claim to another, leaves whole steps behind and never half of one, and none twice.
"""

import logging
import threading
import time
import traceback
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone

from engine import learners
from engine.learners.protocol import Context, Learner, LearnerFailed, Step
from engine.models import Agent, Block, Message, Run
from engine.runs import records
from engine.runs.claiming import agent_lock, claim_next, hand_back, has_open
from engine.runs.queueing import append
from engine.runs.stopping import COUNTED, end
from engine.runs.waking import wake
from engine.tool_choice import tools_of
from engine.tools import FINISH, Toolbox

logger = logging.getLogger(__name__)

TURN_SECONDS = 30.0
TURN_RUNS = 20
"""How long, and for how many runs, an agent may keep a worker while others wait; a run that is begun is finished."""
RUN_SECONDS = 600.0
"""The longest a worker goes on with one run."""
MOST_MALFORMED = 3
"""Steps in a row whose calls were all malformed, after which the run fails."""


MOST_REDONE = 3
"""How often in a row a step is decided anew because the memory it was decided on changed meanwhile."""


shutting_down = threading.Event()
"""Set when this worker is asked to stop: it finishes the step it is at, and leaves the rest to others."""


class MemoryChanged(Exception):
    """A block was written by somebody else after the learner saw it, and the step would overwrite that unseen."""


class ClaimLost(Exception):
    """The run is not this worker's any more: it was cancelled, taken over, or deleted with its agent."""


def drain(agent_id: str) -> None:
    """Work the agent's runs in order until none is left or the agent's turn is over.

    Returns at once when another worker is at it. Whoever holds the lock looks for runs again after letting go of it,
    so one that was queued in between is not left lying.
    """
    turn = _Turn(time.monotonic() + TURN_SECONDS, TURN_RUNS)
    learner = learners.current()
    while True:
        with agent_lock(agent_id) as held:
            if not held:
                return
            while not turn.over() and (run := claim_next(agent_id)) is not None:
                turn.runs -= 1
                _work(run, learner)
        if not has_open(agent_id):
            return
        if turn.over():
            wake(agent_id)
            return


@dataclass
class _Turn:
    until: float
    runs: int

    def over(self) -> bool:
        return shutting_down.is_set() or self.runs <= 0 or time.monotonic() > self.until


def _work(run: Run, learner: Learner) -> None:
    """Bring a claimed run to its end. Database errors pass through: the sweep has it taken up again."""
    try:
        _steps_at_most_twice(run, learner)
    except ClaimLost:
        logger.info("%s was ended or taken over elsewhere", run.pk)
    except (DatabaseError, InterfaceError):
        raise
    except LearnerFailed as failed:
        logger.warning("%s failed: %s", run.pk, failed.stop_reason)
        _fail(run, failed.stop_reason, failed.sentence)
    except Exception as error:  # a defect in a learner ends this run, not the worker, and not the agent's next run
        where = traceback.extract_tb(error.__traceback__)[-1]
        # The exception's own text may quote memory: only its type and place are for the log and the page.
        logger.error("%s failed: %s at %s:%s", run.pk, type(error).__name__, where.filename, where.lineno)
        _fail(run, "error", f"The {learner.name} learner failed ({type(error).__name__}).")


def _steps_at_most_twice(run: Run, learner: Learner) -> None:
    """All steps; once more from the last recorded one when a learner broke, since what broke may have been passing."""
    try:
        _steps(run, learner)
    except (ClaimLost, LearnerFailed, DatabaseError, InterfaceError):
        raise
    except Exception as error:
        logger.warning("%s is tried once more: %s", run.pk, type(error).__name__)
        _steps(run, learner)


def _steps(run: Run, learner: Learner) -> None:
    claim = run.claim
    assert claim is not None
    try:
        agent = Agent.objects.get(pk=run.agent_id)
    except Agent.DoesNotExist:
        raise ClaimLost from None
    deadline = time.monotonic() + RUN_SECONDS
    tools = tools_of(agent)
    conversation = records.conversation(run)
    if not conversation:
        raise LearnerFailed("error", "The run has no messages to learn from.")
    earlier = records.earlier(run, learner.remembers) if learner.remembers else ()
    malformed = redone = 0
    while run.status == "running":
        if shutting_down.is_set():
            hand_back(run.pk, claim)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise LearnerFailed("error", f"The run took longer than {RUN_SECONDS:.0f} seconds.")
        context = Context(
            agent_type=agent.agent_type,
            system=agent.system,
            blocks=records.blocks(agent.pk),
            conversation=tuple(conversation),
            earlier=earlier,
            tools=tools,
            today=run.created_at.date(),
            seconds=left,
        )
        step = learner.next_step(context)
        seen = {block.label: block.value for block in context.blocks} if redone < MOST_REDONE else None
        try:
            run, written, all_malformed = _write(run.pk, claim, step, tools, malformed, seen)
        except MemoryChanged:
            redone += 1
            continue
        redone = 0
        malformed = malformed + 1 if all_malformed else 0
        conversation += records.entries(written)


@transaction.atomic
def _write(
    run_id: str, claim: UUID, step: Step, tools: tuple[str, ...], malformed: int, seen: dict[str, str] | None
) -> tuple[Run, list[Message], bool]:
    """One step: its edits, its messages and the run's state, all or nothing.

    `seen` are the values the step was decided on, by label; None: write it whatever they are now.
    Raises ClaimLost and MemoryChanged.
    """
    run, agent = _claimed(run_id, claim)
    toolbox = _toolbox(agent.pk, step, tools)
    if seen is not None and toolbox.would_overwrite_unseen(step.tool_calls, seen):
        raise MemoryChanged
    results = [(call, toolbox.carry_out(call)) for call in step.tool_calls]
    now = timezone.now()
    for block in toolbox.changed.values():
        block.updated_at = now
        block.save(update_fields=["value", "updated_at"])
    run.steps += 1
    run.takeovers = 0
    run.prompt_tokens += step.prompt_tokens
    run.completion_tokens += step.completion_tokens
    run.updated_at = now
    written = records.messages(run.steps, step, results)
    append(run, written)

    all_malformed = bool(results) and all(result.malformed for _, result in results)
    if any(call.name == FINISH and not result.refused for call, result in results):
        end(run, agent, "tool_rule")
    elif step.finished:
        end(run, agent, "end_turn")
    elif all_malformed and malformed + 1 >= MOST_MALFORMED:
        end(
            run,
            agent,
            "invalid_tool_call",
            f"The model wrote malformed tool calls {MOST_MALFORMED} times in a row.",
        )
    elif run.steps >= run.max_steps:
        end(run, agent, "max_steps")
    else:
        run.save(update_fields=[*COUNTED, "updated_at"])
    return run, written, all_malformed


def _claimed(run_id: str, claim: UUID) -> tuple[Run, Agent]:
    """The run, and its agent, if it is still ours, locked: the agent first, as everywhere."""
    agent = Agent.objects.select_for_update(no_key=True).filter(runs=run_id).first()
    run = Run.objects.select_for_update(no_key=True).filter(pk=run_id, status="running", claim=claim).first()
    if agent is None or run is None:
        raise ClaimLost
    return run, agent


def _toolbox(agent_id: str, step: Step, tools: tuple[str, ...]) -> Toolbox:
    """The agent's blocks, locked in the order of their ids: a shared one may be wanted by several workers."""
    blocks = Block.objects.filter(attachments__agent=agent_id)
    if any(call.name != FINISH for call in step.tool_calls):
        blocks = blocks.select_for_update(no_key=True, of=("self",)).order_by("id")
    else:
        blocks = blocks.none()
    return Toolbox(blocks, tools)


@transaction.atomic
def _fail(run: Run, stop_reason: str, sentence: str) -> None:
    assert run.claim is not None
    try:
        current, agent = _claimed(run.pk, run.claim)
    except ClaimLost:
        return
    end(current, agent, stop_reason, sentence)
