"""Measures erasing in bulk: `python -m tests.bench.erasure [SUBJECTS]`, engine and workers in one process.

Every subject has two blocks, a passage and a learned batch. Ten are erased, then SUBJECTS (1,000), each read again and
with a signed receipt, as many at once as a worker does. In a database that is made for this and thrown away. Exits 1
when one of the many takes more than twice the time of one of the ten.
"""

import sys
import threading
import time

import tests.bench.ground  # noqa: F401 - makes the database, before Django reads its settings

FEW = 10
FLAT = 2.0
"""times as long as one of FEW that one of many may take"""


def main() -> int:
    """Seed, erase, print what it took."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed("warm", 2)
    erase("warm")
    seed("few", FEW)
    few = erase("few") / FEW
    seed("many", many)
    took = erase("many")
    each = took / many
    rows = [
        (f"one of {FEW} subjects", f"{few * 1000:.0f} ms"),
        (f"one of {many:,} subjects in bulk", f"{each * 1000:.0f} ms"),
        (f"all {many:,}, verified and with receipts", f"{took:.0f} s"),
        ("subjects a minute", f"{60 / each:.0f}"),
        (
            f"one of many to one of few (target ≤ {FLAT:g})",
            f"{each / few:.2f}  {'reached' if each <= FLAT * few else 'MISSED'}",
        ),
    ]
    print("\n".join(f"{name:<48} {value:>20}" for name, value in rows))
    return 0 if each <= FLAT * few else 1


def seed(name: str, subjects: int) -> None:
    """Subjects `NAME_0`…, whom something was taught, with an erasure of each that is approved."""
    from engine import models as engine
    from engine.tasks import work
    from memory_sdk import NewBlock
    from privacy import requesting
    from privacy.models import Request
    from subjects import delivery
    from subjects.creation import create_subject
    from subjects.learning import learn
    from subjects.letta import agents
    from subjects.models import Run, Subject
    from subjects.transcripts import Turn

    blocks = [NewBlock("human", "Who it is.", "Likes tea.\n" * 10), NewBlock("notes", "Notes.", "None.\n" * 10)]
    for number in range(subjects):
        subject = create_subject(f"{name}_{number:06}", Subject.Kind.SUBJECT, blocks)
        delivery.advance(str(subject.pk))
        subject.refresh_from_db()
        assert subject.agent_id is not None
        agents().create_passage(subject.agent_id, f"{name} {number} was here.", ["user"])
        run = learn(subject, [Turn("user", "I like cats.")], source=Run.Source.IMPORTED, key="one")
        while not Run.objects.filter(pk=run.pk, ended_at__isnull=False).exists():
            delivery.advance(str(subject.pk))
            for agent_id in engine.Run.objects.exclude(status__in=engine.TERMINAL).values_list("agent_id", flat=True):
                work(agent_id)
        request = requesting.file("erasure", subject.subject_id, requesting.Filer(None), confirmed=True)
        Request.objects.filter(pk=request.pk).update(state="approved", approved_at=request.filed_at)


def erase(name: str) -> float:
    """Carry out what is approved, with as many threads as requests may be under way; returns seconds."""
    from django.db import connections

    from privacy import working
    from privacy.models import Receipt, Request
    from subjects.models import Subject

    began = time.monotonic()

    def work() -> None:
        try:
            while Request.objects.filter(state__in=("approved", "working")).exists():
                working.begin()
                for pk in working.due():
                    working.advance(pk)
                time.sleep(0.01)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(working.AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    bad = list(Request.objects.exclude(state="done").values_list("state", "failure")[:3])
    assert not bad, bad
    assert not Subject.objects.filter(subject_id__startswith=f"{name}_").exists()
    assert Receipt.objects.count() == Request.objects.count()
    return took


if __name__ == "__main__":
    sys.exit(main())
