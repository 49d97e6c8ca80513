"""What people choose to find runs; it stays in the address, so that a figure can lead to the runs behind it."""

from typing import Any

from django import forms

from memory_ui.filters import Filters, Moment
from subjects import reasons
from subjects.list_forms import PLAIN
from subjects.models import Run
from subjects.run_listing import OPEN, STUCK, WantedRuns

WORDS = 70
"""characters of a reason that a choice shows"""


class ReasonField(forms.ChoiceField):
    """A reason of failures: one of the usual ones, or whichever the address names."""

    def __init__(self, chosen: str) -> None:
        usual = [(digest, _short(words)) for digest, words in reasons.offered(reasons.digest_in(chosen))]
        super().__init__(required=False, label="Why it failed", choices=[("", "any"), *usual])

    def to_python(self, value: Any) -> str:
        return reasons.digest_in(super().to_python(value))

    def prepare_value(self, value: Any) -> str:
        """The choice that is shown as chosen."""
        return reasons.digest_in(str(value or ""))


class RunFilter(Filters):
    """Filters of the runs of all subjects. Moments are in the reader's zone."""

    state = forms.ChoiceField(
        required=False,
        choices=[("", "any"), (OPEN, "Not ended yet"), (STUCK, "Standing still"), *Run.State.choices],
    )
    subject = forms.CharField(
        required=False, label="Subject id", max_length=200, widget=forms.TextInput(attrs=PLAIN | {"size": 22})
    )
    source = forms.ChoiceField(required=False, choices=[("", "any"), *Run.Source.choices])
    since = Moment(label="Given from")
    until = Moment(label="Given before")
    ended_since = Moment(label="Ended from")
    ended_until = Moment(label="Ended before")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["reason"] = ReasonField(str(self.data.get("reason", "")))

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("reason") and chosen.get("state") not in ("", Run.State.FAILED, None):
            self.add_error("reason", "Only failed runs have one: choose that state, or any.")
        return chosen

    def wanted(self) -> WantedRuns:
        """What was chosen; every run when a field is wrong, which the form then says."""
        if not self.is_valid():
            return WantedRuns()
        return WantedRuns(**{name: value for name, value in self.cleaned_data.items() if value})


def _short(words: str) -> str:
    return words if len(words) <= WORDS else f"{words[:WORDS]}…"
