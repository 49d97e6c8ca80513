"""`manage.py sync_subjects`: bring our copy in step with Letta now, without waiting for the worker."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from memory_ui.backlog import MOST_COUNTED
from subjects.models import SyncState
from subjects.sync import LONGEST_PASS, backlog, sync
from subjects.sync_report import doubled

PATIENCE = LONGEST_PASS + 15  # seconds for which a pass of the worker is waited out


class Command(BaseCommand):
    help = (
        "Bring in what other programs did in Letta: subjects they created, blocks they changed, messages they sent, agents "
        "they deleted. The worker does this every minute, a part at a time; this does all of it now. Interrupt it and run "
        "it again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="look at every agent again, also those looked at before")

    def handle(self, *args: Any, **options: Any) -> None:
        before = SyncState.load()
        try:
            state = self._sync(full=options["full"])
        except KeyboardInterrupt:
            self.stderr.write("\nInterrupted. What was read is kept; run the same command again to go on.")
            sys.exit(130)
        if state is None:
            raise CommandError("Another sync is under way and has not ended for a minute. Look again later.")
        self._tell(before, state)
        if state.error:
            raise CommandError(f"{state.error} What was read is kept; run the same command again to go on.")

    def _sync(self, *, full: bool) -> SyncState | None:
        limit = time.monotonic() + PATIENCE
        with tqdm(unit="agent", desc="Agents", file=sys.stderr) as bar:

            def show(state: SyncState) -> None:
                bar.total = max(state.agents_expected, state.agents_seen) or None
                bar.set_postfix(to_read=backlog(), refresh=False)
                bar.n = state.agents_seen
                bar.refresh()

            while (state := sync(None, whole=full, report=show)) is None and time.monotonic() < limit:
                time.sleep(0.5)
        return state

    def _tell(self, before: SyncState, state: SyncState) -> None:
        self.stdout.write(
            f"{state.agents_seen} agents seen, {state.subjects_found - before.subjects_found} subjects new, "
            f"{state.runs_found - before.runs_found} batches of other programs, "
            f"{state.changes_found - before.changes_found} blocks changed, "
            f"{state.subjects_gone - before.subjects_gone} agents gone."
        )
        if number := doubled():
            many = f"More than {MOST_COUNTED:,}" if number > MOST_COUNTED else f"{number:,}"
            self.stdout.write(
                f"{many} subject {'id has' if number == 1 else 'ids have'} more than one agent in Letta. "
                "The list of subjects shows them: filter by doubled agents."
            )
        for agent_id, problem, _ in state.left_out:
            self.stdout.write(f"{agent_id} left out: {problem}")
