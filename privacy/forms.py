"""Everything officers type: requests, confirmations, reasons, notes and lists of ids."""

from typing import Any

from django import forms

from accounts.models import User
from accounts.roles import MAY, Permission
from audit.recording import is_ticket
from memory_sdk.names import MAX_SUBJECT_ID
from memory_ui.filters import Filters
from privacy.models import Request
from privacy.noting import MOST, NamesThePerson, check_text
from privacy.queue import Wanted

PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
KINDS = [
    (Request.Kind.ACCESS, "Access: what is known about them (Art. 15)"),
    (Request.Kind.PORTABILITY, "Portability: the same, to take it elsewhere (Art. 20)"),
    (Request.Kind.ERASURE, "Erasure: everything deleted (Art. 17)"),
    (Request.Kind.RESTRICTION, "Restriction: kept, but used and changed by nobody (Art. 18)"),
]


def checked_id(value: str) -> str:
    """The id of somebody, known here or not.

    Raises:
        forms.ValidationError: it has signs that no id has.
    """
    if any(not sign.isprintable() for sign in value):
        raise forms.ValidationError("The id holds signs that cannot be printed.")
    return value


class RequestForm(forms.Form):
    """One request. The id may be one that we do not know: the answer is then that nothing is stored."""

    kind = forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect, label="What is asked for")
    subject_id = forms.CharField(
        label="Id of the subject",
        max_length=MAX_SUBJECT_ID,
        widget=forms.TextInput(attrs=PLAIN),
        help_text="As your assistant names the person, for example user_sarah.",
    )

    def clean_subject_id(self) -> str:
        return checked_id(self.cleaned_data["subject_id"])


class FindForm(forms.Form):
    """Whose requests are looked for, also those of somebody who was erased."""

    subject_id = forms.CharField(
        label="Id of the subject",
        max_length=MAX_SUBJECT_ID,
        widget=forms.TextInput(attrs=PLAIN | {"type": "search"}),
    )

    def clean_subject_id(self) -> str:
        return checked_id(self.cleaned_data["subject_id"])


class ConfirmForm(forms.Form):
    """The id of the subject, typed once more before an erasure."""

    typed = forms.CharField(label="Type the id to confirm", max_length=MAX_SUBJECT_ID, widget=forms.TextInput(attrs=PLAIN))

    def __init__(self, *args: Any, expected: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.expected = expected

    def clean_typed(self) -> str:
        if self.cleaned_data["typed"] != self.expected:
            raise forms.ValidationError("That is not the id of this request. Capital and small letters are different.")
        return self.expected


class _AboutRequest(forms.Form):
    """A form whose texts may not name the person."""

    def __init__(self, *args: Any, about: Request, **options: Any) -> None:
        super().__init__(*args, **options)
        self.about = about

    def _checked(self, name: str) -> str:
        text = str(self.cleaned_data[name])
        try:
            check_text(text, self.about)
        except NamesThePerson as error:
            raise forms.ValidationError(str(error)) from error
        return text


class _WithTicket(_AboutRequest):
    ticket = forms.CharField(
        label="Where the reason is told",
        max_length=40,
        widget=forms.TextInput(attrs=PLAIN | {"placeholder": "LEGAL-123"}),
        help_text="A reference in another system. No names.",
    )

    def clean_ticket(self) -> str:
        ticket = self._checked("ticket")
        if not is_ticket(ticket):
            raise forms.ValidationError("A reference has letters, digits and . _ # / - only, and at least one digit.")
        return ticket


class HoldForm(_WithTicket):
    """Why a subject is put on legal hold."""

    reason = forms.ChoiceField(choices=Request.Hold.choices, label="Reason")


class ExtendForm(_WithTicket):
    """Why the answer takes longer."""

    reason = forms.ChoiceField(choices=Request.Extension.choices, label="Reason")


class RefuseForm(forms.Form):
    """Why the answer is no."""

    reason = forms.ChoiceField(choices=Request.Refusal.choices, label="Reason")


class NoteForm(_AboutRequest):
    """A note without personal text."""

    text = forms.CharField(
        label="Note", max_length=MOST, widget=forms.Textarea(attrs={"rows": 2}), help_text="Without names, ids or addresses."
    )

    def clean_text(self) -> str:
        return self._checked("text").replace("\r\n", "\n")


class Officers(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the people who handle requests, or nobody."""

    def __init__(self) -> None:
        people = User.objects.filter(is_active=True, role__in=MAY[Permission.HANDLE_REQUESTS]).order_by("name", "email")
        super().__init__(people, required=False, empty_label="nobody", label="Who is on it")


class AssignForm(forms.Form):
    """Into whose hands. `before`: who had it when the page was shown."""

    to = Officers()
    before = forms.ModelChoiceField(User.objects.all(), required=False, widget=forms.HiddenInput)


class QueueFilter(Filters):
    """Filters of the queue, kept in the address."""

    state = forms.ChoiceField(
        required=False,
        choices=[("", "to be answered"), *Request.State.choices, ("held", "On legal hold"), ("all", "all")],
    )
    kind = forms.ChoiceField(required=False, choices=[("", "any"), *Request.Kind.choices])
    due = forms.ChoiceField(required=False, choices=[("", "any"), ("late", "Overdue"), ("soon", "Within 7 days")])
    who = forms.ChoiceField(
        required=False, label="In whose hands", choices=[("", "anybody's"), ("me", "Mine"), ("nobody", "Nobody's")]
    )

    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def wanted(self) -> Wanted:
        """What was chosen; everything that is open when a field is wrong, which the form then says."""
        return Wanted(**self.cleaned_data) if self.is_valid() else Wanted()


class ReceiptForm(forms.Form):
    """A receipt that comes back: as a file, or as text."""

    MOST = 1024 * 1024  # bytes

    file = forms.FileField(required=False, label="The receipt's file", help_text="receipt-….json")
    text = forms.CharField(
        required=False,
        label="Or its text",
        max_length=MOST,
        widget=forms.Textarea(attrs=PLAIN | {"rows": 8}),
        strip=False,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size > self.MOST:
            raise forms.ValidationError("The file is larger than 1 MB: that is no receipt.")
        return file

    def clean(self) -> None:
        if not self.errors and not self.cleaned_data.get("file") and not self.cleaned_data.get("text", "").strip():
            self.add_error("file", "Choose the receipt's file, or paste its text.")

    def given(self) -> bytes:
        """What was given, the file before the text."""
        file = self.cleaned_data["file"]
        return bytes(file.read()) if file else str(self.cleaned_data["text"]).encode()
