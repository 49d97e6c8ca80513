"""Settings: the connection to Letta with a real round trip, and the background work."""

import zlib
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseStopPolling

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError
from subjects import background, trying
from subjects.letta import patient_for
from subjects.models import LearningTest
from subjects.waits import wait_of_test

CAPABILITY_SECONDS = 5.0
POLLED = timedelta(minutes=10)
"""A test whose scratch agent cannot be removed for so long is no more waited for on the page."""


@require_http_methods(["GET"])
@requires(Permission.MANAGE_SETTINGS)
def letta_detail(request: StaffRequest) -> HttpResponse:
    """Which Letta it is and what it is asked for; what it answers comes behind the first paint, and the last test."""
    server = urlsplit(settings.LETTA_BASE_URL)
    newest = LearningTest.objects.select_related("created_by").order_by("-created_at", "-id").first()
    context: dict[str, object] = {
        # A name and a password may stand in the address: they are nobody's to read here.
        "server": f"{server.scheme}://{server.hostname or ''}{f':{server.port}' if server.port else ''}{server.path}",
        "base_url": settings.LETTA_BASE_URL,
        "has_key": bool(settings.LETTA_API_KEY),
        "model": settings.LETTA_MODEL,
        "embedding": settings.LETTA_EMBEDDING,
        "engine_model": settings.ENGINE_LLM_MODEL,
        "place": "letta",
    }
    return render(request, "subjects/letta_detail.html", context | (_test(newest) if newest else {}))


@require_http_methods(["GET"])
@requires(Permission.MANAGE_SETTINGS)
def capability_detail(request: StaffRequest) -> HttpResponse:
    """What this Letta can do, asked now, without changing anything."""
    context: dict[str, object] = {"place": "letta", "model": settings.LETTA_MODEL, "embedding": settings.LETTA_EMBEDDING}
    try:
        with patient_for(CAPABILITY_SECONDS) as letta:
            context["found"] = letta.capabilities()
    except LettaError as error:
        context["trouble"] = str(error)
    template = "subjects/capability_detail.html"
    return render(request, f"{template}#capabilities" if request.htmx else template, context)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_SETTINGS)
def learning_test_create(request: StaffRequest) -> HttpResponse:
    """Try whether Letta learns. While one test is under way it is that one."""
    test = trying.begin(request.user)
    if request.htmx:
        return render(request, "subjects/_learning_test.html", _test(test))
    return redirect("learning-test-detail", test.pk)


@require_http_methods(["GET"])
@requires(Permission.MANAGE_SETTINGS)
def learning_test_detail(request: StaffRequest, test_pk: UUID) -> HttpResponse:
    """One test, step by step. As a fragment: its card, if anything is new since `seen`."""
    rows = LearningTest.objects.select_related("created_by")
    if not request.htmx:
        context = _test(get_object_or_404(rows, pk=test_pk)) | {"place": "letta"}
        return render(request, "subjects/learning_test_detail.html", context)
    test = rows.filter(pk=test_pk).first()
    if test is None:
        return HttpResponseStopPolling()  # only the last ten are kept
    context = _test(test)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "subjects/_learning_test.html", context)


@require_http_methods(["GET"])
@requires(Permission.MANAGE_SETTINGS)
def background_detail(request: StaffRequest) -> HttpResponse:
    """Queues, what waits and what stands still, when each periodic task last ran. As a fragment: if anything is new."""
    template = "subjects/background_detail.html"
    found = background.look()
    if request.htmx and request.GET.get("seen") == found.seen:
        return HttpResponse(status=204)
    context = {"background": found, "place": "background"}
    return render(request, f"{template}#background" if request.htmx else template, context)


def _test(test: LearningTest) -> dict[str, object]:
    """Context of a test's card. `seen` changes with whatever the card says."""
    now = timezone.now()
    over = test.removed_at is not None
    waiting = wait_of_test(test)
    told = zlib.crc32(repr(waiting).encode())
    polled = not over and now - test.created_at < POLLED
    return {
        "test": test,
        "steps": test.steps,
        "under_way": None if over else trying.present(test),
        "waiting": waiting,
        "polled": polled,
        "seen": f"{len(test.steps)}-{told:08x}-{over:d}-{polled:d}",
    }
