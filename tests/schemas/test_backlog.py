"""The background work on templates as the settings show it: what stands still is named, with a link and since when."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from memory_ui.backlog import MOST_NAMED, Backlog
from schemas.backlog import MANY_TRIES, backlog
from schemas.models import Distribution, Rollout, SharedBlock, Standing
from subjects.models import Subject
from tests.schemas.conftest import MakeTemplate

pytestmark = pytest.mark.django_db


def seen() -> dict[str, Backlog]:
    return {one.name: one for one in backlog()}


def stuck() -> dict[str, list[str]]:
    return {one.name: [still.name for still in one.oldest] for one in backlog() if one.stuck}


def test_what_is_under_way_is_not_stuck(make_template: MakeTemplate) -> None:
    version = make_template("Care", [{"label": "human"}]).versions.get(number=1)
    now = timezone.now()
    for state in ("counting", "ready", "running", "paused", "done", "cancelled"):
        Rollout.objects.create(version=version, state=state, started_at=now, pace_at=now)
    shared = SharedBlock.objects.create(label="policies", following_since=now)
    Distribution.objects.create(shared_block=shared, state="running")
    Distribution.objects.create(shared_block=shared, state="done", wake_at=None)
    frozen = Subject.objects.create(subject_id="user_frozen", agent_id="a", frozen_at=now)
    Standing.objects.create(subject=frozen, version=version, wake_at=now, tries=MANY_TRIES)
    assert {name: one.counts for name, one in seen().items()} == {
        "Rollouts being counted": (0, 1, 0),
        "Rollouts under way": (0, 1, 0),
        "Shared blocks being attached or detached": (0, 1, 0),
        "Shared blocks whose copies follow a change": (0, 1, 0),
        "Subjects to be given the blocks they lack": (1, 0, 0),
    }


def test_what_stands_still_is_named_and_linked(
    make_template: MakeTemplate, adam: User, sign_in: Callable[[User], Client]
) -> None:
    version = make_template("Care", [{"label": "human"}]).versions.get(number=1)
    old = timezone.now() - timedelta(minutes=3)
    counting = Rollout.objects.create(version=version, state="counting", created_at=old)
    running = Rollout.objects.create(version=version, state="running", started_at=old, pace_at=old)
    shared = SharedBlock.objects.create(label="policies", wake_at=old)
    tried = SharedBlock.objects.create(label="tried", tries=MANY_TRIES)
    order = Distribution.objects.create(shared_block=shared, state="running", wake_at=old)
    subject = Subject.objects.create(subject_id="user_waits", agent_id="a")
    Standing.objects.create(subject=subject, version=version, wake_at=old)
    assert stuck() == {
        "Rollouts being counted": ["Care, version 1"],
        "Rollouts under way": ["Care, version 1"],
        "Shared blocks being attached or detached": ["policies"],
        "Shared blocks whose copies follow a change": ["policies", "tried"],
        "Subjects to be given the blocks they lack": [str(subject.pk)[:8]],
    }
    page = sign_in(adam).get("/settings/background/").text
    for address in (
        f"/rollouts/{counting.pk}/", f"/rollouts/{running.pk}/", f"/templates/distributions/{order.pk}/",
        f"/templates/shared/{tried.pk}/", f"/subjects/{subject.pk}/",
    ):  # fmt: skip
        assert f'<a href="{address}">' in page
    assert "user_waits" not in page
    assert all(one.advice.endswith(".") for one in backlog())


def test_rollouts_that_wait_for_others_are_not_stuck_and_a_few_are_named(make_template: MakeTemplate) -> None:
    version = make_template("Care", [{"label": "human"}]).versions.get(number=1)
    now = timezone.now()
    for place in range(6):
        fresh = place < 4
        Rollout.objects.create(
            version=version,
            state="running",
            started_at=now + timedelta(seconds=place),
            pace_at=now if fresh else now - timedelta(hours=1),
        )
    assert seen()["Rollouts under way"].counts == (2, 4, 0)
    for place in range(MOST_NAMED + 3):
        subject = Subject.objects.create(subject_id=f"user_{place}", agent_id=f"a{place}")
        Standing.objects.create(subject=subject, version=version, wake_at=now - timedelta(minutes=5))
    joining = seen()["Subjects to be given the blocks they lack"]
    assert (joining.stuck, len(joining.oldest), joining.further) == (MOST_NAMED + 3, MOST_NAMED, 3)
