"""The offline learner `rules`: decides by rules, without a model, what a conversation teaches about the customer.

Pure and deterministic: the same turns, blocks and day give the same calls; nothing is read or written. It knows English,
typed or transcribed. It would rather miss a fact than write a wrong one.
"""

from collections.abc import Sequence
from datetime import date

from engine.learners.base import BlockView, ToolCall, Turn

from .block_choice import Room, Rooms
from .contact import find_contacts
from .edits import calls, planned
from .facts import Fact, Kind
from .ledger import Ledger
from .numbers import find_numbers
from .people import find_names
from .places import find_places
from .preferences import find_preferences
from .requests import find_requests
from .summary import state_of, summarised
from .turns import Conversation, read, turns_of

__all__ = ["learn", "turns_of"]


def learn(turns: Sequence[Turn], blocks: Sequence[BlockView], today: date) -> list[ToolCall]:
    """The memory-tool calls that bring `blocks` up to date with `turns`, in order; empty when nothing was learned.

    No call exceeds a block's limit or touches a read-only block, and each `old_string` occurs once when its turn
    comes. The caller appends `memory_finish_edits`. `today` dates what is learned.
    """
    conversation = read(turns)
    ledger = Ledger(blocks, today)
    facts = _facts(conversation)
    for fact in facts:
        ledger.take(fact)
    requests = find_requests(conversation)
    for request in requests:
        ledger.take(Fact(Kind.REQUEST, request.phrase))
    edits = [edit for page in ledger.pages for edit in planned(page.block, page.text)]
    summary = Rooms(blocks).best(Room.SUMMARY)
    if summary is not None:
        page = ledger.page_of(summary)
        name = ledger.name() or next((fact.value for fact in facts if fact.kind == Kind.NAME), "")
        old = "" if page.was_template else summary.value
        new = summarised(old, name, requests, state_of(conversation, requests), summary.limit)
        if new != old:
            edits += planned(summary, new)
    return calls(edits)


def _facts(conversation: Conversation) -> list[Fact]:
    """Every fact in the batch; numbers given twice for one kind stand side by side unless the second corrects the first."""
    found = find_names(conversation)
    contacts = find_contacts(conversation)
    for kind in (Kind.EMAIL, Kind.PHONE):
        if joined := _side_by_side([fact for fact in contacts if fact.kind == kind]):
            found.append(joined)
    found += find_places(conversation)
    found += find_numbers(conversation)
    found += find_preferences(conversation)
    return found


def _side_by_side(facts: list[Fact]) -> Fact | None:
    values: list[str] = []
    for fact in facts:
        if fact.corrects and values:
            values.pop()
        if fact.value not in values:
            values.append(fact.value)
    return Fact(facts[0].kind, ", ".join(values)) if facts else None
