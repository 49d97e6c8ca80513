"""Who stands next in the list of subjects, newest first, found in a table that keeps a copy of that order.

Filters by words, by a block and by a tag are found in other tables than subjects. There a page is one stretch of an index
(blocks, tags), or hits that need only be sorted (words), and never thousands of subjects fetched to show 25.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from memory_ui.prepared import prepared
from subjects.frequency import SMALL, Slow, by_words, end_of_stretch, walking
from subjects.models import Block, Subject, Tagged
from subjects.searching import Terms, blocks_with, share_of_blocks

ROW_NAMED = 5e-7
"""seconds to read one row's name in the index of words, without fetching it"""
ORDER = ("subject_created_at", "subject_id")
STRETCH = 2.5
"""The stretch looked at first should hold this many times the page, by the statistics of the words."""


def next_tagged(tag: str, place: Subject | None, backwards: bool, number: int) -> list[UUID]:
    """The next `number` subjects with `tag`, from `place` on (None: from the newest). One query."""
    return _keys(_tagged, (tag,), place, backwards, number)


def next_labelled(label: str, place: Subject | None, backwards: bool, number: int) -> list[UUID]:
    """The next `number` subjects who have a block with `label`. One query."""
    return _keys(_labelled, (label,), place, backwards, number)


def next_with_words(terms: Terms, place: Subject | None, backwards: bool, number: int) -> list[UUID]:
    """The next `number` subjects one of whose blocks has all the terms. Common words are met on a walk; of frequent
    ones a stretch is looked at first; rare ones are all fetched and sorted.

    Raises:
        TooMuch: it took too long even through the index of words.
    """
    share = share_of_blocks(terms)
    if share.rows > SMALL and share.seconds_walked(number) < share.rows * share.of_all * ROW_NAMED:
        # The index of words could only be used for a bitmap, and there is no other index in this order.
        with suppress(Slow), walking():
            return _keys(blocks_with, (terms.query, *terms.parts), place, backwards, number)
    length, end = share.stretch(STRETCH * number), None
    if length is not None:
        start = place.created_at if place else None
        end = end_of_stretch(Block, "subject_created_at", start, length / share.rows, backwards)
    if end is not None:
        with suppress(Slow), by_words():
            keys = _keys(_within_stretch, (terms.query, end), place, backwards, number, upwards=backwards)
            if len(keys) == number:
                return keys
    with by_words():
        return _keys(blocks_with, (terms.query,), place, backwards, number)


def _tagged(tag: str) -> QuerySet[Tagged]:
    return Tagged.objects.filter(tag=tag)


def _labelled(label: str) -> QuerySet[Block]:
    return Block.objects.filter(label=label, removed_at=None)


def _within_stretch(query: str, end: datetime, *, upwards: bool) -> QuerySet[Block]:
    return blocks_with(query).filter(**{f"subject_created_at__{'lte' if upwards else 'gte'}": end})


def _keys(
    make: Callable[..., QuerySet[Any]],
    values: Sequence[Any],
    place: Subject | None,
    backwards: bool,
    number: int,
    **how: Any,
) -> list[UUID]:
    at = (place.created_at, place.pk) if place else ()
    way = {"make": make, "how": tuple(how.items()), "placed": bool(at), "backwards": backwards, "number": number}
    return _next_keys(*at, *values, **way)


@prepared.planned_anew
def _next_keys(
    *given: Any, make: Any, how: tuple[tuple[str, Any], ...], placed: bool, backwards: bool, number: int
) -> QuerySet[Any, UUID]:
    rows = make(*given[2 if placed else 0 :], **dict(how))
    if placed:
        way = "gt" if backwards else "lt"
        at, key = given[:2]
        beyond = Q(**{f"subject_created_at__{way}": at}) | Q(subject_created_at=at, **{f"subject_id__{way}": key})
        rows = rows.filter(beyond, **{f"subject_created_at__{way}e": at})
    order = ORDER if backwards else tuple(f"-{name}" for name in ORDER)
    found: QuerySet[Any, UUID] = rows.order_by(*order).distinct(*ORDER).values_list("subject_id", flat=True)
    return found[:number]
