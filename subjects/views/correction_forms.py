"""What people type to correct memory: a block's text, a merge of two changes, why, and marks on lines."""

from typing import Any, Protocol

from django import forms

from memory_sdk.names import MAX_LIMIT
from subjects import merging
from subjects.forms import BlockForm, PlainText
from subjects.models import Block

LONGEST_REASON = 500


class Reason(forms.CharField):
    """Why something is changed; kept with the revision."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", "Reason")
        options.setdefault("max_length", LONGEST_REASON)
        options.setdefault("help_text", "Kept with the revision, for example: she told us on the phone.")
        options.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(**options)


class CorrectionForm(forms.Form):
    """A block as it should be. `base`: the number of the revision that the person started from.

    A merge adds `started`, the revision before both changes, `mine`, the person's own text, and `merged`, the text the
    screen last proposed: what differs from it was typed by hand.
    """

    base = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    value = PlainText(rows=8, widget=forms.Textarea(attrs={"rows": 8, "data-count": ""}))
    description = PlainText(rows=2, help_text="Tells the agent what belongs here.")
    limit = forms.IntegerField(min_value=1, max_value=MAX_LIMIT, help_text="characters")
    reason = Reason()
    confirmed = forms.IntegerField(required=False, widget=forms.HiddenInput)
    started = forms.IntegerField(required=False, widget=forms.HiddenInput)
    mine = PlainText(required=False)
    merged = PlainText(required=False)

    @classmethod
    def of(cls, block: Block, base: int) -> "CorrectionForm":
        """The form as it opens."""
        return cls(initial={"base": base, "value": block.value, "description": block.description, "limit": block.limit})


class RestoreForm(forms.Form):
    """Back to an earlier revision, from `base`."""

    base = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = Reason()
    confirmed = forms.IntegerField(required=False, widget=forms.HiddenInput)


class RemovalForm(forms.Form):
    """A block taken off its subject."""

    base = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = Reason()


class NewBlockForm(BlockForm):
    """One more block of a subject that exists."""

    reason = Reason()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["label"].required = True


class FlagForm(forms.Form):
    """A line marked as wrong: its number in the revision `base`."""

    base = forms.IntegerField(min_value=1)
    line = forms.IntegerField(min_value=1)
    note = forms.CharField(required=False, max_length=LONGEST_REASON)


class CompareForm(forms.Form):
    """Which two revisions to compare, and how."""

    older = forms.IntegerField(label="From", min_value=1, required=False)
    newer = forms.IntegerField(label="To", min_value=1, required=False)
    view = forms.ChoiceField(label="Shown", choices=[("inline", "In one text"), ("side", "Side by side")], required=False)


class Recorded(Protocol):
    """A revision, of a subject's block or of one that many share."""

    @property
    def number(self) -> int: ...

    @property
    def value(self) -> str: ...


class Revised(Protocol):
    """What has revisions."""

    @property
    def revisions(self) -> Any: ...


class MergeScreen:
    """Two changes of one text and what is made of them. `choices`: place of a conflict → "theirs", "mine" or "both"."""

    def __init__(self, started: Recorded, current: Recorded, mine: str, choices: dict[int, str]) -> None:
        self.started = started
        self.current = current
        self.mine = mine
        self.merge = merging.merge(started.value, current.value, mine)
        self.choices = choices

    @classmethod
    def read(cls, form: forms.Form, block: Revised) -> "MergeScreen | None":
        """The screen that a form was sent from; None when it was the plain form."""
        data = form.cleaned_data
        numbers = [data.get("started") or 0, data.get("base") or 0]
        known = {revision.number: revision for revision in block.revisions.filter(number__in=numbers)}
        started, current = (known.get(number) for number in numbers)
        if started is None or current is None:
            return None
        choices = {
            int(name.removeprefix("choice-")): str(value)
            for name, value in form.data.items()
            if name.startswith("choice-") and name.removeprefix("choice-").isdecimal() and len(name) < 16
        }
        return cls(started, current, data["mine"], choices)

    @property
    def rows(self) -> list[tuple[int, merging.Chunk, str]]:
        """Each stretch with its place and what was chosen for it."""
        return [(place, chunk, self.choices.get(place, "both")) for place, chunk in enumerate(self.merge.chunks)]

    @property
    def text(self) -> str:
        """The text by the choices made so far."""
        return self.merge.chosen(self.choices)

    def chosen_into(self, proposed: str, written: str) -> str:
        """The text by the choices, with what a person changed by hand in the text `proposed` before kept."""
        return merging.merge(proposed, self.text, written).text if written != proposed else self.text
