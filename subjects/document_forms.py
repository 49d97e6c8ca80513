"""The form by which a file is given."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from subjects.teaching import KINDS, MOST_BYTES, BadFile, kind_of


class DocumentForm(forms.Form):
    """One file to learn from."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # which gets a sentence of ours
        max_length=1000,
        widget=forms.FileInput(attrs={"accept": ",".join(KINDS)}),
        error_messages={"required": "Choose a file.", "missing": "Choose a file."},
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            kind_of(file.name or "")
        except BadFile as error:
            raise forms.ValidationError(str(error)) from error
        if (file.size or 0) > MOST_BYTES:  # before it is read into memory
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Split it.")
        return file
