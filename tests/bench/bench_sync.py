"""Measures sync: `python -m tests.bench.bench_sync [AGENTS]`, engine and sync in one process.

Every agent has two blocks and one learned batch, as the engine would keep them. They are seeded in bulk, in a database
that is made for this and thrown away. Exits 1 when memory grows with the number of agents.
"""

import gc
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil

import tests.bench.ground  # noqa: F401 - makes the database, before Django reads its settings

SEED_BATCH = 1000
TEA = "Likes: tea\n" * 20
LEEWAY = 24.0  # MB that a process may grow by whatever it does
FIRST_AGENT = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    """Seed, import, go over it again; print what each took."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    agents = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed(agents)

    from subjects.models import Message, Subject, SyncState
    from subjects.sync import sync

    process, began = psutil.Process(), time.monotonic()
    memory: list[float] = []
    listed: list[float] = []

    def report(state: SyncState) -> None:
        memory.append(process.memory_info().rss / 2**20)
        if state.round_listed_at and not listed:
            listed.append(time.monotonic() - began)

    gc.collect()
    state = sync(None, report=report)
    took = time.monotonic() - began
    assert state is not None
    assert state.error == ""
    assert Subject.objects.count() == Message.objects.count() // 2 == agents
    again = time.monotonic()
    sync(None, whole=True)
    again = time.monotonic() - again
    early, peak = max(memory[: max(3, len(memory) // 10)]), max(memory)
    rows = [
        ("agents, each with 2 blocks and 1 learned batch", f"{agents:,}"),
        ("first import, logs and all", f"{took:.1f} s"),
        ("  agents a second", f"{agents / took:.0f}"),
        ("  all agents listed after", f"{listed[0]:.1f} s"),
        ("going over all of it again, nothing changed", f"{again:.1f} s"),
        ("  agents a second", f"{agents / again:.0f}"),
        ("memory of the process in the first tenth", f"{early:.0f} MB"),
        ("memory of the process at its peak", f"{peak:.0f} MB"),
    ]
    print("\n".join(f"{name:<50} {figure:>10}" for name, figure in rows))
    if peak - early > LEEWAY:
        print(f"MISSED: memory grew by {peak - early:.0f} MB, more than {LEEWAY:.0f} MB")
        return 1
    return 0


def seed(agents: int) -> None:
    """`agents` users as another program would have made and taught them, one a second since the year began."""
    for start in range(0, agents, SEED_BATCH):
        _seed(range(start, min(start + SEED_BATCH, agents)))


def _seed(numbers: range) -> None:
    from engine import models as engine

    agents = [
        engine.Agent(
            name=f"subconscious_agent_user_user_{number}",
            tags=[f"user_{number}", "ai-memory-sdk"],
            agent_type="sleeptime_agent",
            created_at=FIRST_AGENT + timedelta(seconds=number),
            updated_at=FIRST_AGENT + timedelta(seconds=number),
        )
        for number in numbers
    ]
    engine.Agent.objects.bulk_create(agents)
    blocks = [
        engine.Block(label=label, description="About the person.", value=f"Name: {agent.name}\n{TEA}", limit=5000)
        for agent in agents
        for label in ("human", "summary")
    ]
    engine.Block.objects.bulk_create(blocks)
    owners = [agent for agent in agents for _ in range(2)]
    engine.Attachment.objects.bulk_create(
        engine.Attachment(agent=agent, block=block, label=block.label) for agent, block in zip(owners, blocks, strict=True)
    )
    runs = [
        engine.Run(agent=agent, position=0, status="completed", stop_reason="end_turn", completed_at=agent.created_at)
        for agent in agents
    ]
    engine.Run.objects.bulk_create(runs)
    batch = "<messages>The following message interactions have occured:\nuser: I like tea.\nassistant: Noted.</messages>"
    said = (("system", ""), ("user", batch), ("assistant", ""), ("tool", "ok"))
    engine.Message.objects.bulk_create(
        engine.Message(
            agent=run.agent, run=None if role == "system" else run, position=position, role=role, text=text,
            created_at=run.agent.created_at,
        )
        for run in runs
        for position, (role, text) in enumerate(said)
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
