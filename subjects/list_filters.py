"""Filters of the subject list that other apps bring: `subjects` knows none of them by name."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.db.models import Q


@dataclass(frozen=True, slots=True)
class AddedFilter:
    """A filter of the subject list that another app brings, registered once, in its `AppConfig.ready`.

    `name`: of the field and in the address. `field`: makes the form field; its cleaned value is text, empty for "any".
    It may query (a `ChoiceField` with the templates there are); that is one query more a page. `condition`: which
    subjects pass, given the chosen value; it must be served by an index, also when nearly all or nearly none pass.
    A value may be older than what it names (a kept address, a list being saved): then nobody passes.
    """

    name: str
    field: Callable[[], forms.Field]
    condition: Callable[[str], Q]


_added: dict[str, AddedFilter] = {}


def register_filter(added: AddedFilter) -> None:
    """Add a filter to the subject list, its CSV and "tidy up all of this list".

    Raises:
        ValueError: there is a filter of that name already.
    """
    if _added.get(added.name, added) != added:
        raise ValueError(f"The subject list has a filter {added.name!r} already.")
    _added[added.name] = added


def added_filters() -> tuple[AddedFilter, ...]:
    """Those that were registered, in that order."""
    return tuple(_added.values())


def condition_of(name: str, value: str) -> Q:
    """Which subjects pass the filter `name`; nobody when it is not there any more."""
    added = _added.get(name)
    return added.condition(value) if added else Q(pk__in=[])
