"""`manage.py sync_subjects` killed in the middle, and two of them side by side: everything once."""

import subprocess
import sys

import pytest

from subjects.models import Block, Message, Revision, Run, Subject
from tests.bench.bench_sync import seed
from tests.conftest import ROOT, environment, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

AGENTS = 250


def start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "sync_subjects"],
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def finish(process: "subprocess.Popen[bytes]") -> str:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said.decode()


def test_killed_in_the_middle_and_then_two_at_once(transactional_db: None) -> None:
    seed(AGENTS)
    victim = start()
    wait_until(Run.objects.exists, 60)
    victim.kill()
    victim.communicate()
    assert Run.objects.count() < AGENTS, "it was killed too late to tell anything"
    both = [start(), start()]
    said = [finish(process) for process in both]
    assert all(" agents seen" in line for line in said)
    assert Subject.objects.count() == Run.objects.count() == AGENTS
    assert Message.objects.count() == Block.objects.count() == Revision.objects.count() == 2 * AGENTS
