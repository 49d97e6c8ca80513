"""Brings a person's archive, or a bare agent file, into the Letta that is connected."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.roles import Permission, who_may
from memory_sdk import LettaError
from privacy.bringing_in import BadArchive, bring_in


class Command(BaseCommand):
    """The subject appears in the console as soon as sync has seen it, within a minute."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the ZIP that an access or portability request gave, or an .af file")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the person who answers for it")

    def handle(self, *args: Any, file: Path, by: str, **options: Any) -> None:
        """Read the file, make the agents, tell what was made."""
        person = User.objects.filter(email=by.lower(), is_active=True).first()
        if person is None:
            raise CommandError("--by: nobody signs in with this e-mail address.")
        if not person.may(Permission.CREATE_SUBJECT):
            raise CommandError(
                f"--by: to {Permission.CREATE_SUBJECT.label}, one has to be {who_may(Permission.CREATE_SUBJECT)}."
            )
        if not file.is_file():
            raise CommandError(f"{file} is not a file.")
        try:
            done = bring_in(file, person)
        except BadArchive as error:
            raise CommandError(str(error)) from error
        except LettaError as error:
            raise CommandError(f"Letta: {error}") from error
        self.stdout.write(
            f"{len(done.agent_ids)} agents and {done.passages} passages were brought in: {', '.join(done.agent_ids)}"
        )
