"""Everything that happened to a subject's memory in one stream, newest first: runs, and changes that no run made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from memory_ui.prepared import prepared
from subjects.browsing import with_previous
from subjects.cards import Change, RunCard, cards_of, change_of
from subjects.models import Block, Revision, Run, Subject

SIZE = 20
TURNS = 12  # messages of a run shown in the stream
KEYS = {"r": "position", "c": "pk"}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an entry stands in the stream. At the same moment runs (`r`) are above changes (`c`).

    `key`: the position of a run, the id of a change. Letta tells the time of a batch in whole seconds, so runs of the
    same moment are common, and their positions know which came first.
    """

    moment: datetime
    kind: str
    key: int

    @classmethod
    def read(cls, text: str | None) -> "Place | None":
        """A place as written by `__str__`; None for anything else, as in a hand-made link."""
        moment, _, rest = (text or "").partition("~")
        kind, _, key = rest.partition("~")
        try:
            place = cls(datetime.fromtimestamp(int(moment) / 1_000_000, UTC), kind, int(key))
        except (ValueError, OverflowError, OSError):
            return None
        return place if kind in KEYS and 0 <= place.key < 2**63 else None

    def __str__(self) -> str:
        whole = round(self.moment.timestamp() * 1_000_000)
        return f"{whole}~{self.kind}~{self.key}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A run with what it was given and changed, or a change that no run made."""

    place: Place
    card: RunCard | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A page of the stream, with the places before and after which the pages beside it lie."""

    rows: list[Entry]
    before: str | None = None
    after: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing beside this page."""
        return self.before is None and self.after is None


def stream_of(subject: Subject, after: Place | None = None, before: Place | None = None) -> Stream:
    """A page of the stream of `subject`, below `after` or above `before`. Seven queries at most, however much there is."""
    up = before is not None
    found = _places(subject, before if up else after, up=up)
    more = len(found) > SIZE
    if up and not more:
        return stream_of(subject)  # fewer than a page are left above: that is the first page
    places = sorted(found[:SIZE], reverse=True)
    above = up or after is not None
    below = up or more
    return Stream(
        _entries(subject, places),
        before=str(places[0]) if places and above else None,
        after=str(places[-1]) if places and below else None,
    )


def _places(subject: Subject, anchor: Place | None, *, up: bool) -> list[Place]:
    """The next places from `anchor` on, one more than a page holds, in the direction of travel."""
    way = anchor.kind if anchor else "", up
    found = [Place(moment, "r", position) for position, moment in _runs(subject.pk, *_at(anchor, "r"), way=way)]
    blocks = tuple(_block_pks(subject.pk))
    if blocks:
        found += [Place(moment, "c", pk) for pk, moment in _changes(blocks, *_at(anchor, "c"), way=way)]
    return sorted(found, reverse=not up)[: SIZE + 1]


def _at(anchor: Place | None, kind: str) -> tuple[Any, ...]:
    """What of `anchor` a slice of `kind` goes by: among others of its kind also its key."""
    if anchor is None:
        return ()
    return (anchor.moment, anchor.key) if anchor.kind == kind else (anchor.moment,)


@prepared
def _block_pks(subject_pk: UUID) -> QuerySet[Block, UUID]:
    return Block.objects.filter(subject=subject_pk).order_by().values_list("pk", flat=True)


@prepared
def _runs(subject_pk: UUID, *at: Any, way: tuple[str, bool]) -> QuerySet[Any, tuple[Any, datetime]]:
    return _slice(Run.objects.filter(subject=subject_pk), "r", at, way)


@prepared
def _changes(block_pks: tuple[UUID, ...], *at: Any, way: tuple[str, bool]) -> QuerySet[Any, tuple[Any, datetime]]:
    # A slice per block and their union, so that each is read off the index (block, created_at) and stops there.
    slices = [_slice(Revision.objects.filter(block=pk, run=None), "c", at, way) for pk in block_pks]
    return slices[0].union(*slices[1:], all=True) if len(slices) > 1 else slices[0]


def _slice(rows: QuerySet[Any], kind: str, at: Any, way: tuple[str, bool]) -> QuerySet[Any, tuple[Any, datetime]]:
    """What lies beyond `at`, if anything, of an entry of the kind `way[0]`; upwards if `way[1]`."""
    of, up = way
    if at:
        rows = rows.filter(_beyond(kind, Place(at[0], of, *at[1:] or (0,)), up))
    order = ("created_at", KEYS[kind]) if up else ("-created_at", f"-{KEYS[kind]}")
    return rows.order_by(*order).values_list(KEYS[kind], "created_at")[: SIZE + 1]


def _beyond(kind: str, anchor: Place, up: bool) -> Q:
    way = "gt" if up else "lt"
    if kind == anchor.kind:
        same = Q(**{"created_at": anchor.moment, f"{KEYS[kind]}__{way}": anchor.key})
        further = Q(**{f"created_at__{way}": anchor.moment}) | same
        return Q(**{f"created_at__{way}e": anchor.moment}) & further
    # The kinds are ordered as their letters are: at the same moment, all of one kind lie on one side of the anchor.
    same_moment = (kind > anchor.kind) == up
    return Q(**{f"created_at__{way}{'e' if same_moment else ''}": anchor.moment})


def _entries(subject: Subject, places: Sequence[Place]) -> list[Entry]:
    positions = [place.key for place in places if place.kind == "r"]
    runs = _runs_at(subject.pk, tuple(positions))
    cards = {card.run.position: card for card in cards_of(runs, TURNS)}
    wanted = tuple(place.key for place in places if place.kind == "c")
    revisions = _revisions(wanted)
    changes = {revision.pk: change_of(revision, revision.block.label, short=True) for revision in revisions}
    entries = []
    for place in places:
        if place.kind == "r" and place.key in cards:
            entries.append(Entry(place, card=cards[place.key]))
        elif place.kind == "c" and place.key in changes:
            entries.append(Entry(place, change=changes[place.key]))
    return entries


@prepared
def _runs_at(subject_pk: UUID, positions: tuple[int, ...]) -> QuerySet[Run]:
    return Run.objects.filter(subject=subject_pk, position__in=positions).select_related("created_by", "subject")


@prepared
def _revisions(pks: tuple[int, ...]) -> QuerySet[Revision]:
    return with_previous(Revision.objects.filter(pk__in=pks)).select_related("block", "editor")
