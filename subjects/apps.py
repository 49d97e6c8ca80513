from collections.abc import Collection
from uuid import UUID

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    name = "subjects"

    def ready(self) -> None:
        """Tell the audit log, which knows ids alone, which subjects are still here, and the settings what work waits."""
        from audit.subjects import tell_by
        from memory_ui.backlog import register
        from subjects.backlog import backlog
        from subjects.models import Subject

        def known(ids: Collection[UUID]) -> set[UUID]:
            return set(Subject.objects.filter(pk__in=ids).values_list("pk", flat=True))

        tell_by(known)
        register(backlog)
