"""Everything people type about the record: reasons, and which entries to show."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from audit.actions import READS, Action, Reason
from audit.browsing import Wanted
from audit.recording import is_ticket


class WhyForm(forms.Form):
    """Why somebody looks: one of a few reasons, and a reference. No text of one's own: it would soon name the person."""

    reason = forms.ChoiceField(label="Why do you look at this?", choices=Reason.choices, widget=forms.RadioSelect)
    ticket = forms.CharField(
        required=False,
        max_length=40,
        label="Ticket",
        help_text="Its number in your help desk, for example HELP-1234, if there is one. No names.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_ticket(self) -> str:
        """A reference, or nothing."""
        ticket = str(self.cleaned_data["ticket"]).strip()
        if ticket and not is_ticket(ticket):
            raise forms.ValidationError(
                "A reference has a digit in it, and besides letters and digits only . _ # / and -, for example HELP-1234."
            )
        return ticket


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def _opaque(label: str) -> forms.UUIDField:
    attributes = {"autocomplete": "off", "spellcheck": "false", "size": 30, "placeholder": "its opaque id"}
    wrong = {
        "invalid": "This is no opaque id: the record knows nobody by name. It stands in the address of a subject's page."
    }
    return forms.UUIDField(label=label, required=False, widget=forms.TextInput(attrs=attributes), error_messages=wrong)


class EntryFilter(forms.Form):
    """Which entries to show, kept in the address. Days are the reader's."""

    who = forms.ChoiceField(label="Who", required=False)
    action = forms.ChoiceField(
        label="What",
        required=False,
        choices=[
            ("", "anything"),
            ("reads", "all reads"),
            ("changes", "all changes"),
            ("Reads", [(one.value, one.label) for one in Action if one in READS]),
            ("Changes", [(one.value, one.label) for one in Action if one not in READS]),
        ],
    )
    subject = _opaque("Subject")
    since = _day("From")
    until = _day("To")

    def __init__(self, *args: Any, actors: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "anybody"), ("system", "memory_ui itself"), *actors]

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first one.")
        return self.cleaned_data

    def wanted(self) -> Wanted:
        """What was chosen; what was not understood chooses nothing out, and the page says so."""
        given = self.cleaned_data if self.is_valid() else {}
        until = given.get("until")
        return Wanted(
            who=given.get("who") or "",
            action=given.get("action") or "",
            subject=given.get("subject"),
            since=_begin(given.get("since")),
            until=_begin(until + timedelta(days=1)) if until else None,
        )


def _begin(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def uuid_of(text: str) -> UUID | None:
    """The UUID that `text` is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
