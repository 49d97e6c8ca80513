"""What people type to correct memory: a block's text, a merge of two changes, why, and marks on lines."""

from typing import Any

from django import forms

from memory_sdk.names import MAX_LIMIT
from subjects.forms import BlockForm, MergingForm, PlainText
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


class CorrectionForm(MergingForm):
    """A block as it should be. `base`: the number of the revision that the person started from."""

    base = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    value = PlainText(rows=8, widget=forms.Textarea(attrs={"rows": 8, "data-count": ""}))
    description = PlainText(rows=2, help_text="Tells the agent what belongs here.")
    limit = forms.IntegerField(min_value=1, max_value=MAX_LIMIT, help_text="characters")
    reason = Reason()
    confirmed = forms.IntegerField(required=False, widget=forms.HiddenInput)

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
