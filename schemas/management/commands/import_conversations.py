"""`manage.py import_conversations FILE`: learn from a JSON Lines file of conversations."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from schemas.starting import start_default
from subjects.importing import import_lines
from subjects.models import Run


class Command(BaseCommand):
    help = (
        "Give conversations to learn from: one JSON object a line with `id` and `messages` (each `role` and `content`), "
        "and `subject_id` where a line is about a known subject. Interrupt it and run it again at any time: nothing is "
        "learned twice. New subjects start from the default template. The running worker learns what is stored here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a JSON Lines file, or - for standard input")
        parser.add_argument("--subject", metavar="ID", help="the subject that all of the conversations are about")
        parser.add_argument("--wait", action="store_true", help="wait until everything stored has been learned")

    def handle(self, *args: Any, **options: Any) -> None:
        name: str = options["file"]
        try:
            file: BinaryIO = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
        size = None if name == "-" else Path(name).stat().st_size
        try:
            with file:
                runs = self._store(file, size, options["subject"])
            if options["wait"]:
                self._wait(runs)
        except KeyboardInterrupt:
            self.stderr.write("\nInterrupted. What was stored stays and is learned; run the same command again to go on.")
            sys.exit(130)

    def _store(self, file: BinaryIO, size: int | None, subject: str | None) -> list[str]:
        runs: list[str] = []
        new = known = bad = 0
        with tqdm(total=size, unit="B", unit_scale=True, desc="Storing", file=sys.stderr) as bar:

            def counted() -> Any:
                for line in file:
                    yield line
                    bar.update(len(line))

            for imported in import_lines(counted(), subject, start_default):
                if imported.run is not None:
                    runs.append(str(imported.run.pk))
                new += imported.new
                known += imported.run is not None and not imported.new
                if imported.problem:
                    bad += 1
                    tqdm.write(f"line {imported.number}: {imported.problem}", file=sys.stderr)
        self.stdout.write(f"{new} conversations stored, {known} were there already, {bad} lines left out.")
        return runs

    def _wait(self, runs: list[str]) -> None:
        if not runs:
            return
        with tqdm(total=len(runs), unit="run", desc="Learning", file=sys.stderr) as bar:
            while bar.n < len(runs):
                still_open = Run.objects.filter(pk__in=runs, state__in=Run.OPEN).count()
                bar.update(len(runs) - still_open - bar.n)
                if still_open:
                    time.sleep(0.5)
        failed = Run.objects.filter(pk__in=runs, state=Run.State.FAILED).count()
        self.stdout.write(f"{len(runs) - failed} learned, {failed} failed.")
