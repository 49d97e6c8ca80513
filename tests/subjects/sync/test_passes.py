"""A pass is short, resumable, alone, and tells how far it is; trouble with Letta is a sentence and no more."""

import threading
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from pytest_django import Settings

from engine.transport import EngineTransport
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from subjects import sync as syncing
from subjects.letta import agents
from subjects.models import Run, Subject, SyncState
from subjects.sync import backlog, sync
from subjects.tasks import sync as task
from tests.conftest import Worker, wait_until
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.sync.conftest import OtherProgram, pass_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "PAGE", 3)


def test_all_of_many_agents_come_in_page_by_page(other: OtherProgram, small_pages: None) -> None:
    for number in range(10):
        other.create_user(f"user_{number}")
    seen: list[int] = []
    state = sync(None, report=lambda state: seen.append(state.agents_seen))
    assert state is not None
    assert Subject.objects.count() == 10
    assert (state.agents_seen, state.agents_expected, state.subjects_found) == (10, 10, 10)
    assert sorted(set(seen)) == [0, 3, 6, 9, 10]
    assert state.first_round_finished_at is not None
    assert backlog() == 0


def test_a_pass_that_is_killed_goes_on_where_it_was(
    other: OtherProgram, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        other.teach(other.create_user(f"user_{number}"), f"I am number {number}.")

    class Killed(BaseException):
        pass

    asked: list[object] = []

    def after(steps: int) -> Callable[[SyncState], None]:
        def report(state: SyncState) -> None:
            asked.append(state.round_cursor)
            if len(asked) >= steps:
                raise Killed

        return report

    for steps in (2, 1, 1, 2):
        asked.clear()
        with pytest.raises(Killed):
            sync(None, report=after(steps))
    before = SyncState.load()
    assert before.round_is_open
    assert 0 < before.agents_seen < 8, "what was seen is not listed again"
    pass_over()
    assert Subject.objects.count() == Run.objects.count() == 8
    assert SyncState.load().agents_seen == 8


def test_time_is_up_after_a_page_and_the_next_pass_goes_on(
    other: OtherProgram, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        other.create_user(f"user_{number}")
    clock = count()
    monkeypatch.setattr(syncing, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    seen = []
    while not SyncState.load().first_round_finished_at:
        sync(6.0)
        seen.append(SyncState.load().agents_seen)
        assert len(seen) < 20
    assert len(set(seen)) > 2, seen
    monkeypatch.undo()
    pass_over()
    assert Subject.objects.count() == 7


def test_many_agents_active_at_once_are_caught_up_with_over_several_passes(other: OtherProgram, small_pages: None) -> None:
    agent_ids = [other.create_user(f"user_{number}") for number in range(8)]
    pass_over()
    for agent_id in agent_ids:
        other.teach(agent_id, "I live in Split.")
    until = SyncState.load().activity_until
    cursors = []
    for _ in range(10):
        sync(0)
        state = SyncState.load()
        cursors.append(state.activity_cursor)
        if state.activity_until != until:
            break
    assert len(set(cursors)) > 2
    pass_over()
    assert Run.objects.count() == 8


def test_a_second_pass_at_the_same_time_stands_back(other: OtherProgram) -> None:
    other.create_user("user_ivo")
    results: list[object] = []

    def elsewhere() -> None:
        results.append(sync())
        connection.close()

    with exclusively("sync") as mine:
        assert mine
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert results == [None]
    assert not Subject.objects.exists()


def test_two_passes_side_by_side_keep_everything_once(other: OtherProgram) -> None:
    for number in range(5):
        other.teach(other.create_user(f"user_{number}"), f"I am number {number}.")
    trouble: list[BaseException] = []

    def elsewhere() -> None:
        try:
            for _ in range(3):
                sync(None)
        except BaseException as error:
            trouble.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=elsewhere) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pass_over()
    assert trouble == []
    assert Subject.objects.count() == Run.objects.count() == 5


def test_the_task_of_every_minute_is_a_pass(other: OtherProgram, settings: Settings) -> None:
    other.create_user("user_ivo")
    task()
    assert Subject.objects.exists()
    beat = settings.CELERY_BEAT_SCHEDULE["sync-with-letta"]
    assert beat["task"] == task.name
    assert beat["options"]["expires"] < beat["schedule"] >= syncing.LONGEST_PASS


@pytest.mark.processes
def test_a_real_worker_does_it(other: OtherProgram, worker: Worker) -> None:
    other.teach(other.create_user("user_ivo"), "My name is Ivo Babic.")
    wake(task.name)
    wait_until(Run.objects.filter(source=Run.Source.OUTSIDE, state=Run.State.COMPLETED).exists)
    wait_until(lambda: SyncState.objects.filter(succeeded_at__isnull=False).exists())


def test_no_transaction_is_open_while_letta_is_asked(other: OtherProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ones: list[bool] = []
    handle = EngineTransport.handle_request

    def watched(self: EngineTransport, request: object) -> object:
        open_ones.append(connection.in_atomic_block)
        return handle(self, request)  # type: ignore[arg-type]

    agent_id = other.create_user("user_ivo")
    other.teach(agent_id, "I live in Split.")
    monkeypatch.setattr(EngineTransport, "handle_request", watched)
    pass_over()
    other.create_user("user_ivo")
    other.rewrite(agent_id, "human", "City: Zadar")
    pass_over(whole=True)
    other.delete(agent_id)
    pass_over(whole=True)
    assert open_ones
    assert not any(open_ones)


def test_a_quiet_round_costs_two_queries_of_ours_a_page_however_many_agents(
    other: OtherProgram, django_assert_max_num_queries: Callable[..., object]
) -> None:
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            pass_over(whole=True)
        return sum("subjects_" in query["sql"] for query in captured.captured_queries)

    other.create_user("user_0")
    pass_over()
    one = queries()
    for number in range(1, 8):
        other.create_user(f"user_{number}")
    pass_over()
    assert queries() == one


# the command ----------------------------------------------------------------------------------------------------------


def test_the_command_brings_everything_in_and_says_so(other: OtherProgram, capsys: pytest.CaptureFixture[str]) -> None:
    other.teach(other.create_user("user_ivo"), "My name is Ivo Babic.")
    call_command("sync_subjects")
    assert capsys.readouterr().out.startswith("1 agents seen, 1 subjects new, 1 batches of other programs")
    call_command("sync_subjects", "--full")
    assert capsys.readouterr().out.startswith("1 agents seen, 0 subjects new, 0 batches")
    assert Run.objects.count() == 1


@pytest.mark.enable_socket
def test_the_command_fails_with_the_sentence_when_letta_is_down(other: OtherProgram, faulty: FaultyProxy) -> None:
    faulty.faults.append(Fault("GET", "/v1/", "refuse", times=100))
    with pytest.raises(CommandError, match="cannot be reached"):
        call_command("sync_subjects")
    agents()
