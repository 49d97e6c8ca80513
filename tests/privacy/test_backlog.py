"""The background work of the privacy desk as the settings show it: opaque ids, links, and since when."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from privacy.backlog import MANY_TRIES, backlog
from privacy.models import Batch, Orphan, Request, Scan

pytestmark = pytest.mark.django_db

NAMES = (
    "Privacy requests being carried out",
    "Lists of requests being filed",
    "Looks for orphans in Letta, and their removal",
)


def counts() -> tuple[tuple[int, int, int], ...]:
    seen = {one.name: one.counts for one in backlog()}
    assert tuple(seen) == NAMES
    return tuple(seen.values())


def request(state: str, name: str, **fields: object) -> Request:
    now = timezone.now()
    return Request.objects.create(
        kind="access", subject_id=name, subject_hash=name, state=state, due_at=now, begun_at=now, **fields
    )


def test_what_is_under_way_is_not_stuck() -> None:
    assert counts() == ((0, 0, 0), (0, 0, 0), (0, 0, 0))
    now = timezone.now()
    for state in ("received", "approved", "working", "done"):
        request(state, f"user_{state}", wake_at=now)
    Batch.objects.create(kind="access", lines_expected=3)
    Scan.objects.create()
    Orphan.objects.create(kind="block", letta_id="block-1", state="removing")
    assert counts() == ((1, 1, 0), (0, 1, 0), (1, 1, 0))


def test_what_stands_still_is_linked_and_names_nobody(adam: User, sign_in: Callable[[User], Client]) -> None:
    old = timezone.now() - timedelta(minutes=3)
    late = request("working", "user_late", wake_at=old)
    tried = request("working", "user_tried", wake_at=timezone.now(), tries=MANY_TRIES)
    batch = Batch.objects.create(kind="access", lines_expected=3, wake_at=old)
    Scan.objects.create(wake_at=old)
    assert counts() == ((0, 2, 2), (0, 1, 1), (0, 1, 1))
    page = sign_in(adam).get("/settings/background/").text
    for address in (f"requests/{late.pk}/", f"requests/{tried.pk}/", f"lists/{batch.pk}/"):
        assert f"/privacy/{address}" in page
    assert "user_" not in page
    assert all(one.advice.endswith(".") for one in backlog())
