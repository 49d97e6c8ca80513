"""Carrying an erasure out without a worker: what a worker would do is done here, step by step."""

from collections.abc import Callable

from accounts.models import User
from engine import models as engine
from engine.tasks import work as let_agent_work
from privacy import erasing, requesting
from privacy.models import Request
from privacy.requesting import Filer
from subjects import delivery, revising
from subjects.models import Subject, Tidy
from tests.conftest import wait_until


def engine_works() -> None:
    """Let the engine work on every run that is open."""
    for agent_id in engine.Run.objects.exclude(status__in=engine.TERMINAL).values_list("agent_id", flat=True).distinct():
        let_agent_work(agent_id)


def approved(subject_id: str, petra: User, adam: User) -> Request:
    """An erasure that was filed, confirmed, approved and begun, with nobody working on it."""
    request = requesting.file("erasure", subject_id, Filer(petra), confirmed=True)
    requesting.approve(request, adam)
    Request.objects.filter(pk=request.pk).update(state=Request.State.WORKING)
    request.refresh_from_db()
    return request


def others_work() -> None:
    """What workers have yet to do for subjects: batches under way, scratch agents to be deleted."""
    for pk in Subject.objects.filter(wake_at__isnull=False).values_list("pk", flat=True):
        delivery.advance(str(pk))
    for pk in Tidy.objects.filter(wake_at__isnull=False).values_list("pk", flat=True):
        revising.advance(str(pk))


def carry_out(request: Request, letta_works: Callable[[], None] = engine_works, seconds: float = 60) -> Request:
    """Work on it until it ended."""

    def over() -> bool:
        if erasing.work(request.pk) is None:
            return True
        letta_works()
        others_work()
        return False

    wait_until(over, seconds)
    request.refresh_from_db()
    return request
