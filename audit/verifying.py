"""Verifying: walking all seals and entries, and naming whatever was changed, removed, added or put elsewhere."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import models

from audit.hashing import GENESIS, SealedRow, entry_hash, seal_hash, unpacked
from audit.models import Entry, Seal

MOST_PROBLEMS = 100
"""findings that are kept in full; the others are counted"""
MOST_LOOSE = 200_000
"""entries in no seal that are remembered one by one while the seals are walked"""


class Finding(models.TextChoices):
    """What can be wrong."""

    CHANGED = "changed", "was changed"
    REMOVED = "removed", "was removed"
    ADDED = "added", "was added past the program"
    EXCHANGED = "exchanged", "holds what another entry held"
    RENUMBERED = "renumbered", "was given another number"
    SEAL_CHANGED = "seal-changed", "was changed"
    SEAL_REMOVED = "seal-removed", "was removed"
    SEAL_UNCHAINED = "seal-unchained", "does not follow from the seal before"
    HEAD_LOST = "head-lost", "is not the one that was noted down"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `seal` and `entry` say where; 0: none. `other`: the entry whose place or number it has."""

    finding: Finding
    seal: int = 0
    entry: int = 0
    other: int = 0

    def __str__(self) -> str:
        where = f"Entry {self.entry:,}" if self.entry else f"Seal {self.seal:,}"
        text = f"{where} {self.finding.label}"
        if self.finding == Finding.EXCHANGED:
            text = f"{where} holds what entry {self.other:,} held"
        elif self.finding == Finding.RENUMBERED:
            text = f"{where} was given the number {self.other:,}"
        return f"{text} (seal {self.seal:,})." if self.entry and self.seal else f"{text}."


@dataclass(slots=True)
class Walk:
    """How far a verification is. Plain values throughout, so that it can be put down and taken up again."""

    number: int = 0
    hash: str = GENESIS
    """Of the last seal walked."""
    covered: int = -(2**63)
    """All entries up to this one have been looked at."""
    settled: int = 0
    entries: int = 0
    loose: list[int] = field(default_factory=list)
    """Entries looked at that no seal has named so far."""
    problems: list[dict[str, Any]] = field(default_factory=list)
    problem_count: int = 0
    unsealed: int = 0
    """Entries that wait for their seal: nothing can be said of them yet."""

    @property
    def found(self) -> list[Problem]:
        """The findings, at most MOST_PROBLEMS."""
        return [Problem(**(one | {"finding": Finding(one["finding"])})) for one in self.problems]

    def step(self) -> bool:
        """Verify one more seal; False when there is none left."""
        seal = Seal.objects.filter(number__gt=self.number).order_by("number").first()
        if seal is None:
            return False
        for missing in range(self.number + 1, min(seal.number, self.number + 1 + MOST_PROBLEMS)):
            self._report(Problem(Finding.SEAL_REMOVED, seal=missing))
        if seal.previous_hash != self.hash and seal.number == self.number + 1:
            self._report(Problem(Finding.SEAL_UNCHAINED, seal=seal.number))
        self._entries_of(seal)
        self.number, self.hash, self.settled = seal.number, seal.hash, max(self.settled, seal.settled_id)
        return True

    def finish(self) -> None:
        """After the last step: entries that no seal names, and whether they may still be waiting for one."""
        for number in self.loose:
            if number <= self.settled:
                self._report(Problem(Finding.ADDED, entry=number))
        waiting = [number for number in self.loose if number > self.settled]
        self.unsealed = len(waiting) + Entry.objects.filter(id__gt=self.covered).count()

    def _entries_of(self, seal: Seal) -> None:
        named = {row.id: row for row in unpacked(bytes(seal.rows))}
        fresh = Entry.objects.filter(id__gt=self.covered, id__lte=seal.last_id)
        late = Entry.objects.filter(id__in=[number for number in named if number <= self.covered])
        rows: dict[int, bytes] = {}
        for entry in [*late, *fresh]:
            if entry.pk in named:
                rows[entry.pk] = entry_hash(entry)
            elif len(self.loose) < MOST_LOOSE:
                self.loose.append(entry.pk)
        self.loose = [number for number in self.loose if number not in named]
        self.covered = max(self.covered, seal.last_id)
        self.entries += len(rows)
        ordered = sorted(rows.items())
        if seal_hash(seal, ordered) == seal.hash and seal.count == len(rows) == len(named):
            ends = (ordered[0][0], ordered[-1][0]) if ordered else ()
            if (seal.first_id, seal.last_id) != ends or not _match(named, rows):
                self._report(Problem(Finding.SEAL_CHANGED, seal=seal.number))
            return
        if not self._entries_at_fault(seal, named, rows):
            self._report(Problem(Finding.SEAL_CHANGED, seal=seal.number))

    def _entries_at_fault(self, seal: Seal, named: dict[int, SealedRow], rows: dict[int, bytes]) -> bool:
        """Report the entries that are not what the seal says; False when they all are."""
        fault = False
        by_start = {row.start: row.id for row in named.values()}
        for number, row in named.items():
            digest = rows.get(number)
            if digest is not None and digest.startswith(row.start):
                continue
            fault = True
            if digest is None:
                self._report(self._removed(seal, row))
            elif (other := by_start.get(digest[: len(row.start)])) is not None:
                self._report(Problem(Finding.EXCHANGED, seal.number, number, other))
            else:
                self._report(Problem(Finding.CHANGED, seal.number, number))
        return fault

    def _removed(self, seal: Seal, row: SealedRow) -> Problem:
        """Whether a missing entry is gone, or stands under another number among those that no seal names."""
        for entry in Entry.objects.filter(id__in=self.loose[-1000:]):
            if entry_hash(entry).startswith(row.start):
                self.loose.remove(entry.pk)
                return Problem(Finding.RENUMBERED, seal.number, row.id, entry.pk)
        return Problem(Finding.REMOVED, seal.number, row.id)

    def _report(self, problem: Problem) -> None:
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(asdict(problem) | {"finding": problem.finding.value})


def head_stands(number: int, noted: str) -> bool:
    """Whether seal `number` still has the hash that was noted down outside of the database."""
    return Seal.objects.filter(number=number, hash=noted).exists()


def verify() -> Walk:
    """Verify all of the record at once."""
    walk = Walk()
    while walk.step():
        pass
    walk.finish()
    return walk


def _match(named: dict[int, SealedRow], rows: dict[int, bytes]) -> bool:
    return all(rows[number].startswith(row.start) for number, row in named.items())
