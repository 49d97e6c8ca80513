"""Every call of `Memory` and `AsyncMemory` as a plan: arguments checked, decisions made, nothing sent yet."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from memory_sdk import blocks, learning, passages, subjects
from memory_sdk.formats import Turn, checked_turns, format_block, format_summary
from memory_sdk.models import Block, NewBlock
from memory_sdk.names import (
    HUMAN_LABEL,
    SUMMARY_LABEL,
    Kind,
    checked_label,
    checked_limit,
    checked_subject_id,
    checked_text,
)
from memory_sdk.plans import Plan

HUMAN_DESCRIPTION = "Details about the human user you are speaking to."
HUMAN_LIMIT = 10_000  # characters
SUMMARY_DESCRIPTION = "A short (1-2 sentences) running summary of the conversation."
SUMMARY_LIMIT = 1_000  # characters

# What `messages` may be: dicts with role and content, or Turns. Typed loosely because histories come from anywhere.
Messages = Sequence[object]


class Core:
    """The decisions behind one `Memory`: its bound subject, its model handles, the ids it has seen."""

    def __init__(self, subject_id: str | None, model: str | None, embedding: str | None) -> None:
        self.subject_id = None if subject_id is None else checked_subject_id(subject_id)
        self.models = subjects.Models(model or subjects.DEFAULT_MODEL, embedding or subjects.DEFAULT_EMBEDDING)
        self.known = subjects.Known()

    def subject(self, subject_id: str | None) -> str:
        """The subject meant: the argument, else the one the instance is bound to."""
        if subject_id is not None:
            return checked_subject_id(subject_id)
        if self.subject_id is None:
            raise ValueError(
                "No subject_id provided and instance is not bound to a subject. "
                "Pass subject_id=... or initialize Memory(subject_id=...)."
            )
        return self.subject_id

    # subjects ---------------------------------------------------------------------------------------------------------

    def initialize(self, name: str, subject_id: str, kind: Kind, new: Sequence[NewBlock], *, reset: bool) -> Plan[str]:
        """Create the agent of a subject or user; the old one is deleted first (`reset`) or in the way (ValueError)."""
        checked_subject_id(subject_id, name)
        agent = yield from subjects.find(self.known, subject_id)
        if agent is not None and not reset:
            raise ValueError(
                f"Agent {agent.id} already exists for this {kind}. Cannot re-initialize memory unless reset=True."
            )
        if agent is not None:
            for agent_id in (*agent.duplicates, agent.id):
                yield from subjects.delete_agent(agent_id)
            self.known.forget(subject_id)
        return (yield from subjects.create_with_passage(self.known, self.models, subject_id, kind, new)).id

    def initialize_user(
        self, user_id: str, human: tuple[str, str, int], summary: tuple[str, int], *, reset: bool
    ) -> Plan[str]:
        """Create a user. `human`: description, value, limit; `summary`: description, limit."""
        checked_limit(human[2], "user_context_block_char_limit")
        checked_limit(summary[1], "summary_block_char_limit")
        new = [
            NewBlock(
                HUMAN_LABEL,
                checked_text(human[0], "user_context_block_prompt"),
                checked_text(human[1], "user_context_block_value"),
                human[2],
            ),
            NewBlock(SUMMARY_LABEL, checked_text(summary[0], "summary_block_prompt"), "", summary[1]),
        ]
        return self.initialize("user_id", user_id, "user", new, reset=reset)

    def delete(self, name: str, subject_id: str) -> Plan[None]:
        yield from subjects.delete(self.known, checked_subject_id(subject_id, name))

    def agent_id(self, user_id: str) -> Plan[str | None]:
        agent = yield from subjects.find(self.known, checked_subject_id(user_id, "user_id"))
        return None if agent is None else agent.id

    # blocks -----------------------------------------------------------------------------------------------------------

    def list_blocks(self, subject_id: str | None) -> Plan[list[Block]]:
        found = yield from blocks.of_subject(self.known, self.subject(subject_id))
        return [] if found is None else found[1]

    def initialize_memory(
        self, label: str, description: str, value: str, char_limit: int, reset: bool, subject_id: str | None
    ) -> Plan[str]:
        sid = self.subject(subject_id)
        checked_limit(char_limit)
        new = NewBlock(checked_label(label), description, value, char_limit)
        found = yield from blocks.of_subject(self.known, sid)
        if found is None:
            agent = yield from subjects.create_with_passage(self.known, self.models, sid, "subject", [new])
            return (agent.blocks or ())[0].id
        agent_id, existing = found[0], blocks.pick(found[1], label)
        if existing is None:
            return (yield from blocks.add(agent_id, new)).id
        return (yield from blocks.reset(agent_id, existing, new)).id if reset else existing.id

    def get_memory(self, label: str, prompt_formatted: bool, subject_id: str | None) -> Plan[str | None]:
        return self._value(self.subject(subject_id), _asked_label(label), prompt_formatted)

    def get_user_memory(self, user_id: str, prompt_formatted: bool) -> Plan[str | None]:
        return self._value(checked_subject_id(user_id, "user_id"), HUMAN_LABEL, prompt_formatted)

    def _value(self, subject_id: str, label: str, prompt_formatted: bool) -> Plan[str | None]:
        block = yield from blocks.labelled(self.known, subject_id, label)
        if block is None:
            return None
        return format_block(block.label, block.description, block.value) if prompt_formatted else block.value

    def get_summary(self, user_id: str, prompt_formatted: bool) -> Plan[str | None]:
        block = yield from blocks.labelled(self.known, checked_subject_id(user_id, "user_id"), SUMMARY_LABEL)
        if block is None:
            return None
        return format_summary(block.value) if prompt_formatted else block.value

    def delete_block(self, label: str, subject_id: str | None) -> Plan[None]:
        sid, asked = self.subject(subject_id), _asked_label(label)
        found = yield from blocks.of_subject(self.known, sid)
        block = None if found is None else blocks.pick(found[1], asked)
        if found is not None and block is not None:
            yield from blocks.remove(found[0], block.id)

    # messages ---------------------------------------------------------------------------------------------------------

    def add(self, user_or_messages: str | Messages, messages: Messages | None, skip_vector_storage: bool) -> Plan[str]:
        """Both modes of `add_messages`: (user_id, messages) and, on a bound instance, (messages)."""
        if isinstance(user_or_messages, str):
            if messages is None:
                raise ValueError("messages must be provided when calling add_messages(user_id, messages, ...)")
            return self.add_for_user(user_or_messages, messages, skip_vector_storage)
        if not isinstance(user_or_messages, list | tuple):
            raise ValueError("First argument must be a user_id (str) or a messages list.")
        return self.add_for_subject(None, user_or_messages, skip_vector_storage)

    def add_for_user(self, user_id: str, messages: Messages, skip_vector_storage: bool) -> Plan[str]:
        """Learn for a user, creating it with its two blocks when it is new."""
        checked_subject_id(user_id, "user_id")
        return self._add(user_id, "user", _user_blocks(), checked_turns(messages), skip_vector_storage)

    def add_for_subject(self, subject_id: str | None, messages: Messages, skip_vector_storage: bool) -> Plan[str]:
        """Learn for a subject, creating it without blocks when it is new."""
        return self._add(self.subject(subject_id), "subject", [], checked_turns(messages), skip_vector_storage)

    def _add(
        self, subject_id: str, kind: Kind, new: Sequence[NewBlock], turns: Sequence[Turn], skip_vector_storage: bool
    ) -> Plan[str]:
        key = str(uuid.uuid4())

        def learn(agent_id: str) -> Plan[str]:
            if not skip_vector_storage:  # first, so that a failure here leaves nothing learned and a repeat is safe
                yield from passages.store(self.known, agent_id, turns)
            return (yield from learning.send(agent_id, turns, key))

        def create_and_learn() -> Plan[str]:
            agent = yield from subjects.create_with_passage(self.known, self.models, subject_id, kind, new)
            return (yield from learn(agent.id))

        return subjects.on_agent(self.known, subject_id, learn, create_and_learn)

    def search(self, user_id: str, query: str, tags: Sequence[str] | None) -> Plan[list[str] | None]:
        """Passages of a user that fit `query`; those the user said unless `tags` are given; None without an agent."""
        checked_subject_id(user_id, "user_id")
        if not checked_text(query, "query").strip():
            raise ValueError("query must not be empty.")
        if isinstance(tags, str):
            raise ValueError("tags must be a list of strings.")
        wanted = ["user"] if tags is None else list(tags)

        def act(agent_id: str) -> Plan[list[str] | None]:
            return (yield from passages.search(agent_id, query, wanted))

        return subjects.on_agent(self.known, user_id, act, _nothing)


def _user_blocks() -> list[NewBlock]:
    return [
        NewBlock(HUMAN_LABEL, HUMAN_DESCRIPTION, "", HUMAN_LIMIT),
        NewBlock(SUMMARY_LABEL, SUMMARY_DESCRIPTION, "", SUMMARY_LIMIT),
    ]


def _nothing() -> Plan[list[str] | None]:
    yield from ()
    return None


def _asked_label(label: object) -> str:
    """A label to look for. Any text will do: blocks of other programs may be named more freely than ours."""
    if not isinstance(label, str) or not label:
        raise ValueError("label must be a non-empty string.")
    return label
