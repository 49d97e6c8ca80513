"""The list of subjects: its filters, its orders and what a line says, each served by an index."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Collate, Lower

from memory_ui.keyset import PAGE_SIZE, Cursor, Page, Rows, keyset_page, row_of
from memory_ui.prepared import prepared
from subjects.estimates import estimated_subjects, subjects_up_to
from subjects.frequency import time_limit
from subjects.list_filters import condition_of
from subjects.list_keys import next_labelled, next_tagged, next_with_words
from subjects.models import Block, Run, Subject, Tagged
from subjects.searching import subjects_with, terms_of
from subjects.wanted import ORDERS, Wanted

COUNTED = 1000
SHOWN = ("subject_id", "kind", "created_at", "last_learned_at", "setup_error", "agent_id", "tags", "duplicate_agent_ids")
"""what a line says of the subject itself, on the page or as CSV; no other column of it is read"""
FILTERED = ("kind", "since", "until", "label", "tag")
"""filters that go into a query as they are"""
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A subject as the list shows it."""

    subject: Subject
    labels: list[str]
    last_run: Run | None

    @property
    def kind(self) -> str:
        """In a word."""
        return self.subject.get_kind_display()

    @property
    def agents(self) -> int:
        """How many of Letta's carry its id."""
        return 1 + len(self.subject.duplicate_agent_ids)

    @property
    def blocks(self) -> str:
        """Their labels, with commas."""
        return ", ".join(self.labels)

    @property
    def state(self) -> str:
        """Of the last run, in a word; empty when there is none."""
        return self.last_run.get_state_display() if self.last_run else ""


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """A page of the subject list and what is said above it."""

    rows: list[SubjectRow]
    page: Page[Subject]
    total: str


def subjects_page(wanted: Wanted, cursor: Cursor, size: int = PAGE_SIZE) -> Page[Subject]:
    """The subjects that are wanted, without what else their lines say.

    Raises:
        TooMuch: looking for `text` took too long.
    """
    page = _page_by_keys(wanted, cursor, size)
    if page is not None:
        return page
    # A cursor may name a row that passes no filter any more, but it must have a place in the order.
    anchors = Rows(Subject, _with_key)
    if wanted.text:
        with time_limit():
            return keyset_page(_found(_with_last_run(), wanted, size), wanted.order, cursor, size, anchors)
    if wanted.q or wanted.added:  # what these come to depends on what was typed
        return keyset_page(_found(_with_last_run(), wanted, size), wanted.order, cursor, size, anchors)
    chosen = {name: value for name in FILTERED if (value := getattr(wanted, name))}
    flags = {"never": wanted.never, "failed": wanted.failed, "doubled": wanted.doubled, "sort": wanted.sort}
    rows = Rows(Subject, _chosen, *chosen.values(), names=tuple(chosen), **flags)
    return keyset_page(rows, wanted.order, cursor, size, anchors)


def _chosen(*values: Any, names: tuple[str, ...], **flags: Any) -> QuerySet[Subject]:
    wanted: dict[str, Any] = dict(zip(names, values, strict=True))
    return _found(_with_last_run(), Wanted(**wanted, **flags))


def _page_by_keys(wanted: Wanted, cursor: Cursor, size: int) -> Page[Subject] | None:
    """The page of those with certain words, tag or block, when that alone is asked for; None: it is not."""
    if wanted.order != ORDERS["newest"] or sum(map(bool, (wanted.text, wanted.tag, wanted.label))) != 1:
        return None
    if replace(wanted, text="", tag="", label="", sort="") != Wanted():
        return None
    terms = terms_of(wanted.text)
    if wanted.text and terms is None:
        return Page([])
    place = row_of(Subject, cursor.key)
    backwards = cursor.backwards and place is not None
    if terms is not None:
        keys = next_with_words(terms, place, backwards, size + 1)
    elif wanted.tag:
        keys = next_tagged(wanted.tag, place, backwards, size + 1)
    else:
        keys = next_labelled(wanted.label, place, backwards, size + 1)
    if backwards and len(keys) <= size:
        return _page_by_keys(wanted, Cursor(), size)  # the first page, not a stump of it
    rows = _named(tuple(keys[:size])) if keys else []
    more = len(keys) > size
    if backwards:
        return Page(rows, before=str(rows[0].pk), after=str(rows[-1].pk))
    return Page(rows, before=str(rows[0].pk) if place and rows else None, after=str(rows[-1].pk) if more else None)


def with_lines(page: Page[Subject], wanted: Wanted) -> SubjectPage:
    """The page that `subjects_page` found, with all that is said of it. Three queries at most."""
    return SubjectPage(subject_rows(page.rows), page, _total(page, wanted))


def everybody(wanted: Wanted) -> QuerySet[Subject]:
    """All who pass the filters, in no order, to be walked through by key. Words are for lists, not for this.

    Raises:
        ValueError: `wanted` asks for words.
    """
    if wanted.text:
        raise ValueError("Subjects cannot be walked through by words in their memory.")
    return _found(_with_key(), wanted)


def beginning_with(start: str, cursor: Cursor, size: int) -> Page[Subject]:
    """Subjects whose id begins with `start` in any letter case, the exact one first; or the one of an agent id."""
    wanted = Wanted(q=start)
    return keyset_page(_found(_with_key(), wanted), wanted.order, cursor, size, _with_key())


def subject_rows(subjects: Sequence[Subject]) -> list[SubjectRow]:
    """Lines of subjects that come from `subjects_page`. Two queries."""
    labels: dict[Any, list[str]] = {subject.pk: [] for subject in subjects}
    for subject_pk, label in _labels(tuple(labels)):
        labels[subject_pk].append(label)
    last = {subject.pk: subject.last_run_id for subject in subjects}  # type: ignore[attr-defined]
    ran = tuple(pk for pk in last.values() if pk)
    runs = {run.pk: run for run in _runs(ran)}
    return [SubjectRow(subject, labels[subject.pk], runs.get(last[subject.pk])) for subject in subjects]


@prepared
def _named(pks: tuple[UUID, ...]) -> QuerySet[Subject]:
    return _with_last_run().filter(pk__in=pks).order_by(*ORDERS["newest"])


@prepared
def _labels(subject_pks: tuple[UUID, ...]) -> QuerySet[Block, tuple[Any, str]]:
    blocks = Block.objects.filter(subject__in=subject_pks, removed_at=None)
    return blocks.order_by("position", "label").values_list("subject", "label")


@prepared
def _runs(pks: tuple[UUID, ...]) -> QuerySet[Run]:
    return Run.objects.only("state", "created_at").filter(pk__in=pks)


def _with_last_run() -> QuerySet[Subject]:
    last_run = Run.objects.filter(subject=OuterRef("pk")).order_by("-position").values("pk")[:1]
    return _with_key().annotate(last_run_id=Subquery(last_run)).only(*SHOWN)


def _with_key() -> QuerySet[Subject]:
    return Subject.objects.annotate(search_key=Collate(Lower("subject_id"), "C"))


def _found(found: QuerySet[Subject], wanted: Wanted, size: int = PAGE_SIZE) -> QuerySet[Subject]:
    if wanted.q.startswith("agent-"):
        found = found.filter(agent_id=wanted.q)
    elif wanted.q:
        start, end = (Collate(Lower(Value(text)), "C") for text in (wanted.q, wanted.q + LAST_CHARACTER))
        found = found.filter(Q(search_key__gte=start), Q(search_key__lt=end))
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.is_by_learning:
        found = found.filter(last_learned_at__isnull=False)
    if wanted.never:
        found = found.filter(last_learned_at=None)
    if wanted.since:
        found = found.filter(last_learned_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(last_learned_at__lt=wanted.until)
    if wanted.failed:
        later = Run.objects.filter(subject=OuterRef("subject"), position__gt=OuterRef("position"))
        found = found.filter(Exists(Run.objects.filter(~Exists(later), subject=OuterRef("pk"), state=Run.State.FAILED)))
    if wanted.doubled:
        found = found.exclude(duplicate_agent_ids=[])
    if wanted.label:
        found = found.filter(Exists(Block.objects.filter(subject=OuterRef("pk"), label=wanted.label, removed_at=None)))
    if wanted.tag:
        found = found.filter(Exists(Tagged.objects.filter(subject=OuterRef("pk"), tag=wanted.tag)))
    for name, value in wanted.added:
        found = found.filter(condition_of(name, value))
    if wanted.text:
        terms = terms_of(wanted.text)
        found = found.filter(subjects_with(terms, size)) if terms else found.none()
    return found


def _total(page: Page[Subject], wanted: Wanted) -> str:
    """How many there are, without counting a large table or looking further than the page did."""
    if page.is_whole:
        return _subjects(f"{len(page.rows):,}", len(page.rows))
    if not wanted.is_filtered:
        # The estimate may be hours old, so a small one is not believed.
        estimate = estimated_subjects()
        if estimate > 10 * COUNTED:
            return _subjects(f"about {estimate:,}")
        number = subjects_up_to(COUNTED + 1)
        if number > COUNTED and estimate > COUNTED:
            return _subjects(f"about {estimate:,}")
    elif wanted == Wanted(q=wanted.q, sort=wanted.sort):
        number = _found(_with_key(), wanted).order_by()[: COUNTED + 1].count()
    else:
        return _subjects(f"more than {len(page.rows):,}")
    return _subjects(f"{number:,}") if number <= COUNTED else _subjects(f"more than {COUNTED:,}")


def _subjects(number: str, count: int = 0) -> str:
    return f"{number} subject{'' if count == 1 else 's'}"
