"""Plans that delete one thing that an agent left behind, and that ask Letta whether one is still there."""

from __future__ import annotations

from collections.abc import Callable

from memory_sdk import calls, reading, removal_calls
from memory_sdk.errors import NotFound, Refused, Unavailable
from memory_sdk.plans import Plan

LACKING = 501
"""The engine's answer for what it has nothing of."""


def delete(kind: str, one: str) -> Plan[bool]:
    """Delete one thing of the kinds `DELETED`; False when it was gone already."""
    try:
        yield _DELETE[kind](one)
    except NotFound:
        return False
    return True


def is_there(kind: str, one: str) -> Plan[bool | None]:
    """Whether Letta still answers for one thing; None: this server has no address to ask that."""
    if kind == "file" and not (yield from is_there("folder", one.partition("/")[0])):
        return False  # Letta answers 500 for a file whose folder is gone
    try:
        answer = yield _RETRIEVE[kind](one)
    except NotFound:
        return False
    except Refused as refusal:
        if refusal.status == LACKING:
            return None
        raise
    return answer is not None  # a provider trace that is not there is a null


def passages_with(text: str) -> Plan[list[str]]:
    """The ids of passages anywhere that contain `text` as it stands, of the hundred that Letta finds nearest."""
    try:
        found = reading.records((yield removal_calls.passages_search(text)))
    except Unavailable:
        # Without any agent Letta knows no embedding to search by; without any archive there is nothing to search.
        if reading.records((yield removal_calls.archives_all(limit=1))):
            raise
        return []
    passages = [reading.record(hit.get("passage")) for hit in found]
    return [reading.text(one, "id") for one in passages if text in reading.text(one, "text")]


def blocks_with(text: str) -> Plan[list[str]]:
    """The ids of blocks anywhere, hidden ones too, that contain `text` in value or description, at most 2000."""
    found: list[str] = []
    for place in ("value_search", "description_search"):
        answer = yield removal_calls.blocks_search(place, text)
        found += [reading.text(item, "id") for item in reading.records(answer)]
    return list(dict.fromkeys(found))


def _file(one: str) -> calls.Call:
    folder_id, _, file_id = one.partition("/")
    return removal_calls.folders_files_retrieve(file_id, folder_id)


_DELETE: dict[str, Callable[[str], calls.Call]] = {
    "agent": calls.agents_delete,
    "conversation": removal_calls.conversations_delete,
    "block": calls.blocks_delete,
    "archive": calls.archives_delete,
    "folder": removal_calls.folders_delete,
    "identity": removal_calls.identities_delete,
}
_RETRIEVE: dict[str, Callable[[str], calls.Call]] = {
    "agent": lambda one: calls.agents_retrieve(one, ["agent.tags"]),
    "conversation": removal_calls.conversations_retrieve,
    "block": calls.blocks_retrieve,
    "archive": removal_calls.archives_retrieve,
    "folder": removal_calls.folders_retrieve,
    "file": _file,
    "identity": removal_calls.identities_retrieve,
    "run": calls.runs_retrieve,
    "step": removal_calls.steps_retrieve,
    "trace": removal_calls.steps_trace_retrieve,
    "message": removal_calls.messages_retrieve,
}
