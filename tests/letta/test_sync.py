"""Sync with a real Letta 0.16.8 that the original ai-memory-sdk 0.2.0 uses beside us."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from subjects import delivery
from subjects.creation import USER_BLOCKS, create_subject
from subjects.learning import learn
from subjects.letta import agents
from subjects.models import Message, Revision, Run, Subject, SyncState
from subjects.sync import sync
from subjects.transcripts import Turn
from tests.conftest import wait_until
from tests.letta.install import old_client_environment
from tests.letta.test_learning_run import EMBEDDING, MODEL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

Program = Callable[..., str]


@pytest.fixture
def word() -> str:
    """A subject id that no other test uses."""
    return f"user_{uuid.uuid4().hex}"


@pytest.fixture
def program(letta_url: str, tmp_path: Path) -> Program:
    """The other program: its command and arguments; returns what it prints."""
    python = old_client_environment() / "bin" / "python"

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [python, Path(__file__).with_name("outside_program.py"), letta_url, MODEL, *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    return run


@pytest.fixture(autouse=True)
def letta(letta_url: str, settings: Settings) -> Iterator[None]:
    """Our own connection to that Letta."""
    settings.LETTA_BASE_URL, settings.LETTA_API_KEY, settings.LETTA_TRANSPORT = letta_url, "", ""
    settings.LETTA_MODEL, settings.LETTA_EMBEDDING = MODEL, EMBEDDING
    agents.cache_clear()
    # The server may be in use by others for long; what they did before is not this test's.
    newest = next(agents().iter_agents(page_size=1), None)
    SyncState.objects.create(activity_until=newest.last_activity if newest else None)
    yield
    agents().close()
    agents.cache_clear()


def pass_over(*, whole: bool = False) -> SyncState:
    """What was active since the last pass; `whole`: everything there is."""
    state = sync(None, whole=True) if whole else sync(None)
    assert state is not None
    assert state.error == ""
    return state


def test_a_user_of_the_original_sdk_with_what_it_was_taught(program: Program, word: str) -> None:
    agent_id = program("create-user", word, "Name: Ann")
    run_id = program("teach-user", word, "My name is Ann Brandt.\nI like cats.", "Noted, Ann.")
    pass_over()
    ann = Subject.objects.get(subject_id=word)
    assert (ann.kind, ann.agent_id) == (Subject.Kind.USER, agent_id)
    assert set(ann.blocks.values_list("label", flat=True)) == {"human", "summary"}
    run = ann.runs.get()
    assert (run.source, run.state, run.letta_run_id) == (Run.Source.OUTSIDE, Run.State.COMPLETED, run_id)
    assert list(run.messages.order_by("position").values_list("role", "content")) == [
        ("user", "My name is Ann Brandt.\nI like cats."),
        ("assistant", "Noted, Ann."),
    ]
    human = ann.blocks.get(label="human").value
    assert "Ann" in human

    program("teach-user", word, "My name is Ann Brandt-Vos.")
    pass_over()
    assert ann.runs.count() == 2
    second = ann.runs.get(position=1)
    changed = Revision.objects.filter(block__subject=ann, run=second)
    assert changed.exists(), "the log shows which run changed the block"
    assert set(changed.values_list("source", flat=True)) == {Revision.Source.OUTSIDE}
    pass_over(whole=True)
    assert (ann.runs.count(), ann.messages.count()) == (2, 3)


def test_blocks_that_the_original_sdk_made_reset_and_deleted(program: Program, word: str) -> None:
    program("create-block", word, "preferences", "Likes tea")
    pass_over(whole=True)
    subject = Subject.objects.get(subject_id=word)
    assert subject.kind == Subject.Kind.SUBJECT
    assert subject.blocks.get(label="preferences", removed_at=None).value == "Likes tea"
    program("reset-block", word, "preferences", "Likes coffee")
    pass_over(whole=True)
    assert subject.blocks.get(label="preferences", removed_at=None).value == "Likes coffee"
    program("delete-block", word, "preferences")
    pass_over(whole=True)
    assert not subject.blocks.filter(removed_at=None).exists()
    first, *between, last = Revision.objects.filter(block__subject=subject).order_by("id").values_list("value", "source")
    assert first == ("Likes tea", Revision.Source.OUTSIDE)
    assert ("Likes coffee", Revision.Source.OUTSIDE) in between
    assert last == ("", Revision.Source.REMOVED)


def test_a_user_deleted_and_created_anew_by_the_original_sdk(program: Program, word: str) -> None:
    program("create-user", word, "Name: Ann")
    pass_over()
    program("delete-user", word)
    pass_over(whole=True)
    ann = Subject.objects.get(subject_id=word)
    assert ann.gone_at is not None
    assert "Ann" in ann.blocks.get(label="human").value
    anew = program("create-user", word, "Name: Ann Vos")
    pass_over()
    back = Subject.objects.get(subject_id=word)
    assert (back.pk, back.agent_id, back.gone_at) == (ann.pk, anew, None)
    assert ann.blocks.get(label="human").value == "Name: Ann Vos"


def test_both_teach_the_same_user_and_nothing_comes_twice(program: Program, word: str) -> None:
    subject = create_subject(word, Subject.Kind.USER, USER_BLOCKS)
    delivery.advance(str(subject.pk))
    mine = learn(subject, [Turn("user", "My name is Ann Brandt.")], source=Run.Source.TYPED, key="1")

    def over() -> bool:
        delivery.advance(str(subject.pk))
        mine.refresh_from_db()
        return mine.is_over

    wait_until(over, 60)
    program("teach-user", word, "I live in Delft now.")
    pass_over()
    pass_over(whole=True)
    assert list(subject.runs.order_by("position").values_list("source", "state")) == [
        (Run.Source.TYPED, Run.State.COMPLETED),
        (Run.Source.OUTSIDE, Run.State.COMPLETED),
    ]
    contents = Message.objects.filter(subject=subject).order_by("id").values_list("content", flat=True)
    assert list(contents) == ["My name is Ann Brandt.", "I live in Delft now."]
    ours = Revision.objects.filter(block__subject=subject, source=Revision.Source.RUN)
    assert set(ours.values_list("run", flat=True)) == {mine.pk}
