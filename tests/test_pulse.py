"""The background work as the settings show it: the pulse of periodic tasks, the queues, what waits and what is stuck."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from celery.signals import task_postrun, task_prerun
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from engine.models import Archive, Passage
from memory_ui import pulse, queues
from memory_ui.backlog import backlogs
from memory_ui.models import Pulse
from memory_ui.waking import send
from subjects import background
from subjects.models import Document, Run, Subject, Tidy

pytestmark = pytest.mark.django_db

SWEEP = "subjects.tasks.sweep"
HOURLY = "subjects.tasks.delete_left_over"


def run(name: str, state: str = "SUCCESS") -> None:
    current_app.loader.import_default_modules()
    task = current_app.tasks[name]
    task_prerun.send(sender=task, task=task, task_id="1")
    task_postrun.send(sender=task, task=task, task_id="1", state=state)


def test_each_periodic_task_leaves_its_last_time(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert pulse.last_beat() is None
    with django_assert_num_queries(1):
        run(SWEEP)
    first = Pulse.objects.get()
    assert (first.task, first.failed) == (SWEEP, False)
    assert 0 <= first.seconds < 1
    run(SWEEP, "FAILURE")
    again = Pulse.objects.get()
    assert again.failed
    assert again.ended_at > first.ended_at
    assert pulse.last_beat() == again.ended_at


def test_other_tasks_leave_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        run("subjects.tasks.advance")


def test_every_task_that_beat_calls_for_exists_and_is_listed() -> None:
    current_app.loader.import_default_modules()
    names = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    assert names <= set(current_app.tasks)
    assert {one.task for one in pulse.standing()} == names


@pytest.mark.parametrize(("seconds", "late"), [(10, False), (29, False), (31, True)])
def test_a_task_of_every_five_seconds_is_late_after_thirty(seconds: int, late: bool) -> None:
    Pulse.objects.create(task=SWEEP, ended_at=timezone.now() - timedelta(seconds=seconds), seconds=0.1)
    [sweep] = [one for one in pulse.standing() if one.task == SWEEP]
    assert (sweep.late, sweep.every, sweep.name) == (late, "every 5 seconds", "Sweep subject runs")
    assert bool(background.look().trouble) is late


def broker_messages() -> list[Path]:
    return list((Path(django_settings.DATA_DIR) / "broker" / "messages").glob("*.msg"))


@pytest.fixture
def empty_queues() -> None:
    for message in broker_messages():
        message.unlink(missing_ok=True)


def test_messages_in_the_queues_are_counted_and_say_what_is_missing(empty_queues: None) -> None:
    assert queues.waiting() == {"celery": 0, "engine": 0}
    assert "no message waits" in background.look().trouble
    send(SWEEP)
    send(SWEEP)
    send("engine.tasks.sweep")
    try:
        assert queues.waiting() == {"celery": 2, "engine": 1}
        assert "messages wait in the queues: no worker takes them" in background.look().trouble
    finally:
        for message in broker_messages():
            message.unlink(missing_ok=True)


def test_a_broker_that_is_away_is_a_sentence_without_its_password(
    monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_read_url", "redis://:secret@127.0.0.1:1/0")
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://:secret@127.0.0.1:1/0")
    seen = background.look()
    assert seen.waiting is None
    assert seen.trouble.startswith("The broker does not answer (")
    assert "secret" not in seen.trouble


def counts() -> dict[str, tuple[int, int, int]]:
    return {backlog.name: backlog.counts for backlog in backlogs()}


def test_what_waits_is_counted_and_what_is_stuck_is_told(settings: Settings) -> None:
    assert set(counts().values()) == {(0, 0, 0)}
    old, now = timezone.now() - timedelta(minutes=11), timezone.now()
    subject = Subject.objects.create(subject_id="user_stuck", agent_id="agent-1")
    Subject.objects.create(subject_id="user_new", wake_at=now)
    Subject.objects.create(subject_id="user_old", wake_at=now, created_at=old)
    states = (Run.State.QUEUED, Run.State.LEARNING, Run.State.COMPLETED)
    for position, state in enumerate(states):
        given: dict[str, Any] = {"state": state, "ended_at": now if state == Run.State.COMPLETED else None}
        Run.objects.create(
            subject=subject,
            position=position,
            idempotency_key=str(position),
            source=Run.Source.TYPED,
            created_at=old,
            queued_at=old,
            **given,
        )
    Tidy.objects.create(subject=subject, wake_at=now)
    Document.objects.create(
        subject=subject, name="a.txt", size=1, state=Document.State.READING, wake_at=now - timedelta(minutes=3)
    )
    seen = counts()
    assert seen["Subjects whose agent is being created"] == (2, 0, 1)
    assert seen["Learning runs"] == (1, 1, 2)
    assert seen["Tidy-ups"] == (1, 0, 0)
    assert seen["Files being read or stored"] == (0, 1, 1)
    assert {stuck.name for stuck in background.look().stuck} == {
        "Subjects whose agent is being created", "Learning runs", "Files being read or stored",
    }  # fmt: skip
    assert all(stuck.advice.endswith(".") for stuck in background.look().stuck)


def test_passages_to_embed_are_counted_where_an_endpoint_is_set_up(settings: Settings) -> None:
    assert "Passages to embed" not in counts()
    settings.ENGINE_EMBEDDING_BASE_URL = "http://127.0.0.1:1/v1"
    archive = Archive.objects.create(name="a")
    Passage.objects.create(archive=archive, text="new")
    Passage.objects.create(archive=archive, text="done", embedding_model=settings.ENGINE_EMBEDDING_MODEL)
    assert counts()["Passages to embed"] == (1, 0, 0)


def test_the_page_holds_no_personal_text(admin_page: str) -> None:
    assert "user_stuck" not in admin_page
    assert "1,000" not in admin_page


def test_the_page_polls_for_what_is_new_and_for_nothing_else(adam: User) -> None:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(adam)

    def seen() -> str:
        found = re.search(r'hx-get="(/settings/background/\?seen=[0-9a-f]{8})"', client.get("/settings/background/").text)
        assert found
        return found[1]

    def pulsed(task: str, seconds: float, took: float = 0.1, failed: bool = False) -> None:
        ended = timezone.now() - timedelta(seconds=seconds)
        Pulse.objects.update_or_create(task=task, defaults={"ended_at": ended, "seconds": took, "failed": failed})

    pulsed(SWEEP, 9)
    pulsed(HOURLY, 600)
    address = seen()
    same = client.get(address)
    assert (same.status_code, same.content) == (204, b"")
    pulsed(SWEEP, 1, took=0.2)
    assert client.get(address).status_code == 204, "a task that runs every few seconds has run again"
    text = client.get("/settings/background/").text
    assert "less than 30 seconds ago" in text
    assert re.search('<time datetime="[^"]+" title="[^"]+" data-time="ago">10 minutes ago</time>', text)

    for change in (
        lambda: pulsed(SWEEP, 1, took=7),
        lambda: pulsed(SWEEP, 1, failed=True),
        lambda: pulsed(SWEEP, 40),
        lambda: pulsed(HOURLY, 0),
        lambda: Subject.objects.create(subject_id="user_new", wake_at=timezone.now()),
    ):
        address = seen()
        change()
        assert client.get(address).status_code == 200


@pytest.fixture
def admin_page(adam: User) -> str:
    Subject.objects.create(subject_id="user_stuck", wake_at=timezone.now(), created_at=timezone.now() - timedelta(days=1))
    client = Client()
    client.force_login(adam)
    text: str = client.get("/settings/background/").text
    assert "Subjects whose agent is being created: 1 standing still." in text
    assert f'<a href="/subjects/{Subject.objects.get().pk}/">' in text
    return text
