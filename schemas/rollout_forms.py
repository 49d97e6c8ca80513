"""What people say about a rollout: which version, for whom, what it may do, and how fast."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from memory_ui.filters import Filters
from schemas.models import Rollout, RolloutItem, Version
from schemas.planning import Asked
from schemas.selecting import MOST_IDS
from schemas.steering import FASTEST_RATE, Selection
from subjects.list_forms import SubjectFilter

LARGEST_FILE = 20_000_000
"""bytes of an uploaded list of ids"""
MOST_CHOICES = 200


class RolloutForm(forms.Form):
    """A rollout as it is asked for; whom by filters is `WhomForm`'s."""

    version = forms.UUIDField(widget=forms.Select, label="Version")
    whom = forms.ChoiceField(
        choices=[("filter", "Those who fit filters"), ("ids", "A list of ids")],
        widget=forms.RadioSelect,
        initial="filter",
        required=False,
        label="Chosen by",
    )
    ids = forms.CharField(
        required=False,
        strip=True,
        label="Ids, one a line",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )
    ids_file = forms.FileField(
        required=False, label="Or a text file of them", help_text=f"One id a line, {MOST_IDS:,} at most."
    )
    percent = forms.FloatField(
        initial=100,
        label="How many of them, in percent",
        help_text="A share first: who is in 10 % is in 50 %, too, so you can go on with more later.",
        widget=forms.NumberInput(attrs={"min": 0.01, "max": 100, "step": "any"}),
    )
    add_missing = forms.BooleanField(required=False, initial=True, label="Add missing blocks")
    update_described = forms.BooleanField(
        required=False, initial=True, label="Set description, limit and read-only mark to the version’s"
    )
    extras = forms.ChoiceField(
        choices=Rollout.Extras.choices,
        initial=Rollout.Extras.LEAVE,
        widget=forms.RadioSelect,
        label="Blocks that the version does not have",
        help_text="A block that is taken off is deleted in Letta, unless others share it. Its history stays here, and"
        " rolling back gives it back.",
    )
    values = forms.ChoiceField(
        choices=Rollout.Values.choices,
        initial=Rollout.Values.LEAVE,
        widget=forms.RadioSelect,
        label="Values of blocks that are there already",
        help_text="A value over a new limit is told in the result and never cut.",
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        newest = Version.objects.filter(number__isnull=False, template__archived_at=None).select_related("template")
        choices = newest.order_by("template__name", "template", "-number")[:MOST_CHOICES]
        widget = self.fields["version"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = [(version.pk, f"{version.template.name}, version {version.number}") for version in choices]

    def clean_version(self) -> Version:
        """The version; whether it may be rolled out is said by `steering.count`."""
        found = Version.objects.select_related("template").filter(pk=self.cleaned_data["version"]).first()
        if found is None:
            raise forms.ValidationError("There is no such version. Choose one of the list.")
        return found

    def clean_ids_file(self) -> list[str]:
        """The lines of the file."""
        given: UploadedFile[Any] | None = self.cleaned_data["ids_file"]
        if given is None:
            return []
        if (given.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(
                f"The file is larger than {LARGEST_FILE // 1_000_000} MB. Choose so many by a filter."
            )
        try:
            return lines(given.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError("This is no text file in UTF-8.") from error

    def ids_given(self) -> list[str]:
        """All ids that were typed or uploaded."""
        return [*lines(self.cleaned_data["ids"]), *self.cleaned_data["ids_file"]]

    def asked(self) -> Asked:
        """What the rollout may do."""
        data = self.cleaned_data
        return Asked(
            missing=data["add_missing"],
            described=data["update_described"],
            extras=data["extras"] == Rollout.Extras.DETACH,
            values=Rollout.Values(data["values"]),
        )

    def selection(self, whom: "WhomForm") -> Selection:
        """For whom. `whom`: the filters, which are valid."""
        ids = self.ids_given() if self.cleaned_data["whom"] == "ids" else None
        return Selection(whom.wanted(), ids, self.cleaned_data["percent"])


class WhomForm(SubjectFilter):
    """The filters of the subject list, but for words: who has them is not found out for a million subjects at once."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        del self.fields["text"], self.fields["sort"]


class PaceForm(forms.Form):
    """How fast a rollout may go."""

    rate = forms.IntegerField(
        required=False,
        label="Subjects a second, at most",
        widget=forms.NumberInput(attrs={"min": 1, "max": FASTEST_RATE, "placeholder": "no limit"}),
    )


class ResultFilter(Filters):
    """Which of a rollout's subjects are shown."""

    state = forms.ChoiceField(required=False, label="Result", choices=[("", "all"), *RolloutItem.State.choices])


def lines(text: str) -> list[str]:
    """The lines of a text that are not empty, without spaces at their ends."""
    return [line.strip() for line in text.splitlines() if line.strip()]
