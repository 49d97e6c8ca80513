"""What the privacy desk says it waits for: requests, lists, previews and the look for orphans, after ten seconds."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from privacy.models import Batch, Erasure, Preview, Request, Scan
from tests.privacy.pages.conftest import FileFor, url
from tests.subjects.pages.conftest import HTMX, see_a_worker

State = Request.State
MISSING = "Waiting for a worker: none has been seen for 4 minutes."


def test_a_request_that_nobody_carries_out(erasure: Request, officer: Client, petra: User, file_for: FileFor) -> None:
    see_a_worker(240)
    now = timezone.now()
    Request.objects.update(state=State.APPROVED, approved_at=now - timedelta(minutes=5))
    page = officer.get(url(erasure))
    assert MISSING in page.text
    assert officer.get(url(erasure), {"seen": page.context["seen"]}, headers=HTMX).status_code == 204
    see_a_worker()
    earlier = file_for("access", "user_otto", petra)
    Request.objects.filter(pk=earlier.pk).update(state=State.APPROVED, approved_at=now - timedelta(minutes=6))
    said = officer.get(url(erasure), {"seen": page.context["seen"]}, headers=HTMX).text
    assert "Waiting for a free worker, behind 1 other." in said
    for number in range(4):
        one = file_for("access", f"user_{number}", petra)
        Request.objects.filter(pk=one.pk).update(state=State.WORKING, wake_at=now)
    assert "Waiting for one of the 4 requests that are being carried out to end." in officer.get(url(erasure)).text


def test_an_erasure_that_takes_its_time(erasure: Request, officer: Client) -> None:
    see_a_worker()
    begun = timezone.now() - timedelta(minutes=1)
    Request.objects.update(state=State.WORKING, begun_at=begun, wake_at=begun)
    row = Erasure.objects.create(request=erasure, step=Erasure.Step.LETTA)
    assert "Letta is deleting it" not in officer.get(url(erasure)).text
    Erasure.objects.filter(pk=row.pk).update(step_at=begun)
    assert "Letta is deleting it, one thing after another." in officer.get(url(erasure)).text
    Request.objects.update(failure="Letta cannot be reached. Trying again by itself.")
    assert "Waiting for a worker" not in officer.get(url(erasure)).text
    see_a_worker(240)
    assert MISSING in officer.get(url(erasure)).text


def test_a_list_that_nobody_files(officer: Client, petra: User) -> None:
    see_a_worker(240)
    batch = Batch.objects.create(kind="erasure", lines_expected=12, filed_by=petra)
    address = f"/privacy/lists/{batch.pk}/"
    assert "Waiting" not in officer.get(address).text
    Batch.objects.update(filed_at=timezone.now() - timedelta(minutes=5))
    page = officer.get(address)
    assert MISSING in page.text
    assert officer.get(address, {"seen": page.context["seen"]}, headers=HTMX).status_code == 204
    see_a_worker()
    Batch.objects.update(unknown=5)
    assert "A worker is filing them, a hundred at a time." in officer.get(address).text


@pytest.mark.usefixtures("sarah")
def test_a_preview_that_nobody_counts(erasure: Request, officer: Client) -> None:
    see_a_worker(240)
    address = url(erasure, "inventory")
    first = officer.get(address, headers=HTMX).text
    assert MISSING in first
    [poll] = re.findall(r'hx-get="([^"]+)"', first)
    assert officer.get(poll, headers=HTMX).status_code == 204
    see_a_worker()
    Preview.objects.update(asked_at=timezone.now() - timedelta(seconds=20))
    assert "Waiting for a free worker." in officer.get(poll, headers=HTMX).text


def test_a_look_for_orphans_that_waits(officer: Client, petra: User) -> None:
    see_a_worker(240)
    Scan.objects.create(started_by=petra, started_at=timezone.now() - timedelta(minutes=5))
    page = officer.get("/privacy/orphans/")
    assert MISSING in page.text
    assert officer.get("/privacy/orphans/", {"seen": page.context["seen"]}, headers=HTMX).status_code == 204
    # It is asked again 15 seconds after it was asked, and the sweep would look after 30.
    Scan.objects.update(trouble="Letta cannot be reached.", wake_at=timezone.now() + timedelta(seconds=25))
    said = officer.get("/privacy/orphans/").text
    assert re.search(r"Letta cannot be reached. It is tried again <time[^>]*>in \d+ seconds<", said)
