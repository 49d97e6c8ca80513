"""What waits in the engine: runs of agents, and passages to be embedded."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from engine import embedding
from engine.models import TERMINAL, Passage, Run
from memory_ui.backlog import Backlog, oldest, up_to_most

STUCK = timedelta(minutes=10)


def backlog() -> Iterator[Backlog]:
    """For the page about background work. A few queries, each on an index of what is open."""
    runs = Run.objects.exclude(status__in=TERMINAL)
    stuck = runs.filter(updated_at__lt=timezone.now() - STUCK)
    yield Backlog(
        "Runs of the memory engine",
        waiting=up_to_most(runs.filter(status="created")),
        working=up_to_most(runs.filter(status="running")),
        stuck=up_to_most(stuck),
        oldest=oldest(stuck, "updated_at"),
        advice="The sweep wakes a worker for them every few seconds. If none of them moves, restart the workers; no edit"
        " is applied twice.",
    )
    model = embedding.model()
    if model is not None:
        # As the sweep asks for them: null, or by another model.
        waiting = Q(embedding_model=None) | Q(embedding_model__lt=model) | Q(embedding_model__gt=model)
        yield Backlog(
            "Passages to embed",
            waiting=up_to_most(Passage.objects.filter(waiting)),
            advice="They are found by their words meanwhile.",
        )
