"""Whom a rollout is for: everybody who passes a filter, or a list of ids, and of those all or a share."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from schemas.models import Rollout, RolloutItem
from subjects.listing import everybody
from subjects.models import Subject
from subjects.wanted import Wanted

MOST_IDS = 100_000
UNKNOWN_KEPT = 20
_AT_ONCE = 5_000  # ids looked up in one query


@dataclass(frozen=True, slots=True)
class Named:
    """Subjects that were named by id; `pks` in order. `unknown`: the first ids that no subject has, of `unknown_count`."""

    pks: list[UUID]
    unknown: list[str]
    unknown_count: int


def find(ids: Sequence[str]) -> Named:
    """The subjects of these outside ids. An id that stands there twice is meant once."""
    wanted = list(dict.fromkeys(ids))
    known: dict[str, UUID] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        rows = Subject.objects.filter(subject_id__in=wanted[at : at + _AT_ONCE])
        known |= dict(rows.values_list("subject_id", "pk"))
    unknown = [one for one in wanted if one not in known]
    return Named(sorted(known.values()), unknown[:UNKNOWN_KEPT], len(unknown))


def is_picked(subject_pk: UUID, percent: float) -> bool:
    """Whether a subject belongs to the first `percent` of any selection: by a hash of its id, the same every time.

    So who is in 10 % is in 50 %, too, and nobody can tell from their id that they are first.
    """
    place = int.from_bytes(blake2b(subject_pk.bytes, digest_size=8).digest()) / 2**64
    return place * 100 < percent


def subjects_after(rollout: Rollout, size: int) -> tuple[list[Subject], UUID | None]:
    """The next subjects of the selection, before its share is taken, in the order of their keys.

    Returns them, and the key after which it goes on; None: those were the last.
    """
    after = rollout.after
    if rollout.undoes_id is not None:
        items = RolloutItem.objects.filter(rollout=rollout.undoes_id, before__isnull=False)
        if after is not None:
            items = items.filter(subject__gt=after)
        found = [item.subject for item in items.select_related("subject").order_by("subject")[:size]]
    elif rollout.subject_pks is not None:
        at = 0 if after is None else bisect_right(rollout.subject_pks, after)
        keys = rollout.subject_pks[at : at + size]  # in order, see `find`
        end = keys[-1] if at + size < len(rollout.subject_pks) else None
        return list(Subject.objects.filter(pk__in=keys).order_by("pk")), end
    else:
        rows = everybody(Wanted.from_json(rollout.filters))
        found = list((rows if after is None else rows.filter(pk__gt=after)).order_by("pk")[:size])
    return found, found[-1].pk if len(found) == size else None
