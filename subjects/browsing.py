"""The queries behind lists: keyset pages and filters, each served by an index and none per row."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone

from memory_ui.keyset import PAGE_SIZE, Cursor, Page, Rows, keyset_page
from memory_ui.prepared import prepared
from subjects.blame import with_lines
from subjects.frequency import Slow, by_words, walking
from subjects.models import Block, Message, Revision, Run, Subject
from subjects.searching import Terms, messages_with

LOG = 50
"""messages on a page of a log"""
BEFORE = 2
"""messages shown before the one that a link leads to"""
MOST_MIRRORS = 1_001
"""mirrors of a block that are counted for a page"""

# What belongs to one subject


def runs_of(subject: Subject, cursor: Cursor, size: int = PAGE_SIZE) -> Page[Run]:
    """The runs of `subject`, newest first."""
    page = keyset_page(Rows(Run, _runs, subject.pk), ("-position",), cursor, size)
    for run in page.rows:
        run.subject = subject
    return page


def _runs(subject_pk: UUID) -> QuerySet[Run]:
    return Run.objects.filter(subject=subject_pk).select_related("created_by")


def messages_of(
    subject: Subject,
    cursor: Cursor,
    role: str = "",
    since: date | None = None,
    until: date | None = None,
    terms: Terms | None = None,
) -> Page[Message]:
    """The messages of `subject`, newest first. `since` and `until` are whole days in the reader's zone, both included.

    Raises:
        TooMuch: looking for `terms` took too long.
    """
    wanted: dict[str, Any] = {"role": role} if role else {}
    if since:
        wanted["created_at__gte"] = _midnight(since)
    if until:
        wanted["created_at__lt"] = _midnight(until + timedelta(days=1))
    names, given = tuple(wanted), tuple(wanted.values())
    order, anchors = ("-id",), Rows(Message, _messages, subject.pk, names=())
    if terms is None:
        return keyset_page(Rows(Message, _messages, subject.pk, *given, names=names), order, cursor, LOG, anchors)
    with suppress(Slow), walking():  # past all that this subject said, which is seldom much
        spelled = Rows(Message, _messages, subject.pk, *given, terms.query, *terms.parts, names=names)
        return keyset_page(spelled, order, cursor, LOG, anchors)
    with by_words():
        found = Rows(Message, _messages, subject.pk, *given, terms.query, names=names)
        return keyset_page(found, order, cursor, LOG, anchors)


def _messages(subject_pk: UUID, *values: Any, names: tuple[str, ...]) -> QuerySet[Message]:
    """`values`: those of `names`; then, if words are looked for, what `messages_with` takes."""
    wanted = dict(zip(names, values, strict=False))
    looked_for = values[len(names) :]
    rows = messages_with(*looked_for) if looked_for else Message.objects.all()
    return rows.filter(subject=subject_pk, **wanted)


def messages_of_run(run: Run, cursor: Cursor, turn: int | None = None) -> Page[Message]:
    """What `run` was given, as it was said; `turn`: from a little before this position on, whatever the cursor says."""
    given = Rows(Message, _given, run.pk)
    if turn is not None:
        before = _given(run.pk).filter(position__lt=turn - BEFORE).order_by("-position").first()
        cursor = Cursor(str(before.pk)) if before and _given(run.pk).filter(position__gte=turn).exists() else Cursor()
    return keyset_page(given, ("position",), cursor, LOG)


def _given(run_pk: UUID) -> QuerySet[Message]:
    return Message.objects.filter(run=run_pk)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def with_previous(revisions: QuerySet[Revision]) -> QuerySet[Revision]:
    """Revisions with what the one before said: `old_value`, `old_description`, `old_limit`; None at the first."""
    before = Revision.objects.filter(block=OuterRef("block"), number=OuterRef("number") - 1)
    return revisions.annotate(
        old_value=Subquery(before.values("value")),
        old_description=Subquery(before.values("description")),
        old_limit=Subquery(before.values("limit")),
    )


def revisions_of(block: Block, cursor: Cursor) -> Page[Revision]:
    """The revisions of `block` with what each changed, newest first."""
    page = keyset_page(Rows(Revision, _revisions, block.pk), ("-number",), cursor, 20)
    for revision in page.rows:
        revision.block = block
    return page


def _revisions(block_pk: UUID) -> QuerySet[Revision]:
    return with_previous(Revision.objects.filter(block=block_pk).select_related("run", "editor"))


class _Number(Subquery):
    """How many rows a subquery has, which it may limit: a block that a million share is not counted for a page."""

    template = "(select count(*) from (%(subquery)s) counted)"
    output_field = IntegerField()


def subject_or_404(subject_pk: UUID) -> Subject:
    """The subject that a page is about.

    Raises:
        Http404: there is none.
    """
    subject = _subject.first(subject_pk)
    if subject is None:
        raise Http404
    return subject


@prepared
def _subject(pk: UUID) -> QuerySet[Subject]:
    return Subject.objects.filter(pk=pk)


def blocks_of(subject: Subject) -> list[Block]:
    """The blocks of `subject` that it has now, with what their cards show. Three queries.

    `latest`: the latest revision (None before the first). `lines`: blame.Line for each line. `warn_at`: the number of
    characters from which the limit is near. `mirrors`: how many of our subjects have this block, itself included; counted
    up to MOST_MIRRORS.
    """
    blocks = _dressed(_blocks_of(subject.pk))
    for block in blocks:
        block.subject = subject
    return blocks


def block_count(subject: Subject) -> int:
    """How many blocks `subject` has now."""
    return subject.blocks.filter(removed_at=None).count()


def block_of(block_pk: UUID) -> Block | None:
    """One block with its subject, as `blocks_of`; None when there is none."""
    return next(iter(_dressed(_block(block_pk))), None)


def _dressed(blocks: list[Any]) -> list[Block]:
    numbers = tuple(block.latest_id for block in blocks if block.latest_id)
    latest = {revision.pk: revision for revision in _latest(numbers)}
    for block in blocks:
        block.latest = latest.get(block.latest_id)
        block.warn_at = block.limit * 80 // 100
    with_lines(blocks)
    return blocks


@prepared
def _blocks_of(subject_pk: UUID) -> QuerySet[Block]:
    return _with_numbers(Block.objects.filter(subject=subject_pk, removed_at=None))


@prepared
def _block(pk: UUID) -> QuerySet[Block]:
    return _with_numbers(Block.objects.filter(pk=pk).select_related("subject"))


def _with_numbers(rows: QuerySet[Block]) -> QuerySet[Block]:
    newest = Revision.objects.filter(block=OuterRef("pk")).order_by("-number").values("pk")[:1]
    same = Block.objects.filter(block_id=OuterRef("block_id"), removed_at=None).order_by().values("pk")
    return rows.annotate(latest_id=Subquery(newest), mirrors=_Number(same[:MOST_MIRRORS]))


@prepared
def _latest(pks: tuple[int, ...]) -> QuerySet[Revision]:
    revisions = Revision.objects.select_related("run", "editor").defer("value", "description")
    return revisions.filter(pk__in=pks)


def has_earlier_open_run(run: Run) -> bool:
    """Whether another run of the same subject must end before this one starts."""
    return Run.objects.filter(subject=run.subject_id, position__lt=run.position, state__in=Run.OPEN).exists()
