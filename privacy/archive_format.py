"""The format of a person's archive: `data.json` in it follows the JSON Schema beside it, which is made from this page."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = "memory_ui.person/1"
"""Changes when a reader of the old one would misunderstand the new one."""


class Part(BaseModel):
    """Everything here is written whole and nothing else."""

    model_config = ConfigDict(extra="forbid")


class SubjectPart(Part):
    """Who it is about."""

    id: str = Field(description="Our opaque id, which stands in the record of who read what.")
    subject_id: str = Field(description="The id under which the person is known outside.")
    kind: str
    created_at: datetime
    last_learned_at: datetime | None
    frozen_at: datetime | None
    agent_id: str | None = Field(description="The agent in Letta that keeps the memory.")
    further_agent_ids: list[str]
    tags: list[str] = Field(description="What programs have tagged the agent with.")
    setup_error: str


class RevisionPart(Part):
    """A recorded value of a block."""

    number: int
    at: datetime
    value: str
    description: str
    limit: int = Field(description="characters")
    source: str = Field(description="What changed it: a learning run, an edit, another program …")
    run: str | None = Field(description="The learning run that changed it.")
    staff: str | None = Field(description="The opaque id of the member of staff who changed it.")
    reason: str


class PendingPart(Part):
    """A correction that was on its way when the archive was made."""

    at: datetime
    value: str
    description: str
    limit: int
    staff: str | None
    reason: str


class FlagPart(Part):
    """A line that somebody marked as wrong."""

    line: str
    note: str
    at: datetime
    closed_at: datetime | None
    staff: str | None


class BlockPart(Part):
    """A piece of memory with everything it ever said."""

    label: str
    description: str
    value: str
    limit: int = Field(description="characters")
    read_only: bool
    shared: bool = Field(description="Whether other subjects have the same block: then it is not about this person alone.")
    created_at: datetime
    removed_at: datetime | None
    revisions: list[RevisionPart]
    flags: list[FlagPart]
    pending: PendingPart | None


class MessagePart(Part):
    """One turn of a conversation."""

    role: str
    content: str
    at: datetime


class RunPart(Part):
    """A batch of messages that was given to learn from."""

    id: str
    source: str
    key: str = Field(description="The name that the sender gave the batch.")
    state: str
    failure: str
    at: datetime
    ended_at: datetime | None
    staff: str | None
    messages: list[MessagePart]


class PassagePart(Part):
    """A text in the archive that the assistant can search."""

    id: str
    text: str
    tags: list[str]
    at: datetime | None


class FilePart(Part):
    """A file that was given to learn from. Its own bytes, while they are kept, lie beside in `files/`."""

    id: str
    name: str
    kind: str
    size: int = Field(description="bytes")
    sha256: str
    state: str
    failure: str
    at: datetime
    staff: str | None
    texts: list[str] = Field(description="Stretches of its text that are not yet stored elsewhere.")
    path: str | None = Field(description="Where in this archive its bytes lie.")


class ProposalPart(Part):
    """What a tidy-up would have made of a block."""

    label: str
    value: str
    decision: str


class TidyPart(Part):
    """A revision of all blocks, proposed by a model."""

    at: datetime
    state: str
    failure: str
    staff: str | None
    proposals: list[ProposalPart]


class PromptPart(Part):
    """What an assistant gets of a block for its prompt."""

    label: str
    text: str


class ActivityPart(Part):
    """Somebody read or changed something."""

    at: datetime
    actor: Literal["person", "api-key", "system"]
    staff: str | None = Field(description="The opaque id of the person or key.")
    role: str | None
    action: str
    reason: str
    ticket: str


class RequestPart(Part):
    """A privacy request about the person."""

    id: str
    kind: str
    state: str
    filed_at: datetime
    ended_at: datetime | None


class Archive(Part):
    """All that is kept about one person. Times are UTC."""

    model_config = ConfigDict(title="A person's archive of memory_ui")

    format: Literal["memory_ui.person/1"]
    made_at: datetime
    request: str = Field(description="The privacy request that this answers.")
    subject: SubjectPart
    prompt: list[PromptPart]
    blocks: list[BlockPart]
    runs: list[RunPart]
    passages: list[PassagePart]
    files: list[FilePart]
    tidies: list[TidyPart]
    activity: list[ActivityPart]
    requests: list[RequestPart]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `data.json`."""
    return Archive.model_json_schema()
