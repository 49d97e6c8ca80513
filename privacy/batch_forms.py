"""What officers type about lists of ids."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from privacy.batching import BadList, parse
from privacy.forms import KINDS, PLAIN

MOST_BYTES = 3_000_000


class BatchForm(forms.Form):
    """A list of ids, pasted or as a file. After `is_valid`: `ids`, and how many `doubles` there were."""

    kind = forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect, label="What is asked for")
    text = forms.CharField(
        required=False,
        strip=False,
        label="Ids",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "off"}),
        help_text="One a line.",
    )
    file = forms.FileField(
        required=False,
        label="Or a file",
        widget=forms.FileInput(attrs={"accept": ".txt,.csv"}),
        help_text=".txt or .csv with one id a line, in UTF-8.",
    )
    ids: list[str]
    doubles: int

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        file: UploadedFile[bytes] | None = data.get("file")
        name = "file" if file else "text"
        if file and (data.get("text") or "").strip():
            self.add_error("text", "Give the ids here or as a file, not both.")
            return data
        try:
            self.ids, self.doubles = parse(_text_of(file) if file else data.get("text") or "")
        except BadList as error:
            self.add_error(name, str(error))
        return data


class BatchConfirmForm(forms.Form):
    """How many are to be erased, typed before it is done."""

    typed = forms.CharField(max_length=10, widget=forms.TextInput(attrs=PLAIN | {"inputmode": "numeric"}))

    def __init__(self, *args: Any, expected: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.expected = expected
        self.fields["typed"].label = f"Type {expected} to confirm"

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"]).replace(",", "").strip()
        if typed != str(self.expected):
            raise forms.ValidationError(f"That is not the number of people to be erased: {self.expected}.")
        return typed


def _text_of(file: "UploadedFile[bytes]") -> str:
    if (file.size or 0) > MOST_BYTES:
        raise BadList(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Split it.")
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadList("The file is not text in UTF-8.") from None
