"""`manage.py check_drift`: are the numbers on the drift pages true? Triggers keep them; this counts anew."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from memory_ui.words import counted
from schemas.differences import WORDS
from schemas.drift_check import WrongTotal, check_some, check_totals, wrong_totals
from schemas.models import Version

SHOWN = 20
"""subjects that are named"""


class Command(BaseCommand):
    help = (
        "Compare every subject with the template version it is on, count all totals anew, and say where the drift pages "
        "show something else. Nothing is changed without --mend, and nothing but those numbers with it. The worker does "
        "the same every night, and mends. Exit code 1: something is wrong, and was not mended."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mend", action="store_true", help="put right what is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        subjects = self._check_subjects(mend=options["mend"])
        totals = self._check_totals(mend=options["mend"])
        if not subjects and not totals:
            self.stdout.write("All numbers are true.")
        elif options["mend"]:
            self.stdout.write("They are right now.")
        else:
            raise CommandError("The drift pages show what is not so. --mend puts it right.")

    def _check_subjects(self, *, mend: bool) -> int:
        """How many were compared wrongly."""
        seen, wrong = 0, 0
        after: UUID | None = None
        while True:
            checked = check_some(after, mend=mend)
            for pk in checked.wrong[: max(SHOWN - wrong, 0)]:
                self.stdout.write(f"subject {pk}: differs from its version in other ways than is noted")
            seen, wrong = seen + checked.subjects, wrong + len(checked.wrong)
            if checked.next is None:
                break
            after = checked.next
        if wrong > SHOWN:
            self.stdout.write(f"and {counted(wrong - SHOWN, 'more subject')}")
        self.stdout.write(f"{counted(seen, 'subject')} compared, {wrong:,} wrong.")
        return wrong

    def _check_totals(self, *, mend: bool) -> int:
        """How many totals were wrong."""
        wrong = wrong_totals()
        versions = Version.objects.select_related("template").in_bulk({total.version for total in wrong})
        for total in wrong:
            self.stdout.write(_words(total, versions[total.version]))
        self.stdout.write(f"Totals counted, {len(wrong):,} wrong.")
        if mend:
            check_totals()
        return len(wrong)


def _words(total: WrongTotal, version: Version) -> str:
    if total.kinds is None:
        who = f"{WORDS.get(total.kind, total.kind)} in {total.label}"
    else:
        who = " and ".join(WORDS.get(kind, kind) for kind in total.kinds) or "exactly as the version says"
    few = f"{abs(total.lacks):,} too {'few' if total.lacks > 0 else 'many'}"
    return f"{version.template.name}, version {version.number}: {who}: {few}"
