"""How people sign in: by invitation only, with e-mail and password; and the forms they do it with."""

from typing import Any
from uuid import UUID

from allauth.account import forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from memory_ui.prepared import prepared


@prepared
def _person(pk: UUID) -> QuerySet[User]:
    return User.objects.filter(pk=pk)


class SignInBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's; whom a session belongs to is found by a prepared query, as every request asks it."""

    def get_user(self, user_id: UUID) -> User | None:
        """The person of that id, if they may still sign in."""
        user = _person.first(user_id)
        return user if user and self.user_can_authenticate(user) else None


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the public sign-up: accounts are made by admins."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail address or the password is not correct.",
        "too_many_login_attempts": "Too many failed attempts. Wait five minutes, or reset your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs themselves up to other people's memory."""
        return False


class _Plain:
    """allauth's forms in our words, without placeholders that repeat the labels."""

    LABELS = {
        "login": "E-mail",
        "email": "E-mail",
        "remember": "Stay signed in on this computer",
        "oldpassword": "Password you have now",
        "password1": "New password",
        "password2": "New password again",
    }
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.LABELS.get(name, field.label)
        if "password" in self.fields:
            self.fields["password"].help_text = ""  # the page has the link to the reset already


class SignInForm(_Plain, forms.LoginForm):  # type: ignore[misc]
    """E-mail and password."""


class ReauthenticateForm(_Plain, forms.ReauthenticateForm):  # type: ignore[misc]
    """The password again."""


class ChangePasswordForm(_Plain, forms.ChangePasswordForm):  # type: ignore[misc]
    """The password one has and the new one."""


class ResetPasswordForm(_Plain, forms.ResetPasswordForm):  # type: ignore[misc]
    """Where the link is to be sent."""


class ResetPasswordKeyForm(_Plain, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password."""
