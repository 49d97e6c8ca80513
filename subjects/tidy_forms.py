"""The forms about tidying up: which proposals to keep or leave, which subjects, and which tidy-ups to list."""

import uuid
from typing import Any

from django import forms

from memory_ui.filters import Filters
from subjects.models import Tidy
from subjects.tidying import MOST_AT_ONCE


class UUIDs(forms.Field):
    """One or more ids, as checkboxes of one name send them."""

    def to_python(self, value: Any) -> list[uuid.UUID]:
        found = []
        for text in value or []:
            try:
                found.append(uuid.UUID(str(text)))
            except ValueError:
                raise forms.ValidationError("A ticked row is no subject.") from None
        return found

    def validate(self, value: list[uuid.UUID]) -> None:
        if not value:
            raise forms.ValidationError("Tick at least one subject.")
        if len(value) > MOST_AT_ONCE:
            raise forms.ValidationError(f"{len(value):,} subjects were ticked; {MOST_AT_ONCE} fit at once.")


class DecisionForm(forms.Form):
    """What is decided. `proposal`: none means all that are open; `confirmed`: how many agents the person was told of."""

    action = forms.ChoiceField(choices=[("keep", "Keep"), ("leave", "Leave")])
    proposal = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    confirmed = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)


class TakingBackForm(forms.Form):
    """Decisions to take back: the numbers of their proposals with commas; `confirmed` as in `DecisionForm`."""

    proposals = forms.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18}){0,199}$")
    confirmed = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    def clean_proposals(self) -> list[int]:
        """As numbers."""
        return [int(number) for number in str(self.cleaned_data["proposals"]).split(",")]


class TidyFilter(Filters):
    """Which tidy-ups to show."""

    state = forms.ChoiceField(choices=[("", "Every state"), *Tidy.State.choices], required=False)
