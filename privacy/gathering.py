"""Gathering what is kept about one person, piece by piece, so that the longest history needs little memory."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from uuid import UUID

from accounts.models import User
from audit.actions import Action
from audit.models import Entry
from memory_sdk import NotFound
from privacy import archive_format as parts
from privacy.models import Request
from subjects.letta import agents
from subjects.models import Block, Document, Flag, Message, Proposal, Revision, Subject, Tidy
from subjects.prompts import prompt_of

CHUNK = 500  # rows in memory at a time
RUNS = 50  # whose messages are read at once
PASSAGES = 100  # a request to Letta


def expected(subject: Subject) -> int:
    """About how many records there will be, for the progress; passages are not counted ahead."""
    return (
        Revision.objects.filter(block__subject=subject).count()
        + Message.objects.filter(subject=subject).count()
        + Entry.objects.filter(subject=subject.pk).count()
    )


def subject_part(subject: Subject) -> parts.SubjectPart:
    """Who it is about."""
    return parts.SubjectPart(
        id=str(subject.pk),
        subject_id=subject.subject_id,
        kind=subject.kind,
        created_at=subject.created_at,
        last_learned_at=subject.last_learned_at,
        frozen_at=subject.frozen_at,
        agent_id=subject.agent_id,
        further_agent_ids=subject.duplicate_agent_ids,
        tags=subject.tags,
        setup_error=subject.setup_error,
    )


def prompt(subject: Subject) -> list[parts.PromptPart]:
    """What an assistant gets of the memory now."""
    blocks = subject.blocks.filter(removed_at=None)
    return [parts.PromptPart(label=one.label, text=one.text) for one in prompt_of(subject, blocks).parts]


def blocks(subject: Subject) -> Iterator[parts.BlockPart]:
    """Every block there ever was, with its history."""
    for block in subject.blocks.select_related("edit").order_by("position", "label", "created_at"):
        yield parts.BlockPart(
            label=block.label,
            description=block.description,
            value=block.value,
            limit=block.limit,
            read_only=block.read_only,
            shared=_is_shared(block),
            created_at=block.created_at,
            removed_at=block.removed_at,
            revisions=[_revision(one) for one in block.revisions.order_by("number").iterator(chunk_size=CHUNK)],
            flags=[_flag(flag) for flag in block.flags.order_by("created_at")],
            pending=_pending(block),
        )


def runs(subject: Subject) -> Iterator[parts.RunPart]:
    """Every batch with its messages, the oldest first."""
    rows = subject.runs.order_by("position").iterator(chunk_size=CHUNK)
    while some := list(islice(rows, RUNS)):
        said: dict[UUID, list[parts.MessagePart]] = defaultdict(list)
        for message in Message.objects.filter(run__in=some).order_by("run", "position").iterator(chunk_size=CHUNK):
            said[message.run_id].append(parts.MessagePart(role=message.role, content=message.content, at=message.created_at))
        for run in some:
            yield parts.RunPart(
                id=str(run.pk),
                source=run.source,
                key=run.idempotency_key,
                state=run.state,
                failure=run.failure,
                at=run.created_at,
                ended_at=run.ended_at,
                staff=_id(run.created_by_id),
                messages=said[run.pk],
            )


def passages(subject: Subject) -> dict[str, list[parts.PassagePart]]:
    """The archive of each of the subject's agents, by agent id, as Letta has it.

    Raises:
        LettaError: Letta refused or did not answer.
    """
    return {agent_id: _passages_of(agent_id) for agent_id in _agent_ids(subject)}


def agent_files(subject: Subject) -> list[tuple[str, Mapping[str, object]]]:
    """Letta's agent file of each of the subject's agents, with the agent's id.

    Raises:
        LettaError: Letta refused or did not answer.
    """
    found = []
    for agent_id in _agent_ids(subject):
        with suppress(NotFound):
            found.append((agent_id, agents().export_agent_file(agent_id)))
    return found


def _agent_ids(subject: Subject) -> list[str]:
    return [agent_id for agent_id in (subject.agent_id, *subject.duplicate_agent_ids) if agent_id]


def _passages_of(agent_id: str) -> list[parts.PassagePart]:
    texts: list[parts.PassagePart] = []
    after: str | None = None
    while True:
        try:
            found = agents().list_passages(agent_id, after=after, limit=PASSAGES)
        except NotFound:
            return texts  # Letta no longer has the agent, and with it no way to its archive
        texts += [parts.PassagePart(id=one.id, text=one.text, tags=list(one.tags), at=one.created_at) for one in found]
        if len(found) < PASSAGES:
            return texts
        after = found[-1].id


def files(subject: Subject) -> Iterator[tuple[parts.FilePart, bytes | None]]:
    """Every file with its own bytes, while they are kept."""
    for document in subject.documents.order_by("created_at", "pk").iterator(chunk_size=5):
        path = None if document.content is None else f"files/{document.pk}.{_ending(document)}"
        part = parts.FilePart(
            id=str(document.pk),
            name=document.name,
            kind=document.kind,
            size=document.size,
            sha256=document.sha256,
            state=document.state,
            failure=document.failure,
            at=document.created_at,
            staff=_id(document.created_by_id),
            texts=[text for text in document.parts.order_by("position").values_list("text", flat=True) if text],
            path=path,
        )
        yield part, None if document.content is None else bytes(document.content)


def tidies(subject: Subject) -> Iterator[parts.TidyPart]:
    """Every tidy-up with what it proposed."""
    for tidy in Tidy.objects.filter(subject=subject).order_by("created_at"):
        proposals = Proposal.objects.filter(tidy=tidy).select_related("block")
        yield parts.TidyPart(
            at=tidy.created_at,
            state=tidy.state,
            failure=tidy.failure,
            staff=_id(tidy.created_by_id),
            proposals=[
                parts.ProposalPart(label=one.block.label, value=one.value, decision=one.decision) for one in proposals
            ],
        )


def activity(subject: Subject) -> Iterator[parts.ActivityPart]:
    """Who read or changed something, the oldest first. Staff stand there by id and role: they are persons too."""
    roles = {str(pk): role for pk, role in User.objects.values_list("pk", "role")}
    for entry in Entry.objects.filter(subject=subject.pk).order_by("id").iterator(chunk_size=CHUNK):
        staff = _id(entry.actor)
        yield parts.ActivityPart(
            at=entry.at,
            actor=entry.actor_kind,  # type: ignore[arg-type]  # pydantic checks it
            staff=staff,
            role=roles.get(staff or ""),
            action=str(Action(entry.action).label),
            reason=entry.reason,
            ticket=entry.ticket,
        )


def requests(subject: Subject) -> Iterator[parts.RequestPart]:
    """The privacy requests about the person."""
    for request in Request.objects.filter(subject=subject.pk).order_by("filed_at"):
        yield parts.RequestPart(
            id=str(request.pk),
            kind=request.kind,
            state=request.state,
            filed_at=request.filed_at,
            ended_at=request.ended_at,
        )


def _revision(revision: Revision) -> parts.RevisionPart:
    return parts.RevisionPart(
        number=revision.number,
        at=revision.created_at,
        value=revision.value,
        description=revision.description,
        limit=revision.limit,
        source=revision.source,
        run=_id(revision.run_id),
        staff=_id(revision.editor_id),
        reason=revision.reason,
    )


def _flag(flag: Flag) -> parts.FlagPart:
    return parts.FlagPart(
        line=flag.line, note=flag.note, at=flag.created_at, closed_at=flag.closed_at, staff=_id(flag.created_by_id)
    )


def _pending(block: Block) -> parts.PendingPart | None:
    edit = getattr(block, "edit", None)
    if edit is None:
        return None
    return parts.PendingPart(
        at=edit.created_at,
        value=edit.value,
        description=edit.description,
        limit=edit.limit,
        staff=_id(edit.editor_id),
        reason=edit.reason,
    )


def _is_shared(block: Block) -> bool:
    others = Block.objects.filter(block_id=block.block_id, removed_at=None).exclude(pk=block.pk)
    return block.block_id is not None and others.exists()


def _ending(document: Document) -> str:
    return {"text": "txt", "markdown": "md"}.get(document.kind, document.kind)


def _id(pk: UUID | None) -> str | None:
    return None if pk is None else str(pk)
