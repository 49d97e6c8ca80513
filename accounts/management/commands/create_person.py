"""Creates a person who signs in, or gives one a new password: the first admin has nobody else to do it."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.models import User
from accounts.roles import Role


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", help="what others see; the address when left out")
        parser.add_argument("--role", choices=Role.values, help="for a new person: support")

    def handle(self, *args: Any, email: str, name: str | None, role: str | None, **options: Any) -> None:
        """Print the password, once; it can be changed after signing in."""
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        password = secrets.token_urlsafe(12)
        person = User.objects.filter(email=email.lower()).first()
        if person is None:
            person = User(email=email.lower(), role=role or Role.SUPPORT)
        person.name = person.name if name is None else name
        person.role = person.role if role is None else role
        person.set_password(password)
        person.save()
        self.stdout.write(f"{person.email} ({Role(person.role).label}) signs in with {password}   (shown only now)")
