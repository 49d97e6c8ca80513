"""What is typed about people and keys."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import ENGINE_SCOPES, Invitation, Scope, User
from accounts.roles import Role

APPROVER = "May approve erasures that others asked for"


class InvitationForm(forms.Form):
    """Who is invited, and as what."""

    email = forms.EmailField(label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.SUPPORT, widget=forms.RadioSelect)
    is_approver = forms.BooleanField(label=APPROVER, required=False)
    way = forms.ChoiceField(choices=[("mail", "mail"), ("link", "link")], required=False)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class PersonForm(forms.Form):
    """What a person may do."""

    role = forms.ChoiceField(choices=Role.choices, widget=forms.RadioSelect)
    is_approver = forms.BooleanField(label=APPROVER, required=False)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class AcceptForm(forms.Form):
    """Name and password of somebody who was invited."""

    name = forms.CharField(label="Your name", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1000,
        help_text="At least 10 characters, and nothing that is easily guessed.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password:
            try:
                validate_password(password, User(email=self.invitation.email, name=cleaned.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class KeyForm(forms.Form):
    """What a new API key is called and for."""

    name = forms.CharField(
        max_length=100,
        help_text="The program that will use it, for example support-bot.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, f"{scope.value}: {scope.label}") for scope in Scope],
        initial=[scope.value for scope in ENGINE_SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one: a key without scopes opens nothing."},
    )

    def clean_scopes(self) -> list[Scope]:
        return [Scope(scope) for scope in self.cleaned_data["scopes"]]
