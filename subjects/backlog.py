"""What waits in the pages' own work: agents to create, runs, files, tidy-ups, lists to write."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from memory_ui.backlog import Backlog, up_to_most
from subjects.models import Document, LearningTest, ListExport, Run, Subject, Tidy
from subjects.overview import STUCK

OVERDUE = timedelta(minutes=2)
"""The sweep looks every few seconds for what is due: who is due for so long was not looked for."""
NO_SWEEP = "Nobody woke a worker for them: look above whether the sweeps run. They go on by themselves once they do."


def backlog() -> Iterator[Backlog]:
    """For the page about background work. Each count on an index of what is open."""
    now = timezone.now()
    overdue = Q(wake_at__lt=now - OVERDUE)
    setup = Subject.objects.filter(agent_id=None, wake_at__isnull=False)
    yield Backlog(
        "Subjects whose agent is being created",
        waiting=up_to_most(setup),
        stuck=up_to_most(setup.filter(created_at__lt=now - STUCK)),
        advice="Each says on its page what Letta answered. They go on by themselves once Letta takes them.",
    )
    runs = Run.objects.filter(state__in=Run.OPEN)
    yield Backlog(
        "Learning runs",
        waiting=up_to_most(runs.filter(state=Run.State.QUEUED)),
        working=up_to_most(runs.exclude(state=Run.State.QUEUED)),
        stuck=up_to_most(runs.filter(created_at__lt=now - STUCK)),
        advice="Open one: it says what it waits for. When Letta does not answer, all of them wait and nothing is lost;"
        " one that never ends can be cancelled there and learned again.",
        address=f"{reverse('run-browse')}?state=open",
    )
    tidies = Tidy.objects.filter(state__in=Tidy.WORKED_ON)
    yield _of(
        "Tidy-ups", tidies.filter(state=Tidy.State.QUEUED), tidies.filter(state=Tidy.State.WORKING), overdue, "tidy-list"
    )
    files = Document.objects.filter(state__in=Document.WORKING)
    yield _of("Files being read or stored", files.none(), files, overdue)
    lists = ListExport.objects.filter(state=ListExport.State.WRITING)
    yield _of("Lists being written", lists.none(), lists, overdue)
    tests = LearningTest.objects.filter(wake_at__isnull=False)
    yield _of("Learning tests", tests.none(), tests, overdue, "letta-detail")


def _of(name: str, waiting: QuerySet[Any], working: QuerySet[Any], overdue: Q, page: str = "") -> Backlog:
    stuck = up_to_most(waiting.filter(overdue)) + up_to_most(working.filter(overdue))
    address = reverse(page) if page else ""
    return Backlog(name, up_to_most(waiting), up_to_most(working), stuck, NO_SWEEP, address)
