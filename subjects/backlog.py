"""What waits in the pages' own work: agents to create, runs, files, tidy-ups, lists to write."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from memory_ui.backlog import NO_SWEEP, OVERDUE, Backlog, oldest, up_to_most
from subjects.models import Document, LearningTest, ListExport, Run, Subject, Tidy
from subjects.run_listing import OPEN, STANDING_STILL, STUCK, WantedRuns, standing_still


def backlog() -> Iterator[Backlog]:
    """For the page about background work. Each count on an index of what is open."""
    now = timezone.now()
    overdue = Q(wake_at__lt=now - OVERDUE)
    setup = Subject.objects.filter(agent_id=None, wake_at__isnull=False)
    late_setup = setup.filter(created_at__lt=now - STANDING_STILL)
    yield Backlog(
        "Subjects whose agent is being created",
        waiting=up_to_most(setup),
        stuck=up_to_most(late_setup),
        oldest=oldest(late_setup, "created_at", "subject-detail"),
        advice="Each says on its page what Letta answered. They go on by themselves once Letta takes them.",
    )
    runs = Run.objects.filter(state__in=Run.OPEN)
    late_runs = standing_still(now)
    yield Backlog(
        "Learning runs",
        waiting=up_to_most(runs.filter(state=Run.State.QUEUED)),
        working=up_to_most(runs.exclude(state=Run.State.QUEUED)),
        stuck=up_to_most(late_runs),
        oldest=oldest(late_runs, "created_at", "run-detail"),
        advice="Open one: it says what it waits for. When Letta does not answer, all of them wait and nothing is lost;"
        " one that never ends can be cancelled there and learned again.",
        address=WantedRuns(state=OPEN).address,
        stuck_address=WantedRuns(state=STUCK).address,
    )
    tidies = Tidy.objects.filter(state__in=Tidy.WORKED_ON)
    queued, working = tidies.filter(state=Tidy.State.QUEUED), tidies.filter(state=Tidy.State.WORKING)
    yield _of("Tidy-ups", queued, working, tidies.filter(overdue), "tidy-detail", "tidy-list")
    files = Document.objects.filter(state__in=Document.WORKING)
    yield _of("Files being read or stored", files.none(), files, files.filter(overdue), "document-detail")
    lists = ListExport.objects.filter(state=ListExport.State.WRITING)
    yield _of("Lists being written", lists.none(), lists, lists.filter(overdue), "list-export-detail")
    tests = LearningTest.objects.filter(wake_at__isnull=False)
    yield _of("Learning tests", tests.none(), tests, tests.filter(overdue), "learning-test-detail", "letta-detail")


def _of(
    name: str, waiting: QuerySet[Any], working: QuerySet[Any], stuck: QuerySet[Any], page: str, whole: str = ""
) -> Backlog:
    return Backlog(
        name,
        up_to_most(waiting),
        up_to_most(working),
        up_to_most(stuck),
        NO_SWEEP,
        reverse(whole) if whole else "",
        oldest=oldest(stuck, "wake_at", page),
    )
