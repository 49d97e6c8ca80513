"""How people sign in: by invitation only, with e-mail and password."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the public sign-up: accounts are made by admins."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs themselves up to other people's memory."""
        return False
