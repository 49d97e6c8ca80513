"""Subjects as the pages meet them: one with a history, made straight in our tables."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from memory_ui.models import Pulse
from subjects import frequency
from subjects.models import Block, Document, DocumentPart, Message, Proposal, Revision, Run, Subject, Tidy

HTMX = {"HX-Request": "true"}


def see_a_worker(seconds: float = 1) -> None:
    """A worker was last seen so long ago."""
    seen = {"ended_at": timezone.now() - timedelta(seconds=seconds), "seconds": 0.1}
    Pulse.objects.update_or_create(task="subjects.tasks.sweep", defaults=seen)


def make_subject(subject_id: str, **fields: object) -> Subject:
    return Subject.objects.create(subject_id=subject_id, **{"kind": "user", "agent_id": f"agent-{uuid.uuid4()}", **fields})


def make_block(subject: Subject, label: str, *values: str, limit: int = 1000, runs: Sequence[Run | None] = ()) -> Block:
    """A block that held `values` one after the other; `runs`: which run made each, None for none."""
    block = Block.objects.create(subject=subject, label=label, description=f"About {label}.", value=values[-1], limit=limit)
    for number, value in enumerate(values, 1):
        run = runs[number - 1] if runs else None
        source = "run" if run else "created" if number == 1 else "outside"
        Revision.objects.create(
            block=block, number=number, value=value, description=block.description, limit=limit, source=source, run=run
        )
    return block


def make_run(subject: Subject, state: Run.State, *turns: tuple[str, str], age: float = 60, **fields: object) -> Run:
    """A run of `subject` that was created `age` seconds ago."""
    now = timezone.now()
    created = now - timedelta(seconds=age)
    run = Run.objects.create(
        subject=subject,
        position=subject.runs.count(),
        idempotency_key=str(uuid.uuid4()),
        state=state,
        message_count=len(turns),
        created_at=created,
        queued_at=created,
        sending_at=None if state == Run.State.QUEUED else created,
        sent_at=created if state in (Run.State.LEARNING, Run.State.COMPLETED) else None,
        ended_at=None if state in Run.OPEN else now,
        **{"source": "typed", **fields},
    )
    for position, (role, content) in enumerate(turns):
        Message.objects.create(subject=subject, run=run, position=position, role=role, content=content, created_at=created)
    return run


def make_document(subject: Subject, state: Document.State, *parts: str, **fields: object) -> Document:
    """A file of `subject` whose text was read, as `parts`."""
    text = "\n\n".join(parts)
    document = Document.objects.create(
        subject=subject,
        state=state,
        sha256=uuid.uuid4().hex * 2,
        characters=len(text),
        part_count=len(parts),
        **{"name": "intake.pdf", "kind": "pdf", "size": 4_321, **fields},
    )
    for position, part in enumerate(parts):
        DocumentPart.objects.create(document=document, position=position, text=part)
    return document


def make_tidy(subject: Subject, state: Tidy.State, *proposed: tuple[Block, str], **fields: object) -> Tidy:
    """A tidy-up of `subject` that would give each block the value beside it."""
    tidy = Tidy.objects.create(subject=subject, state=state, **{"characters": 1_234, **fields})
    for block, value in proposed:
        base = block.revisions.latest("number").number
        Proposal.objects.create(tidy=tidy, block=block, base=base, value=value)
    return tidy


@dataclass(frozen=True)
class Story:
    """A subject that has learned once, failed once and is learning now."""

    subject: Subject
    human: Block
    summary: Block
    learned: Run
    failed: Run
    learning: Run
    document: Document
    """read, and not confirmed yet"""
    tidy: Tidy
    """that would shorten `human`"""


def tell_story() -> Story:
    subject = make_subject("user_sarah", last_learned_at=timezone.now())
    learned = make_run(subject, Run.State.COMPLETED, ("user", "I moved to Utrecht"), ("assistant", "Noted."))
    failed = make_run(
        subject, Run.State.FAILED, ("user", "Are you there?"), failure="The model did not answer. The messages are kept."
    )
    learning = make_run(subject, Run.State.LEARNING, ("user", "Do you sell cat flaps?"), age=2)
    human = make_block(
        subject, "human", "", "Name: Sarah\nLives in Leiden", "Name: Sarah\nLives in Utrecht", runs=(None, None, learned)
    )
    summary = make_block(subject, "summary", "Sarah moved.")
    document = make_document(subject, Document.State.READY, "Sarah keeps two cats.")
    tidy = make_tidy(subject, Tidy.State.READY, (human, "Name: Sarah, lives in Utrecht"))
    return Story(subject, human, summary, learned, failed, learning, document, tidy)


@pytest.fixture
def story(db: None) -> Story:
    return tell_story()


@pytest.fixture
def support(sue: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(sue)


@pytest.fixture
def auditor(otto: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(otto)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for words takes longer than anybody waits."""
    limited = frequency.limited

    @contextmanager
    def slow(seconds: int, *settings: str) -> Iterator[None]:
        with limited(1):
            with connection.cursor() as cursor:
                cursor.execute("set local statement_timeout = '20ms'")
                cursor.execute("select pg_sleep(1)")
            yield

    monkeypatch.setattr(frequency, "limited", slow)


@pytest.fixture(autouse=True)
def _nothing_known_of_columns() -> None:
    """What a process remembers of a table for a minute is another test's."""
    frequency._bounds.cache_clear()
