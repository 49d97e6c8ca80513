"""kill -9 between creating a block and attaching it, or writing it down: no block is left behind, none is there twice."""

import subprocess
import sys

import pytest
from django.utils import timezone

from accounts.models import User
from engine.models import Agent
from engine.models import Block as LettasBlock
from memory_sdk import NewBlock
from schemas import errands, joining, sharing, tending
from schemas.checking import Schema
from schemas.editing import create_template
from schemas.models import Rollout, SharedBlock, Standing
from schemas.publishing import make_default, publish
from schemas.sharing import Wording
from subjects.letta import agents
from subjects.models import Revision, Subject
from subjects.sync import sync
from tests.conftest import ROOT, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def subject() -> Subject:
    """Of another program, and to be given `wishes` and `history`."""
    template = create_template("Care", "", [Schema("human"), Schema("wishes", limit=200), Schema("history", limit=300)])
    publish(template, "First.", edition=template.edition)
    make_default(template, applies_outside=True)
    agents().create_agent("user_outside", [NewBlock("human", "theirs", "kept")])
    sync()
    return Subject.objects.get()


@pytest.mark.parametrize("call", ["create_block", "attach_block", "recompile"])
def test_a_worker_killed_while_it_gives_leaves_nothing_behind(call: str, subject: Subject) -> None:
    command = [sys.executable, "-m", "tests.schemas.joining_killed", str(subject.pk), call]
    killed = subprocess.run(command, cwd=ROOT, env=environment(), check=False, timeout=60)
    assert killed.returncode == -9
    assert LettasBlock.objects.filter(label="wishes").count() == 1, "it was to be killed after it asked Letta"
    assert joining.due() == [], "while its request may still be on its way, nobody begins again"
    assert Standing.objects.get().tries == 1
    sync()  # which sees what was given, and may be quicker than who goes on

    assert joining.give_missing(str(subject.pk)) is None
    assert sorted(LettasBlock.objects.values_list("label", flat=True)) == ["history", "human", "wishes"]
    agent = Agent.objects.get()
    assert sorted(agent.blocks.values_list("label", flat=True)) == ["history", "human", "wishes"]
    assert Standing.objects.get().wake_at is None
    given = Revision.objects.filter(block__label__in=["wishes", "history"])
    assert sorted(given.values_list("block__label", "number", "source")) == [
        ("history", 1, "template"),
        ("wishes", 1, "template"),
    ]


POLICIES = Wording("Be kind.", "What holds.", 500, read_only=True)


def _killed_after_creating(by: User) -> SharedBlock:
    """A shared block that Letta has, whose maker was killed before it wrote down the id."""
    shared = sharing.create("policies", POLICIES, by)
    SharedBlock.objects.update(block_id=None)
    return shared


@pytest.mark.parametrize("way", ["tended", "rolled out"])
def test_a_shared_block_whose_maker_was_killed_is_found_again(way: str, adam: User) -> None:
    shared = _killed_after_creating(adam)
    was = LettasBlock.objects.get().pk
    if way == "tended":
        tending.advance(str(shared.pk))
    else:
        template = create_template("Care", "", [Schema("policies", shared_block=shared.pk)])
        version = publish(template, "First.", edition=template.edition)
        errands.make_ready(errands.Forward(Rollout(version=version, created_at=timezone.now())))
    assert LettasBlock.objects.get().pk == was
    assert SharedBlock.objects.get().block_id == was
