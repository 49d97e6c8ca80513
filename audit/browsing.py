"""The queries behind the pages of the record: filtered, paged by number, each served by an index."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import ApiKey, User
from audit import subjects
from audit.actions import READS, Action, ActorKind, Reason
from audit.models import Entry

PAGE = 50
SLACK = timedelta(minutes=10)
"""By how much moments may run against numbers: entries are numbered within the statement that writes them."""
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to show."""

    who: str = ""
    """A UUID of a person or a key, or "system"."""
    action: str = ""
    """An Action, or "reads" or "changes"."""
    subject: UUID | None = None
    since: datetime | None = None
    """At this moment or later."""
    until: datetime | None = None
    """Before this moment."""

    @property
    def is_filtered(self) -> bool:
        """Whether anything could be left out."""
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words."""

    entry: Entry
    who: str
    did: str
    is_read: bool
    reason: str
    subject_known: bool
    """Whether the subject is still here, so that a link to it leads somewhere."""
    facts: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of entries, newest first. `before`, `after`: the numbers to page on with, None where there is none."""

    rows: list[Line]
    before: int | None = None
    after: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether this page is all there is."""
        return self.before is None and self.after is None


def entries_page(wanted: Wanted, after: int | None = None, before: int | None = None, size: int = PAGE) -> Page:
    """The entries older than `after`, or newer than `before`, or the newest."""
    rows = found(wanted)
    if before is not None:
        newer = list(rows.filter(id__gt=before).order_by("id")[: size + 1])
        if len(newer) <= size:
            return entries_page(wanted, size=size)
        entries = newer[:size][::-1]
        return Page(in_words(entries), entries[0].pk, entries[-1].pk)
    entries = list((rows if after is None else rows.filter(id__lt=after)).order_by("-id")[: size + 1])
    following = entries[size - 1].pk if len(entries) > size else None
    return Page(in_words(entries[:size]), entries[0].pk if after is not None and entries else None, following)


def number_of(text: str | None) -> int | None:
    """The number of an entry as it stands in an address; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def found(wanted: Wanted) -> QuerySet[Entry]:
    """The entries that are wanted, unordered."""
    rows = Entry.objects.all()
    if wanted.who == ActorKind.SYSTEM:
        rows = rows.filter(actor_kind=ActorKind.SYSTEM)
    elif wanted.who:
        rows = rows.filter(actor=wanted.who)
    if wanted.action == "reads":
        rows = rows.filter(action__in=READS)
    elif wanted.action == "changes":
        rows = rows.exclude(action__in=READS)
    elif wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.subject:
        rows = rows.filter(subject=wanted.subject)
    # Lists go by number, days by moment: the bounds as numbers let any of the indexes serve both.
    if wanted.since:
        first = _first_from(wanted.since - SLACK)
        rows = rows.filter(at__gte=wanted.since, id__gte=LARGEST if first is None else first)
    if wanted.until:
        first = _first_from(wanted.until + SLACK)
        rows = rows.filter(at__lt=wanted.until)
        rows = rows if first is None else rows.filter(id__lt=first)
    return rows


def newest_first(wanted: Wanted, most: int, batch: int = 2_000) -> Iterator[Line]:
    """Up to `most` entries, read in batches."""
    after: int | None = None
    for _ in range(0, most, batch):
        page = entries_page(wanted, after, size=batch)
        yield from page.rows
        after = page.after
        if after is None:
            return


def in_words(entries: Collection[Entry]) -> list[Line]:
    """What each entry says, with the names of today's people. Three queries at most, however many entries."""
    names = actor_names(entry.actor for entry in entries if entry.actor)
    known = subjects.known({entry.subject for entry in entries if entry.subject})
    return [
        Line(
            entry,
            _who(entry, names),
            _label(Action, entry.action),
            entry.action in READS,
            _label(Reason, entry.reason) if entry.reason else "",
            entry.subject in known,
            _facts(entry),
        )
        for entry in entries
    ]


def actor_names(actors: Iterable[UUID]) -> dict[UUID, str]:
    """The names of those of `actors` that are still here: people by name, keys by theirs."""
    wanted = set(actors)
    if not wanted:
        return {}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)}
    left = wanted - names.keys()
    keys = ApiKey.objects.filter(pk__in=left) if left else []
    return names | {key.pk: f"API key {key.name}" for key in keys}


def everybody() -> list[tuple[str, str]]:
    """People and keys to choose from: id and name, the first thousand by name."""
    people = [
        (str(user.pk), f"{user} ({user.get_role_display()})") for user in User.objects.order_by("name", "email")[:1000]
    ]
    keys = [(str(key.pk), f"API key {key.name}") for key in ApiKey.objects.order_by("name")[:1000]]
    return people + keys


def _first_from(moment: datetime) -> int | None:
    return Entry.objects.filter(at__gte=moment).order_by("at").values_list("id", flat=True).first()


def _who(entry: Entry, names: dict[UUID, str]) -> str:
    if entry.actor is None:
        return "memory_ui" if entry.actor_kind == ActorKind.SYSTEM else "The API key of the settings"
    kind = "An API key" if entry.actor_kind == ActorKind.API_KEY else "Somebody"
    return names.get(entry.actor) or f"{kind} no longer here ({str(entry.actor)[:4]}…)"


def _label(words: type[Action] | type[Reason], code: str) -> str:
    return str(words(code).label) if code in words.values else code


def _facts(entry: Entry) -> str:
    """The details, as "revision 3, sent 12"; ids are left to the CSV and the row's own page."""
    said = {name: value for name, value in entry.detail.items() if not (isinstance(value, str) and len(value) > 30)}
    words = (name if value is True else f"{name} {'no' if value is False else value}" for name, value in said.items())
    return ", ".join(words).replace("_", " ")
