"""A subject whose every text and id carries one word, put into every place there is: what an erasure has to find."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from memory_sdk import NewBlock
from memory_sdk import Turn as Sent
from privacy import requesting
from privacy.hashing import keyed_hash
from privacy.models import Batch, BatchLine, Export, ExportPart, Note, Request
from schemas.models import (
    Deviation,
    Distribution,
    Rollout,
    RolloutItem,
    SharedBlock,
    Standing,
    Template,
    Version,
)
from subjects import delivery, outside, revising, taking_in
from subjects.counting import count_runs
from subjects.creation import create_subject
from subjects.editing import Correction, edit_block
from subjects.flags import flag_line
from subjects.learning import learn, retry
from subjects.letta import agents
from subjects.models import (
    Block,
    Document,
    Edit,
    ListExport,
    ListPart,
    Opened,
    Revision,
    Run,
    Subject,
    SyncState,
    Tidy,
)
from subjects.teaching import learn_from, take_in
from subjects.tidying import tidy_up
from subjects.transcripts import Turn
from tests.conftest import wait_until

LettaWorks = Callable[[], None]
"""Lets the engine do what is due; nothing for a server that works by itself."""


@dataclass
class Canary:
    """The subject, the bystander who shares a block with it, and the word."""

    word: str
    subject: Subject
    bystander: Subject
    shared: str
    """Letta's id of the block both use."""
    duplicate: str
    """Letta's id of a second agent of the same subject."""

    @property
    def subject_id(self) -> str:
        return self.subject.subject_id


def put_everywhere(sue: User, work: LettaWorks) -> Canary:
    """Make the subject with all there can be about it."""
    word = f"canary{uuid.uuid4().hex[:12]}"
    bystander = _created(f"user_{uuid.uuid4().hex[:12]}", [NewBlock("house", "The house.", "A house.")], sue, work)
    # A label that only the subject has, and texts that all have the word.
    own = NewBlock(f"notes_{word}", f"About {word}.", f"{word} likes tea.\nCalled {word} by friends.")
    subject = _created(f"user_{word}", [own, NewBlock("human", "Who it is.", f"Name: {word}")], sue, work)
    shared = bystander.blocks.get().block_id or ""
    canary = Canary(word, subject, bystander, shared, "")
    _share(canary)
    _learn(canary, sue, work)
    _correct(canary, sue)
    _give_files(canary, sue, work)
    _tidy(canary, sue, work)
    canary.duplicate = agents().create_agent(canary.subject_id, [NewBlock("human", "Who.", f"Twice {word}.")]).id
    assert subject.agent_id is not None
    agents().create_passage(subject.agent_id, f"{word} was here.", ["user", word])
    _open_and_list(canary, sue)
    _ask(canary, sue)
    _stand(canary)
    subject.refresh_from_db()
    return canary


def until(step: Callable[[], object], over: Callable[[], object]) -> None:
    """Take steps until it is over."""

    def done() -> object:
        step()
        return over()

    wait_until(done, 90)


def _created(subject_id: str, blocks: list[NewBlock], sue: User, work: LettaWorks) -> Subject:
    subject = create_subject(subject_id, Subject.Kind.SUBJECT, blocks, sue)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id is not None, subject.setup_error
    return subject


def _share(canary: Canary) -> None:
    assert canary.subject.agent_id is not None
    agents().attach_block(canary.subject.agent_id, canary.shared)
    agents().update_block(canary.shared, value=f"The house of {canary.word}.")
    for subject in (canary.subject, canary.bystander):
        assert outside.read_blocks(subject)


def _learn(canary: Canary, sue: User, work: LettaWorks) -> None:
    word, subject = canary.word, canary.subject
    turns = [Turn("user", f"hello, my name is {word}"), Turn("assistant", f"Hello {word}!")]
    assert subject.agent_id is not None
    agents().send_messages(subject.agent_id, [Sent("user", f"I am {word}.")], f"{word}-by-another-program")
    # One failed before it was delivered, with a sentence of Letta's, and is tried again.
    failed = _failed(canary, turns, "0", sue)
    assert retry(failed.get(), sue)
    learn(subject, turns, source=Run.Source.TYPED, key=f"{word}-1", by=sue)

    def step() -> None:
        delivery.advance(str(subject.pk))
        work()

    until(step, lambda: not subject.runs.filter(state__in=Run.OPEN).exists())
    failed.update(failure=f"It says {word}.")
    # Another stays so, and is counted.
    _failed(canary, turns, "2", sue)
    count_runs()
    Subject.objects.filter(pk=subject.pk).update(setup_error=f"{word} could not be made at first.", tags=[word])


def _failed(canary: Canary, turns: list[Turn], key: str, sue: User) -> QuerySet[Run]:
    run = learn(canary.subject, turns, source=Run.Source.TYPED, key=f"{canary.word}-{key}", by=sue)
    failed = Run.objects.filter(pk=run.pk)
    failed.update(state=Run.State.FAILED, failure=f"It says {canary.word}.", ended_at=timezone.now())
    return failed


def _correct(canary: Canary, sue: User) -> None:
    block = canary.subject.blocks.get(label__startswith="notes_")
    correction = Correction(f"{block.value}\nOr {canary.word}.", f"All about {canary.word}.", block.limit)
    number = block.revisions.latest("number").number
    assert edit_block(block, correction, base=number, reason=f"{canary.word} said so", by=sue)
    block.refresh_from_db()
    flag_line(block, f"Or {canary.word}.", note=f"Not {canary.word}.", by=sue)
    human = canary.subject.blocks.get(label="human")
    fields = {"value": canary.word, "description": canary.word, "reason": canary.word, "limit": 100, "editor": sue}
    Edit.objects.create(block=human, source=Revision.Source.EDIT, **fields)


def _give_files(canary: Canary, sue: User, work: LettaWorks) -> None:
    word, subject = canary.word, canary.subject
    stored, _ = take_in(subject, f"{word}.txt", f"{word} has a cat.".encode(), sue)
    until(lambda: taking_in.advance(str(stored.pk)), lambda: _state(stored) == Document.State.READY)
    learn_from(stored)
    until(lambda: taking_in.advance(str(stored.pk)), lambda: _state(stored) == Document.State.STORED)

    def step() -> None:
        delivery.advance(str(subject.pk))
        work()

    until(step, lambda: not subject.runs.filter(state__in=Run.OPEN).exists())
    waiting, _ = take_in(subject, f"{word}-2.txt", f"{word} has a dog.".encode(), sue)
    until(lambda: taking_in.advance(str(waiting.pk)), lambda: _state(waiting) == Document.State.READY)
    take_in(subject, f"{word}-3.txt", f"{word} has a bird.".encode(), sue)  # not read yet: its bytes are here
    Document.objects.filter(pk=stored.pk).update(failure=f"{word}: read twice.")


def _state(document: Document) -> str:
    return Document.objects.values_list("state", flat=True).get(pk=document.pk)


def _tidy(canary: Canary, sue: User, work: LettaWorks) -> None:
    """Left in the middle: the scratch agent, with copies of the blocks, is there."""
    tidy = tidy_up(canary.subject, sue)
    until(lambda: revising.advance(str(tidy.pk)), lambda: Tidy.objects.get(pk=tidy.pk).scratch_agent_id)
    assert tidy.proposals.exists()
    Tidy.objects.filter(pk=tidy.pk).update(failure=f"{canary.word}, says Letta.")


def _open_and_list(canary: Canary, sue: User) -> None:
    word = canary.word
    Opened.objects.create(person=sue, subject=canary.subject)
    export = ListExport.objects.create(person=sue, filters={"words": word}, state=ListExport.State.READY, wake_at=None)
    ListPart.objects.create(list_export=export, position=0, content=f"id,kind\nuser_{word},subject\n".encode())
    by_part = ListExport.objects.create(person=sue, filters={}, state=ListExport.State.READY, wake_at=None)
    ListPart.objects.create(list_export=by_part, position=0, content=f"id\nuser_{word}\n".encode())
    ListExport.objects.filter(pk=export.pk).update(filters={"words": f"user_{word}"})
    state = SyncState.load()
    SyncState.objects.filter(pk=state.pk).update(
        error=f"Letta says user_{word}.", left_out=[[canary.subject.agent_id, "odd", "2026-01-01T00:00:00+00:00"]]
    )
    engine = import_module(settings.SESSION_ENGINE)
    session = engine.SessionStore()
    session["_auth_user_id"] = str(sue.pk)
    session["last_search"] = f"user_{word}"
    session.create()


def _ask(canary: Canary, sue: User) -> None:
    """What was asked before about the same person, with a note that got through, and a list with the id."""
    request = requesting.file("restriction", canary.subject_id, requesting.Filer(sue))
    Request.objects.filter(pk=request.pk).update(state=Request.State.DONE)
    Note.objects.create(request=request, text=f"user_{canary.word} called.", by=sue)
    batch = Batch.objects.create(kind="erasure", lines_expected=1, filed_by=sue)
    BatchLine.objects.create(batch=batch, subject_id=canary.subject_id, outcome=BatchLine.Outcome.ALREADY)
    export = Export.objects.create(request=request, subject=canary.subject.pk)
    ExportPart.objects.create(export=export, position=0, content=f"Name: {canary.word}".encode())
    assert request.subject_hash == keyed_hash(canary.subject_id)


def _stand(canary: Canary) -> None:
    template = Template.objects.create(name="For everybody")
    version = Version.objects.create(template=template, number=1, published_at=timezone.now())
    standing = Standing.objects.create(subject=canary.subject, version=version)
    Deviation.objects.filter(standing=standing).delete()
    Deviation.objects.create(standing=standing, version=version, kind="extra", label=f"notes_{canary.word}")
    words = f"user_{canary.word}"
    rollout = Rollout.objects.create(version=version, filters={"words": words}, unknown_ids=[words], trouble=f"At {words}.")
    RolloutItem.objects.create(rollout=rollout, subject=canary.subject, before={"label": canary.word}, note=canary.word)
    shared = SharedBlock.objects.create(label="hours", value="9 to 5")
    Distribution.objects.create(shared_block=shared, filters={"words": words}, trouble=f"At {words}.")


def mirrors_of_shared(canary: Canary) -> list[Block]:
    """Our copies of the shared block that stay: those of the bystander."""
    return list(Block.objects.filter(block_id=canary.shared).exclude(subject=canary.subject))
