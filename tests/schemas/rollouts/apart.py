"""A rollout in a database of its own, made by a process of its own: `python -m tests.schemas.rollouts.apart SUBJECTS RATE`.

For the test that kills Postgres: the one of the test session has to live.
"""

import os
import sys

import django


def main(subjects: int, rate: int) -> None:
    """Make so many subjects on version 1, and begin to roll out version 2, at so many of them a second."""
    from accounts.models import User
    from accounts.roles import Role
    from memory_sdk import NewBlock
    from schemas import previewing, steering
    from schemas.models import Standing, Version
    from schemas.planning import Asked
    from schemas.steering import Selection
    from subjects.creation import create_subject
    from subjects.models import Subject
    from subjects.setup import set_up
    from tests.schemas.conftest import written_template
    from tests.schemas.rollouts.conftest import HUMAN, NEW_HUMAN, POLICIES, SUMMARY

    template = written_template("Care", [HUMAN, SUMMARY], [NEW_HUMAN, SUMMARY, POLICIES])
    first, second = Version.objects.filter(template=template).order_by("number")
    by = User.objects.create(email="adam@example.com", name="Adam", role=Role.ADMIN)
    for place in range(subjects):
        human = NewBlock("human", HUMAN["description"], f"Is number {place}.", HUMAN["limit"])
        summary = NewBlock("summary", SUMMARY["description"], "", SUMMARY["limit"])
        subject = create_subject(f"user_{place:03}", Subject.Kind.SUBJECT, [human, summary])
        set_up(subject)
        Standing.objects.create(subject=subject, version=first)
    Subject.objects.update(wake_at=None)
    rollout = steering.count(second, Selection(), Asked(), by)
    while previewing.advance(rollout.pk):
        continue
    rollout.refresh_from_db()
    steering.begin(rollout, by, rate)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memory_ui.settings")
    django.setup()
    main(int(sys.argv[1]), int(sys.argv[2]))
