"""Everything people type: blocks, conversations, filters."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseFormSet, formset_factory

from memory_sdk import NewBlock
from memory_sdk.names import MAX_LABEL, MAX_LIMIT, checked_label
from memory_ui.filters import Filters
from subjects import transcripts
from subjects.list_forms import PLAIN, QUERY
from subjects.models import Message, Run

MOST_BLOCKS = 30
MOST_TYPED_TURNS = 200


class PlainText(forms.CharField):
    """Text kept as written, with the line ends that it had before the browser sent it."""

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(strip=False, required=options.pop("required", False), **options)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class BlockForm(forms.Form):
    """One block of a new subject. A row without any text is no block."""

    label = forms.CharField(
        max_length=MAX_LABEL, required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    description = PlainText(rows=2, help_text="Tells the agent what belongs here.")
    limit = forms.IntegerField(min_value=1, max_value=MAX_LIMIT, initial=5000, help_text="characters")
    value = PlainText(label="Starting value", widget=forms.Textarea(attrs={"rows": 3, "data-count": ""}))
    read_only = forms.BooleanField(required=False, label="Read-only: the agent may not change it")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        label = data.get("label", "")
        if label:
            try:
                data["label"] = _checked(checked_label, label, "The label")
            except forms.ValidationError as error:
                self.add_error("label", error)
        elif data.get("description") or data.get("value"):
            self.add_error("label", "Give the block a label, for example preferences.")
        limit, value = data.get("limit"), data.get("value", "")
        if limit is not None and len(value) > limit:
            self.add_error("value", f"This has {len(value):,} characters; the limit of the block is {limit:,}.")
        return data

    def block(self) -> NewBlock | None:
        """The block of a valid row; None for an empty one."""
        data = self.cleaned_data
        if not data.get("label"):
            return None
        return NewBlock(
            label=data["label"],
            description=data["description"],
            value=data["value"],
            limit=data["limit"],
            read_only=data["read_only"],
        )


class MergingForm(forms.Form):
    """What a form brings along when its change is merged with another; empty otherwise.

    `started`: the revision before both changes; `mine` and `mine_…`: what the person sent; `merged`: the text the screen
    last proposed, and what differs from it was typed by hand.
    """

    started = forms.IntegerField(required=False, widget=forms.HiddenInput)
    mine = PlainText(required=False)
    merged = PlainText(required=False)
    mine_description = PlainText(required=False)
    mine_limit = forms.IntegerField(required=False, widget=forms.HiddenInput)


class TurnForm(forms.Form):
    """One typed turn. A row without text is no turn."""

    role = forms.ChoiceField(choices=Message.Role.choices, initial=Message.Role.USER)
    content = PlainText(label="Message", rows=2, max_length=transcripts.MAX_CONTENT)


class Rows(BaseFormSet):  # type: ignore[type-arg]
    """Rows of a form that can be added and removed by submit buttons, so that it works without JavaScript."""

    def raw(self) -> list[dict[str, Any]]:
        """What was typed into each row, valid or not."""
        return [{name: form[name].value() for name in form.fields} for form in self.forms]

    def focus(self, field: str) -> None:
        """Let the reader go on in `field` of the last row."""
        self.forms[-1].fields[field].widget.attrs["autofocus"] = True

    def changed_by(self, action: str) -> "list[dict[str, Any]] | None":
        """The rows after the button `add` or `remove-N` was pressed; None when `action` is neither."""
        rows = self.raw()
        if action == "add":
            return [*rows, {}]
        place = action.removeprefix("remove-")
        if place != action and place.isdecimal() and int(place) < len(rows):
            del rows[int(place)]
            return rows or [{}]
        return None


class BlockRowSet(Rows):
    """The blocks of a new subject, no label twice."""

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            label = form.cleaned_data.get("label") if form.is_valid() else None
            if label in seen:
                form.add_error("label", "Another block has this label already.")
            if label:
                seen.add(label)


BlockRows: type[BlockRowSet] = formset_factory(  # type: ignore[assignment]
    BlockForm, formset=BlockRowSet, extra=0, max_num=MOST_BLOCKS, absolute_max=MOST_BLOCKS, validate_max=True
)
TurnRows: type[Rows] = formset_factory(  # type: ignore[assignment]
    TurnForm, formset=Rows, extra=0, max_num=MOST_TYPED_TURNS, absolute_max=MOST_TYPED_TURNS, validate_max=True
)

FIRST_BLOCK_ROWS: Sequence[dict[str, Any]] = [{}]
FIRST_TURN_ROWS: Sequence[dict[str, Any]] = [{"role": "user"}, {"role": "assistant"}]


class ConversationForm(forms.Form):
    """A conversation typed, pasted or uploaded. `key` names the form as first shown: sent twice, it is learned once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    way = forms.ChoiceField(
        choices=[(Run.Source.TYPED, "Type"), (Run.Source.PASTED, "Paste"), (Run.Source.UPLOADED, "Upload a file")],
        initial=Run.Source.TYPED,
        widget=forms.RadioSelect,
    )
    text = PlainText(label="Conversation", rows=14)
    file = forms.FileField(required=False, widget=forms.FileInput(attrs={"accept": ".json,.jsonl,.ndjson,.txt"}))

    def transcript(self, turns: Rows) -> tuple[str, transcripts.Transcript]:
        """The text that was given and what it says.

        Raises:
            transcripts.BadTranscript: it cannot be read; the message says where and why.
        """
        way = self.cleaned_data["way"]
        if way == Run.Source.TYPED:
            text = json.dumps(
                [
                    {"role": row["role"], "content": row["content"]}
                    for row in turns.cleaned_data
                    if row.get("content", "").strip()
                ],
                ensure_ascii=False,
            )
            if text == "[]":
                raise transcripts.BadTranscript("Type at least one message.")
        elif way == Run.Source.UPLOADED:
            file: UploadedFile[bytes] | None = self.cleaned_data["file"]
            if file is None:
                raise transcripts.BadTranscript("Choose a file: .json, .jsonl or .txt, 5 MB at most.")
            if (file.size or 0) > transcripts.MAX_BYTES:
                raise transcripts.BadTranscript(
                    "The file is larger than 5 MB. Split it, or use manage.py import_conversations."
                )
            text = transcripts.decode(file.read())
        else:
            text = self.cleaned_data["text"]
        return text, transcripts.parse(text)


class ConfirmForm(forms.Form):
    """What the preview sends back: the text as it was read, how it was given, and the key of the first form."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    way = forms.ChoiceField(choices=Run.Source.choices, widget=forms.HiddenInput)
    text = PlainText(required=True, widget=forms.Textarea(attrs={"hidden": True, "aria-label": "Conversation"}))


class MessageFilter(Filters):
    """Which messages of the log to show."""

    role = forms.ChoiceField(choices=[("", "Every role"), *Message.Role.choices], required=False)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    text = forms.CharField(
        required=False, label="Words", max_length=QUERY, widget=forms.TextInput(attrs=PLAIN | {"size": 22})
    )

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first one.")
        return self.cleaned_data


def batch_key(form_key: uuid.UUID, place: int, turns: Sequence[transcripts.Turn]) -> str:
    """The idempotency key of one conversation of a form.

    The turns are part of it: the form sent again is the same batch, but the form gone back to and changed is another.
    """
    said = json.dumps([[turn.role, turn.content] for turn in turns], ensure_ascii=True)
    return str(uuid.uuid5(form_key, f"{place}:{said}"))


def _checked(check: Any, value: str, name: str) -> str:
    try:
        return str(check(value, name))
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error
