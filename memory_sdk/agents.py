"""`Agents`: what a console needs on top of `Memory`, agent by agent, with dataclasses in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from memory_sdk import agent_files, blocks, calls, freezing, learning, listing, reading, scratch, subjects
from memory_sdk.agent_passages import Passages
from memory_sdk.capabilities import Capabilities, found
from memory_sdk.connection import READ_RETRIES, Connection
from memory_sdk.formats import Turn, checked_turns
from memory_sdk.models import Agent, Block, BlockChange, Deleted, Health, LogPage, NewBlock, RunState
from memory_sdk.names import Kind, checked_key, checked_label, checked_limit, checked_subject_id, checked_text
from memory_sdk.plans import Plan
from memory_sdk.removal import Removal

if TYPE_CHECKING:
    import httpx


class Agents(Passages):
    """Letta's agents, blocks and runs as the console uses them.

    `timeout`: seconds for every request; None: 10 for reads, 30 for writes. `read_retries`: how often a read without
    an answer is repeated; writes never are. `transport`: any httpx transport. `time_left`: asked before each request
    for the seconds that are left for all of them. Usable from several threads.

    Every call raises LettaError or one of its kinds; `error.permanent` tells whether trying again can help.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        model: str | None = None,
        embedding: str | None = None,
        timeout: float | None = None,
        read_retries: int = READ_RETRIES,
        transport: httpx.BaseTransport | None = None,
        time_left: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._models = subjects.Models(model or subjects.DEFAULT_MODEL, embedding or subjects.DEFAULT_EMBEDDING)
        self._known = subjects.Known()
        self._connection = Connection(
            api_key, base_url, timeout=timeout, read_retries=read_retries, transport=transport, time_left=time_left
        )

    @property
    def removal(self) -> Removal:
        """Finding, deleting and asking again for all that Letta keeps of a subject."""
        return Removal(self._connection)

    def health(self) -> Health:
        """The server's own word that it is up, and its version. One request."""
        return reading.health(reading.record(self._connection.run(_ask(calls.health()))))

    def capabilities(self) -> Capabilities:
        """What this Letta can do besides memory, and with which models. Seven requests that change nothing."""
        return self._connection.run(found())

    def create_agent(
        self,
        subject_id: str,
        new_blocks: Sequence[NewBlock] = (),
        *,
        kind: Kind = "subject",
        shared_block_ids: Sequence[str] = (),
        tags: Sequence[str] = (),
    ) -> Agent:
        """A new agent for a subject, with its blocks. One request.

        It does not look whether there is one already (`find_agent` does); `tags` come on top of the SDK's own.
        """
        checked_subject_id(subject_id)
        plan = subjects.create(
            subjects.Known(), self._models, subject_id, kind, new_blocks, block_ids=shared_block_ids, tags=tags
        )
        return self._connection.run(plan)

    def find_agent(self, subject_id: str, *, with_blocks: bool = True) -> Agent | None:
        """The agent of a subject, or None; `duplicates` names further agents of the same subject. One request."""
        checked_subject_id(subject_id)
        return self._connection.run(subjects.find(subjects.Known(), subject_id, with_blocks=with_blocks))

    def get_agent(self, agent_id: str) -> Agent:
        """An agent with tags and blocks; NotFound. One request."""
        call = calls.agents_retrieve(agent_id, ["agent.tags", "agent.blocks"])
        return reading.agent(reading.record(self._connection.run(_ask(call))), with_blocks=True)

    def iter_agents(
        self,
        *,
        since: datetime | None = None,
        after: str | None = None,
        by_creation: bool = False,
        with_blocks: bool = False,
        page_size: int = calls.PAGE,
    ) -> Iterator[Agent]:
        """Memory agents, the last active first (`by_creation`: the last created), a page in memory at a time.

        `since`: stop at the first that was not active (created) at or after this time. `after`: go on after this agent
        id; when that agent is gone, Letta begins at the top again. Blocks are None unless asked for.
        """
        wanted = listing.AgentList(since, by_creation, with_blocks, page_size)
        return listing.pages(self._connection, listing.agents(wanted, after))

    def delete_agent(self, agent_id: str) -> Deleted:
        """Delete an agent with messages, blocks and archives; what other agents share is kept. Safe to repeat."""
        return self._connection.run(subjects.delete_agent(agent_id))

    def delete_subject(self, subject_id: str) -> Deleted:
        """Delete all agents of a subject as `delete_agent` does. Safe to repeat."""
        return self._connection.run(subjects.delete(subjects.Known(), checked_subject_id(subject_id)))

    def freeze_agent(self, agent_id: str) -> bool:
        """Let nobody read or change the agent; False when this Letta cannot (its own server) or has no such agent."""
        return self._connection.run(freezing.freeze(agent_id))

    def thaw_agent(self, agent_id: str) -> bool:
        """Let the agent be used again; False when this Letta cannot freeze or has no such agent."""
        return self._connection.run(freezing.thaw(agent_id))

    def create_scratch_agent(self, key: str, new_blocks: Sequence[NewBlock]) -> str:
        """An agent to try things on, with copies of blocks, which is nobody's memory; returns its id. One request.

        It has the tags `memory-ui-scratch` and `key` (letters, digits, hyphens) and none of the SDK's.
        """
        return self._connection.run(scratch.create(self._models, checked_subject_id(key, "key"), new_blocks))

    def find_scratch_agents(self, key: str = scratch.SCRATCH_TAG) -> list[Agent]:
        """The scratch agents made with `key`, or any hundred of all there are. One request."""
        return self._connection.run(scratch.find(key))

    def export_agent_file(self, agent_id: str) -> Mapping[str, object]:
        """The agent's file (`.af`), without its passages; NotFound. One request."""
        return self._connection.run(agent_files.export(agent_id))

    def import_agent_file(self, content: bytes) -> list[str]:
        """Make the agents of an agent file; returns their ids. Refused when it is none. One request, never repeated."""
        return self._connection.run(agent_files.load(content))

    # blocks -----------------------------------------------------------------------------------------------------------

    def list_blocks(self, agent_id: str) -> list[Block]:
        """The blocks of an agent; NotFound when there is no such agent. One request."""
        return self._connection.run(blocks.of_agent(agent_id))

    def get_block(self, block_id: str) -> Block:
        """A block by its id; NotFound. One request."""
        return reading.block(reading.record(self._connection.run(_ask(calls.blocks_retrieve(block_id)))))

    def find_blocks(self, label: str, tag: str) -> list[Block]:
        """The blocks with this label and this tag, attached or not, the oldest first and 100 at most. One request."""
        found = reading.records(self._connection.run(_ask(calls.blocks_list(label, tag))))
        # A server that knows no tags must not hand us somebody else's.
        return [block for block in map(reading.block, found) if tag in block.tags]

    def create_block(self, new: NewBlock) -> Block:
        """A block of its own, attached to nothing yet. One request."""
        return reading.block(reading.record(self._connection.run(_ask(calls.blocks_create(new)))))

    def add_block(self, agent_id: str, new: NewBlock) -> Block:
        """A new block on an agent, in its prompt from the next run on; Refused (409) when the label is taken."""
        return self._connection.run(blocks.add(agent_id, new))

    def update_block(
        self,
        block_id: str,
        *,
        value: str | None = None,
        description: str | None = None,
        limit: int | None = None,
        label: str | None = None,
        read_only: bool | None = None,
        unless_changed: Block | None = None,
    ) -> Block:
        """Change what is not None and return the block as it is now. One request. Letta does not enforce `limit`.

        `unless_changed`: the block as it was last seen; Refused (412) when it has another text, description or limit by
        now. The engine holds this condition; Letta's own server knows none, and writes.
        """
        plan = blocks.update(
            block_id,
            value=None if value is None else checked_text(value, "value"),
            description=None if description is None else checked_text(description, "description"),
            limit=None if limit is None else checked_limit(limit, "limit"),
            label=None if label is None else checked_label(label),
            read_only=read_only,
            unless_changed=unless_changed,
        )
        return self._connection.run(plan)

    def update_blocks(self, agent_id: str, changes: Sequence[BlockChange]) -> list[Block]:
        """Change several blocks of an agent, all or none, and return them in that order. One request.

        Only an engine in the same process has such a call: Unauthorized (403) from one elsewhere, Refused (405) from
        Letta's own server. NotFound when the agent has not all of the blocks.
        """
        return self._connection.run(blocks.update_several(agent_id, changes))

    def attach_block(self, agent_id: str, block_id: str, *, recompile: bool = True) -> None:
        """Attach a block and put it into the agent's prompt; Refused (409) when the label is taken. Two requests.

        Without `recompile` one request, and the next run does not see the block: for several before one `recompile`.
        """
        if recompile:
            self._connection.run(blocks.attach(agent_id, block_id))
        else:
            self._connection.run(_ask(calls.agents_blocks_attach(agent_id, block_id)))

    def detach_block(self, agent_id: str, block_id: str) -> None:
        """Detach a block and take it out of the agent's prompt; the block stays. Two requests."""
        self._connection.run(blocks.detach(agent_id, block_id))

    def remove_block(self, agent_id: str, block_id: str) -> bool:
        """Take a block off an agent; True when it was deleted, False when other agents keep using it."""
        return self._connection.run(blocks.remove(agent_id, block_id))

    def delete_block(self, block_id: str) -> None:
        """Delete a block wherever it is attached; NotFound. Its text stays in prompts until `recompile`. One request."""
        self._connection.run(_ask(calls.blocks_delete(block_id)))

    def block_agents(self, block_id: str) -> list[str]:
        """The ids of the agents a block is attached to, at most 1000; NotFound. One request."""
        agents = self._connection.run(_ask(calls.blocks_agents_list(block_id, limit=1000)))
        return [reading.text(agent, "id") for agent in reading.records(agents)]

    def recompile(self, agent_id: str) -> None:
        """Rebuild an agent's prompt from its blocks as they are now. One request."""
        self._connection.run(_ask(calls.agents_recompile(agent_id)))

    # learning ---------------------------------------------------------------------------------------------------------

    def send_messages(self, agent_id: str, turns: Sequence[Turn], idempotency_key: str) -> str:
        """Give a batch of turns to an agent to learn from; returns the run's id. One request, never repeated.

        `idempotency_key` travels as the message's `otid`, as a mark on the run and as the header `Idempotency-Key`.
        The engine answers a known key with the run it started then; Letta's server would learn twice. So after
        Unavailable ask `find_run` before sending again.
        """
        checked = checked_turns(turns, "turns")
        return self._connection.run(learning.send(agent_id, checked, checked_key(idempotency_key)))

    def find_run(self, agent_id: str, idempotency_key: str, since: datetime) -> str | None:
        """The run of a batch sent with this key at or after `since` (aware), or None when it never arrived.

        Unavailable (not permanent) when that cannot be told yet. Ask no earlier than the write's time limit after the
        send, or the request may still be on its way.
        """
        if since.tzinfo is None:
            raise ValueError("since must be an aware datetime.")
        return self._connection.run(learning.find_run(agent_id, idempotency_key, since))

    def get_run(self, run_id: str, *, with_usage: bool = False) -> RunState:
        """Where a run stands; NotFound. One request; one more for the token usage of a finished run."""
        return self._connection.run(learning.get_run(run_id, with_usage=with_usage))

    def cancel_run(self, agent_id: str, run_id: str) -> None:
        """Ask Letta to stop a run; one that is finished stays as it is."""
        self._connection.run(learning.cancel(agent_id, run_id))

    def wait_for_run(self, run_id: str, timeout: float = 300) -> RunState:
        """The run once it has learned. RunFailed as soon as it failed, TimeoutError after `timeout` seconds."""
        return self._connection.run(learning.wait_for_run(run_id, timeout))

    def iter_runs(self, agent_id: str, *, since: datetime | None = None) -> Iterator[RunState]:
        """The runs of an agent, newest first, a page in memory at a time. `since`: stop at the first that is older."""
        return listing.pages(self._connection, listing.runs(agent_id, since))

    def read_log(self, agent_id: str, *, after: str | None = None) -> LogPage:
        """The next part of what an agent was given to learn from, oldest first. One request.

        `after`: the `last_id` of the part before; NotFound when there is no such agent or its log no longer has it.
        """
        return self._connection.run(listing.log_page(agent_id, after))

    def close(self) -> None:
        """Close the connections to the server."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _ask(call: calls.Call) -> Plan[object]:
    """The plan of a single call."""
    return (yield call)
