"""How a learning run ended: Letta's states, also the odd ones, as one of our states and a sentence."""

from dataclasses import replace
from datetime import timedelta

from memory_sdk import RunState
from subjects.models import Run

LONGEST_RUN = timedelta(minutes=30)
SETTLING = timedelta(minutes=1)
"""How long Letta may take to make a run's status final once the run has a stop reason. Some never become final."""

KEPT = "The messages are kept."
FORGOTTEN = f"Letta no longer knows this run, so nobody can say how it ended. {KEPT}"
ENDLESS = f"Letta did not end this run within {LONGEST_RUN.seconds // 60} minutes. {KEPT}"
UNTOLD = f"Letta did not say within {LONGEST_RUN.seconds // 60} minutes whether it has this batch. {KEPT}"
CANCELLED = f"Cancelled while it was learning. What it had changed by then stays; {KEPT[0].lower()}{KEPT[1:]}"


def ended(state: RunState, age: timedelta) -> tuple[Run.State, str] | None:
    """The end of a run that was sent `age` ago, with the sentence that goes with it; None while it may still go on."""
    if state.finished:
        return _verdict(state)
    if state.stop_reason and age > SETTLING:
        return _verdict(replace(state, status="cancelled" if state.stop_reason == "cancelled" else "completed"))
    if age > LONGEST_RUN:
        return Run.State.FAILED, ENDLESS
    return None


def _verdict(state: RunState) -> tuple[Run.State, str]:
    if state.succeeded:
        return Run.State.COMPLETED, ""
    if state.status == "cancelled":
        return Run.State.CANCELLED, CANCELLED
    text = state.error or f"Letta stopped the run: {state.stop_reason or state.status}"
    return Run.State.FAILED, f"{text if text.endswith(('.', '!', '?')) else f'{text}.'} {KEPT}"
