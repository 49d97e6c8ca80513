"""What people type about templates: name and purpose, block schemas, notes, files, and new subjects."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.forms import formset_factory

from memory_sdk.names import MAX_LABEL, MAX_SUBJECT_ID, checked_subject_id
from schemas.checking import MAX_LIMIT, MOST_BLOCKS, Schema, problems_of
from schemas.editing import MAX_NAME
from schemas.models import SharedBlock
from schemas.showing import TemplateRow
from subjects.forms import PlainText, Rows
from subjects.models import Subject

LIMIT_SENTENCE = f"The limit must be from 1 to {MAX_LIMIT:,} characters."
ROOM = 3
"""rows more than fit a template, so that one too many gets a sentence"""


class TemplateForm(forms.Form):
    """Name and purpose. `edition`: of the template that the person looks at."""

    edition = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give the template a name, for example Customer support."},
    )
    purpose = PlainText(rows=2, help_text="What it is for, so that others choose the right one.")


class SchemaForm(forms.Form):
    """One block schema. A row without any text is none. With `shared_block` only that and the place count."""

    label = forms.CharField(
        max_length=MAX_LABEL, required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    description = PlainText(rows=2, help_text="Tells the memory agent what belongs here, and so steers it.")
    limit = forms.IntegerField(
        min_value=1,
        max_value=MAX_LIMIT,
        initial=5000,
        help_text="characters",
        error_messages={
            "required": LIMIT_SENTENCE,
            "invalid": "The limit must be a whole number of characters.",
            "min_value": LIMIT_SENTENCE,
            "max_value": LIMIT_SENTENCE,
        },
    )
    value = PlainText(label="Starting value", widget=forms.Textarea(attrs={"rows": 3, "data-count": ""}))
    read_only = forms.BooleanField(required=False, label="Read-only: the agent may not change it")
    shared_block = forms.UUIDField(required=False, widget=forms.HiddenInput)

    shared: SharedBlock | None = None
    """The block that is shared, once the rows have looked it up."""
    place = 0
    """Among the rows, from 0."""

    @property
    def spoken_name(self) -> str:
        """What buttons call the row: its label, or its place."""
        return self.shared.label if self.shared else str(self["label"].value() or f"block {self.place + 1}")

    @property
    def spoken_of(self) -> list[forms.BoundField]:
        """The fields about which something is said while one types."""
        return [self[name] for name in ("label", "limit", "description", "value")]

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("shared_block"):
            self._errors.clear()  # type: ignore[attr-defined]  # what it says is its own, and checked where it is edited
        return self.cleaned_data

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed into the row."""
        typed = (self[name].value() for name in ("label", "description", "value", "shared_block"))
        return not any(str(value or "").strip() for value in typed)

    def schema(self) -> Schema:
        """The row as far as it can be read: a text that was refused as it was typed, a refused limit at its start."""
        data = getattr(self, "cleaned_data", self.initial)
        texts = {name: str(data.get(name, self[name].value()) or "") for name in ("label", "description", "value")}
        if self.shared is not None:
            texts["label"] = self.shared.label
        return Schema(
            **texts,
            limit=data.get("limit") or Schema.limit,
            read_only=data.get("read_only", False),
            shared_block=data.get("shared_block"),
        )


class SchemaRowSet(Rows):
    """The block schemas of a draft, in their order."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        wanted = {pk for form in self.forms if (pk := _uuid(form["shared_block"].value()))}
        self.shared_blocks = SharedBlock.objects.in_bulk(wanted) if wanted else {}
        for place, form in enumerate(self.forms):
            form.place = place
            form.shared = self.shared_blocks.get(_uuid(form["shared_block"].value()))

    @property
    def last_place(self) -> int:
        """The place of the last row."""
        return len(self.forms) - 1

    def clean(self) -> None:
        """Say everything that is wrong, at the field it is about."""
        filled = [form for form in self.forms if not form.is_blank]
        for form in filled:
            pk = form.cleaned_data.get("shared_block") if form.is_valid() or form.cleaned_data else None
            if pk and form.shared is None:
                form.add_error(None, "This shared block is gone. Remove it here.")
            elif pk and form.shared is not None:
                form.cleaned_data["label"] = form.shared.label
        for problem in problems_of([form.schema() for form in filled]):
            if problem.place >= len(filled):
                continue
            form = filled[problem.place]
            if not form.has_error(problem.field):
                form.add_error(None if form.shared else problem.field, problem.message)
        if len(filled) > MOST_BLOCKS:
            raise forms.ValidationError(f"A template has at most {MOST_BLOCKS} blocks; remove {len(filled) - MOST_BLOCKS}.")

    def schemas(self) -> list[Schema]:
        """The schemas, blank rows left out; before all is well only good for a preview."""
        return [form.schema() for form in self.forms if not form.is_blank]

    def changed_by(self, action: str, shared: str = "") -> list[dict[str, Any]] | None:
        """The rows after a button was pressed: `add`, `share` (adds the block `shared`), `remove-N`, `up-N`, `down-N`."""
        if action == "share":
            return [*(row for row in self.raw() if any(row.values())), {"shared_block": _uuid(shared)}]
        way, _, place = action.partition("-")
        if way not in ("up", "down"):
            return super().changed_by(action)
        rows = self.raw()
        if not place.isdecimal() or len(place) > 4 or int(place) >= len(rows):
            return None
        here = int(place)
        there = min(max(here + (1 if way == "down" else -1), 0), len(rows) - 1)
        rows[here], rows[there] = rows[there], rows[here]
        return rows


SchemaRows: type[SchemaRowSet] = formset_factory(  # type: ignore[assignment]
    SchemaForm, formset=SchemaRowSet, extra=0, max_num=MOST_BLOCKS + ROOM, absolute_max=MOST_BLOCKS + ROOM
)


def rows_of(schemas: Sequence[Schema]) -> list[dict[str, Any]]:
    """The rows that show `schemas`; one blank row when there are none."""
    return [
        {
            "label": schema.label,
            "description": schema.description,
            "limit": schema.limit,
            "value": schema.value,
            "read_only": schema.read_only,
            "shared_block": schema.shared_block,
        }
        for schema in schemas
    ] or [{}]


class PublishForm(forms.Form):
    """What a version changes and why."""

    edition = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What changes and why. Those who roll the version out read it.",
        error_messages={"required": "Say what changes and why; those who roll it out read it."},
    )


class EditionForm(forms.Form):
    """A press of a button about a template as the person saw it."""

    edition = forms.IntegerField(widget=forms.HiddenInput)


class DefaultForm(forms.Form):
    """Whether new subjects start from a template."""

    is_default = forms.BooleanField(required=False)
    applies_outside = forms.BooleanField(required=False)


class CompareForm(forms.Form):
    """Which versions to compare; a version is a number, 0 the draft."""

    older = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    newer = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class NewSubjectForm(forms.Form):
    """The id of a new subject and what it starts from: a template's id, or `user` or `subject` for none."""

    subject_id = forms.CharField(
        label="Id",
        max_length=MAX_SUBJECT_ID,
        help_text="The name your assistant uses, for example user_sarah. It cannot be changed later.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )
    kind = forms.ChoiceField(label="It starts from", widget=forms.RadioSelect)
    display_name = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Stands where a starting value says {{ display_name }}. Left empty, it is made from the id.",
    )

    taken: Subject | None = None
    """The subject that has the id already."""

    def __init__(self, *arguments: Any, startable: Sequence[TemplateRow] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        without = "Without a template: a" if startable else "A"
        field.choices = [
            *((str(row.template.pk), f"{row.template.name}: {', '.join(row.labels)}") for row in startable),
            (Subject.Kind.USER, f"{without} user, with the blocks human and summary"),
            (Subject.Kind.SUBJECT, f"{without} team, a project or anything else, with blocks of your choice"),
        ]
        default = next((row for row in startable if row.template.is_default), None)
        field.initial = str(default.template.pk) if default else Subject.Kind.USER

    def clean_subject_id(self) -> str:
        try:
            return checked_subject_id(self.cleaned_data["subject_id"], "The id")
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
