"""What people give to an import: a file or its text, and what it is to become."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile

from schemas.editing import MAX_NAME
from schemas.models import Template
from schemas.showing import TemplateRow, live_templates
from subjects.forms import PlainText


class ImportForm(forms.Form):
    """A template file, uploaded or pasted, for a new template or as the draft of one that is there."""

    file = forms.FileField(required=False, widget=forms.FileInput(attrs={"accept": ".json,application/json"}))
    text = PlainText(label="Or paste it", rows=10, widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}))
    into = forms.CharField(label="It becomes", required=False, widget=forms.Select)
    name = forms.CharField(
        max_length=MAX_NAME, required=False, help_text="Only if it is to be called otherwise than in the file."
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._targets = live_templates()
        widget = self.fields["into"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = [("", "a new template"), *((_value(one.template), _words(one)) for one in self._targets)]

    @property
    def target(self) -> Template | None:
        """The template whose draft it becomes, with the edition that the person saw; None: a new one."""
        target: Template | None = self.cleaned_data["into"]
        return target

    def choose_again(self, current: Template) -> None:
        """Have the person's choice stand for the template as it is now, for them to confirm."""
        self.data = {**self.data.dict(), "into": _value(current)}  # type: ignore[attr-defined]  # a QueryDict

    def clean_into(self) -> Template | None:
        """The chosen template, `edition` being the one that was shown."""
        pk, _, edition = str(self.cleaned_data["into"]).partition(":")
        if not pk:
            return None
        target = next((one.template for one in self._targets if str(one.template.pk) == pk), None)
        if target is None or not edition.isdecimal() or len(edition) > 9:
            raise forms.ValidationError("That template is archived or gone. Choose another.")
        target.edition = int(edition)
        return target

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data.get("file") and not data.get("text", "").strip() and not self.errors:
            self.add_error("file", "Choose a file, or paste its text below.")
        return data

    def content(self) -> str | bytes:
        """What is to be read: the file, else the text."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        return file.read() if file else str(self.cleaned_data["text"])


def chosen(pk: str) -> str:
    """The choice that stands for a template, for links to the page; empty when it is none."""
    try:
        template = Template.objects.filter(pk=UUID(pk), archived_at=None).first()
    except ValueError:
        return ""
    return _value(template) if template else ""


def _value(template: Template) -> str:
    return f"{template.pk}:{template.edition}"


def _words(one: TemplateRow) -> str:
    return f"the draft of {one.template.name}{' (in place of the one it has)' if one.has_draft else ''}"
