"""Measures a rollout: `python -m tests.bench.rollout [SUBJECTS]`, on the engine, all lanes in one process.

Three of them over the same subjects: descriptions and limits only, a missing block, and the way back. Prints subjects a
second, requests to Letta a subject and the memory of the process. Exits 1 when descriptions and limits cost more than two
requests a subject, or when memory grows with the number of subjects.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil

import tests.bench.ground  # noqa: F401 - makes the database, before Django reads its settings
from tests.bench.bench_sync import LEEWAY, SEED_BATCH, seed

if TYPE_CHECKING:
    from schemas.models import Rollout, Version

MOST_REQUESTS = 2.0  # a subject, where only descriptions and limits change
EVERY = 0.5  # seconds between two looks at the memory
FIRST: list[dict[str, Any]] = [
    {"label": "human", "description": "About the person.", "limit": 5000},
    {"label": "summary", "description": "About the person.", "limit": 5000},
]
SECOND = [one | {"description": "What is known, newest last.", "limit": 6000} for one in FIRST]
THIRD = [
    *SECOND,
    {"label": "policies", "description": "What holds for all.", "limit": 3000, "value": "Be kind.", "read_only": True},
]
STEPS = (
    ("descriptions and limits of both blocks", 2),
    ("the same once more: nothing to change", 2),
    ("a missing block", 3),
    ("the way back from that", 0),
)
"""What is rolled out: to which version; 0: back from the one before."""


class Memory:
    """What the process takes, looked at all the while. In MB."""

    def __init__(self) -> None:
        self.seen: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        process = psutil.Process()
        while not self._over.wait(EVERY):
            self.seen.append(process.memory_info().rss / 2**20)

    def stop(self) -> tuple[float, float]:
        """At the start, once it had warmed up, and at its peak."""
        self._over.set()
        self._thread.join()
        return max(self.seen[: max(3, len(self.seen) // 10)]), max(self.seen)


def main() -> int:
    """Seed, roll out, print."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    subjects = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed(subjects)
    versions = put_in_place()
    missed = []
    print(f"{subjects:,} subjects, each with 2 blocks, on the engine in this process")
    print(f"{'':<44}{'counted in':>11}{'subjects/s':>12}{'requests each':>15}{'MB, start':>11}{'MB, peak':>10}")
    done: list[Rollout] = []
    for name, number in STEPS:
        gc.collect()
        memory, began = Memory(), time.monotonic()
        rollout = count(versions[number - 1]) if number else count_back(done[-1])
        counted = time.monotonic() - began
        roll(rollout)
        took = time.monotonic() - began - counted
        rollout.refresh_from_db()
        assert (rollout.total, rollout.failed, rollout.left) == (subjects, 0, 0)
        early, peak = memory.stop()
        each = rollout.requests / subjects
        print(f"{name:<44}{counted:>9.1f} s{subjects / took:>12.0f}{each:>15.2f}{early:>11.0f}{peak:>10.0f}")
        done.append(rollout)
        if peak - early > LEEWAY:
            missed.append(f"{name}: memory grew by {peak - early:.0f} MB, more than {LEEWAY:.0f} MB")
    if done[0].requests > MOST_REQUESTS * subjects:
        missed.append(f"descriptions and limits took {done[0].requests / subjects:.2f} requests a subject")
    print("\n".join(f"MISSED: {one}" for one in missed) or "reached: at most 2 requests a subject, memory flat")
    return 1 if missed else 0


def put_in_place() -> list[Version]:
    """Our rows of the engine's subjects, as sync would write them, and a template of three versions."""
    from engine import models as engine
    from schemas.models import Standing, Version
    from subjects.models import Block, Revision, Subject
    from tests.schemas.conftest import written_template

    template = written_template("Bench", FIRST, SECOND, THIRD)
    versions = list(Version.objects.select_related("template").filter(template=template).order_by("number"))
    last = ""
    while agents := list(engine.Agent.objects.filter(pk__gt=last).order_by("pk")[:SEED_BATCH]):
        last = agents[-1].pk
        made = [
            Subject(subject_id=agent.name.rpartition("user_user_")[2], kind="user", agent_id=agent.pk) for agent in agents
        ]
        Subject.objects.bulk_create(made)
        mine = {subject.agent_id: subject for subject in made}
        held = engine.Attachment.objects.filter(agent__in=agents).select_related("block")
        blocks = Block.objects.bulk_create(
            Block(
                subject=mine[one.agent_id], block_id=one.block_id, label=one.label, value=one.block.value,
                limit=one.block.limit, description=one.block.description or "",
            )
            for one in held
        )  # fmt: skip
        Revision.objects.bulk_create(
            Revision(block=one, number=1, value=one.value, description=one.description, limit=one.limit, source="outside")
            for one in blocks
        )
        Standing.objects.bulk_create(Standing(subject=subject, version=versions[0]) for subject in made)
    return versions


def count(version: Version) -> Rollout:
    """A rollout to everybody, counted."""
    from schemas import steering
    from schemas.planning import Asked
    from schemas.steering import Selection

    return _counted(steering.count(version, Selection(), Asked(), None))


def count_back(rollout: Rollout) -> Rollout:
    """The way back from a rollout, counted."""
    from schemas import steering

    rollout.refresh_from_db()
    return _counted(steering.roll_back(rollout, None))


def _counted(rollout: Rollout) -> Rollout:
    from schemas import previewing

    while previewing.advance(rollout.pk):
        continue
    rollout.refresh_from_db()
    return rollout


def roll(rollout: Rollout) -> None:
    """Begin, and work in all lanes until it is over."""
    from django.db import connection

    from schemas import rolling_out, steering

    def work(lane: int) -> None:
        while rolling_out.advance(rollout.pk, lane):
            continue
        connection.close()

    steering.begin(rollout, None)
    lanes = [threading.Thread(target=work, args=(lane,)) for lane in range(rolling_out.LANES)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()


if __name__ == "__main__":
    sys.exit(main())
