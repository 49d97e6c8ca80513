"""`manage.py verify_receipt FILE`: is this receipt of an erasure as it was signed?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy import checking


class Command(BaseCommand):
    help = "Check the signature of an erasure's receipt, and say where it was changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the receipt's JSON file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ends with an error (1) for a receipt that is not good."""
        try:
            given = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        checked = checking.check_text(given)
        for place in checked.changed:
            self.stderr.write(f"changed: {place}")
        if not checked.good:
            raise CommandError(checked.sentence)
        assert checked.document is not None
        self.stdout.write(f"{checked.sentence} It says: {checked.document['result']}.")
