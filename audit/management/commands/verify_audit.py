"""`manage.py verify_audit`: whether the audit log is as it was written, and if not, where."""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.verifying import Finding, Problem, Walk, head_stands


class Command(BaseCommand):
    help = "Verify that no entry of the audit log was changed, removed, added or put elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            metavar="NUMBER:HASH",
            help="a seal that was noted down outside of this database; it must still be there. Printed by each"
            " verification, and logged with each sealing.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exits 1 and says where when anything is wrong."""
        head = options["head"]
        if head and not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", head):
            raise CommandError("--head is a seal's number, a colon and its hash, for example 12:9f2c… (64 digits).")
        walk = Walk()
        while walk.step():
            if walk.number % 100 == 0:
                self.stderr.write(f"{walk.number:,} seals, {walk.entries:,} entries …")
        walk.finish()
        problems = [str(problem) for problem in walk.found]
        if head and not head_stands(int(head.split(":")[0]), head.split(":")[1]):
            problems.append(str(Problem(Finding.HEAD_LOST, seal=int(head.split(":")[0]))))
            walk.problem_count += 1
        self.stdout.write(f"{walk.entries:,} entries in {walk.number:,} seals.")
        self.stdout.write(f"{walk.unsealed:,} newer entries are not sealed yet: nothing can be said of them.")
        if not problems:
            self.stdout.write("Intact: nothing was changed, removed, added or put elsewhere.")
            if walk.number:
                self.stdout.write(f"To prove later that no end was cut off, keep: --head {walk.number}:{walk.hash}")
            return
        left_out = walk.problem_count - len(problems)
        more = [f"… and {left_out:,} more."] if left_out > 0 else []
        raise CommandError("\n".join(["The audit log was tampered with.", *problems, *more]), returncode=1)
