"""Erases again whom a restored backup brought back."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.roles import Permission, who_may
from privacy import ledger


class Command(BaseCommand):
    """Reads the ledger's copy (LEDGER_FILE, and any `--ledger FILE`), then erases every subject that stands in it.

    Safe to repeat. The erasures are requests of their own, with receipts; workers carry them out.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the privacy officer who answers for it")
        parser.add_argument("--ledger", action="append", default=[], metavar="FILE", help="a further copy of the ledger")
        parser.add_argument("--dry-run", action="store_true", help="only say how many came back")

    def handle(self, *args: Any, by: str, dry_run: bool, **options: Any) -> None:
        """Read the files back, walk through all subjects, file the erasures."""
        person = User.objects.filter(email=by.lower(), is_active=True).first()
        if person is None:
            raise CommandError("--by: nobody signs in with this e-mail address.")
        if not person.may(Permission.HANDLE_REQUESTS):
            raise CommandError(
                f"--by: to {Permission.HANDLE_REQUESTS.label}, one has to be {who_may(Permission.HANDLE_REQUESTS)}."
            )
        files = [Path(name) for name in options["ledger"]]
        if settings.LEDGER_FILE.exists():
            files.insert(0, settings.LEDGER_FILE)
        for path in files:
            try:
                new = ledger.read_back(path)
            except OSError as error:
                raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
            except ValueError as error:
                raise CommandError(f"{path}: {error} Nothing was taken over from it.") from error
            self.stdout.write(f"{path}: {new} entries that the database did not have")
        number = 0
        for subject in ledger.came_back():
            number += 1
            if not dry_run:
                request = ledger.reapply(subject, person)
                self.stdout.write(f"subject {subject.pk}: request {request.pk}")
        end = "Nothing was changed." if dry_run else "Workers erase them now."
        self.stdout.write(f"Erased subjects that came back: {number}. {end}")
