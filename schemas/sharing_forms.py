"""What people type about shared blocks: what one says, why it changes, and whom it goes to."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from memory_sdk.names import MAX_LABEL, MAX_LIMIT
from schemas.distributing import Whom
from schemas.listing import TemplateField
from schemas.models import SharedBlock, SharedRevision
from schemas.selecting import MOST_IDS, find
from schemas.sharing import Wording
from schemas.typed_ids import ids_in
from subjects.forms import MergingForm, PlainText
from subjects.models import Subject
from subjects.wanted import Wanted

LONGEST_REASON = 500
MOST_BYTES = 20_000_000
FASTEST = 1_000
PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class WordingForm(forms.Form):
    """What a shared block says."""

    value = PlainText(rows=8, widget=forms.Textarea(attrs={"rows": 8, "data-count": ""}))
    description = PlainText(rows=2, help_text="Tells the agent what stands here.")
    limit = forms.IntegerField(min_value=1, max_value=MAX_LIMIT, initial=5000, help_text="characters")
    read_only = forms.BooleanField(required=False, initial=True, label="Read-only: no agent may change it")

    def wording(self) -> Wording:
        """What was typed."""
        data = self.cleaned_data
        return Wording(data["value"], data["description"], data["limit"], data["read_only"])


class NewSharedBlockForm(WordingForm):
    """A shared block that nobody has yet."""

    label = forms.CharField(
        max_length=MAX_LABEL,
        widget=forms.TextInput(attrs=PLAIN),
        help_text="The same in every subject, for example policies. It cannot be changed later.",
        error_messages={"required": "Give the block a label, for example policies."},
    )
    field_order = ("label", "description", "value", "limit", "read_only")


class SharedEditForm(WordingForm, MergingForm):
    """A change of a shared block. `base`: the revision the person started from."""

    base = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Kept with the revision, in every subject that has the block.",
    )
    confirmed = forms.IntegerField(required=False, widget=forms.HiddenInput)
    mine_read_only = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, row: SharedBlock | SharedRevision, base: int) -> "SharedEditForm":
        """The form as it opens."""
        said = Wording.of(row)
        initial = {"value": said.value, "description": said.description, "limit": said.limit, "read_only": said.read_only}
        return cls(initial=initial | {"base": base})


class AdoptForm(forms.Form):
    """A block that other programs share, by Letta's id."""

    block_id = forms.RegexField(
        r"^block-[0-9a-fA-F-]{36}$",
        label="Letta's id of the block",
        widget=forms.TextInput(attrs=PLAIN | {"placeholder": "block-…"}),
        error_messages={"invalid": "An id of a block begins with block- and goes on with 36 digits, letters and hyphens."},
    )


class DistributionForm(forms.Form):
    """Whom a shared block is attached to or detached from, and how fast."""

    what = forms.ChoiceField(
        label="What to do", choices=[("attach", "Attach it"), ("detach", "Detach it")], initial="attach"
    )
    whom = forms.ChoiceField(
        label="Whom",
        choices=[("ids", "Subjects by their ids"), ("filter", "Everybody who passes a filter"), ("all", "Every subject")],
        initial="ids",
    )
    ids = PlainText(
        rows=4,
        label="Ids",
        widget=forms.Textarea(attrs=PLAIN | {"rows": 4}),
        help_text=f"One a line, or apart by commas. At most {MOST_IDS:,}.",
    )
    file = forms.FileField(required=False, label="or a CSV file with the ids in its first column")
    q = forms.CharField(required=False, max_length=200, label="Id begins with", widget=forms.TextInput(attrs=PLAIN))
    kind = forms.ChoiceField(required=False, choices=[("", "any"), *Subject.Kind.choices])
    label = forms.CharField(required=False, max_length=200, label="Has the block", widget=forms.TextInput(attrs=PLAIN))
    rate = forms.IntegerField(
        required=False, min_value=1, max_value=FASTEST, label="Subjects a second at most",
        help_text="Empty: as fast as Letta answers.",
    )  # fmt: skip
    subject = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["template"] = TemplateField()

    def clean_file(self) -> "UploadedFile[bytes] | None":
        """No file that is too large to be a list of ids."""
        file: UploadedFile[bytes] | None = self.cleaned_data.get("file")
        if file is not None and (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
        return file

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if self.errors:
            return data
        match data["whom"]:
            case "ids":
                self._find(data)
            case "filter":
                wanted = Wanted(
                    q=data["q"], kind=data["kind"], label=data["label"],
                    added=(("template", data["template"]),) if data["template"] else (),
                )  # fmt: skip
                if wanted == Wanted():
                    self.add_error("whom", "Choose a filter, or every subject.")
                data["chosen"] = Whom(wanted=wanted)
            case _:
                data["chosen"] = Whom()
        return data

    def _find(self, data: dict[str, Any]) -> None:
        if data.get("subject") and not data["ids"].strip() and not data.get("file"):
            data["chosen"] = Whom(subject_pks=[data["subject"]])
            return
        try:
            ids = ids_in(data["ids"], data.get("file"))
        except UnicodeDecodeError:
            self.add_error("file", "The file is not text in UTF-8.")
            return
        if not ids:
            self.add_error("ids", "Type at least one id, or choose a file.")
        elif len(ids) > MOST_IDS:
            self.add_error("ids", f"{len(ids):,} ids are more than {MOST_IDS:,}. Use a filter for so many.")
        else:
            named = find(ids)
            if not named.pks:
                self.add_error("ids", "No subject has any of these ids.")
            data["chosen"] = Whom(subject_pks=named.pks, unknown=named.unknown_count)
