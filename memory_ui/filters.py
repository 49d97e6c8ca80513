"""Forms above lists: what was chosen stays in the address, and the fields are the same for everybody."""

from copy import copy
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone

TYPED = "%Y-%m-%dT%H:%M"
"""how browsers send a moment that somebody chose; it is in the reader's zone"""


class _Shared(dict[str, forms.Field]):
    """Fields that a form takes as they are, where Django makes a deep copy of them for each."""

    def __deepcopy__(self, memo: object) -> dict[str, forms.Field]:
        return dict(self)


class Filters(forms.Form):
    """A form whose fields no request changes: they are made once, and drawn once for each choice, but for what is typed.

    What depends on the moment, such as the templates there are, is a field that `__init__` adds; its choices are part of
    what its drawing is known by.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.base_fields = _Shared(type(self).base_fields)  # type: ignore[misc]  # the stubs take it for the class's alone
        super().__init__(*arguments, **options)


def drawing_of(field: forms.BoundField) -> tuple[tuple[object, ...] | None, str]:
    """What the drawing of `field` depends on, and the text that stands in it.

    The former is None when that is more than a few words of ours; the latter is empty where nothing is typed or chosen.
    """
    form, widget = field.form, field.field.widget
    chosen = field.value() or ""
    typed = widget.format_value(chosen) or "" if isinstance(widget, forms.TextInput) else ""
    if not isinstance(form, Filters) or field.errors:
        return None, typed
    choices = tuple(getattr(widget, "choices", ()))
    if chosen and not typed and chosen not in [value for value, _name in choices]:
        return None, typed
    return (type(form), field.html_name, form.auto_id, choices, bool(typed) or chosen), typed


def with_typed(field: forms.BoundField, text: str) -> forms.BoundField:
    """The same field with another text in it, to be drawn."""
    other = copy(field)
    other.value = lambda: text  # type: ignore[method-assign]
    return other


class Moment(forms.DateTimeField):
    """A moment: typed, in the reader's zone; in a link of ours, in UTC, so that it is the same moment for everybody."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format=TYPED))
        super().__init__(required=options.pop("required", False), **options)

    def prepare_value(self, value: Any) -> Any:
        """What stands in the field: browsers show only what has no zone, and nothing that is no moment."""
        try:
            moment = self.to_python(value)
        except forms.ValidationError:
            return ""
        return timezone.localtime(moment).strftime(TYPED) if moment else ""


def in_address(moment: datetime) -> str:
    """A moment, to the minute, as `Moment` reads it in an address, whoever opens it."""
    return moment.astimezone(UTC).strftime(f"{TYPED}Z")
