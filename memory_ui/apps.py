"""The project as a Django app, so that the Celery application is there whenever Django is."""

from django.apps import AppConfig


class MemoryUIConfig(AppConfig):
    name = "memory_ui"
    label = "memory_ui"

    def ready(self) -> None:
        """Bind `shared_task` to our Celery application, take the pulse of its periodic tasks, record what programs do."""
        # Not in `__init__.py`: the supervisor of `make run` lives in this package and does without Celery.
        from memory_ui import api_record, celery, pulse  # noqa: F401
