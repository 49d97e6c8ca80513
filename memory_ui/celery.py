"""The Celery application: background work that is woken by the broker and remembered by the database."""

import os
from typing import Any

from celery import Celery, bootsteps
from click import Option
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memory_ui.settings")


class BeatThread(bootsteps.StartStopStep):
    """Beat inside the worker, as a thread: `--beat-thread`.

    Celery's own `--beat` forks a process, which costs memory and lives on when the worker is killed.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, beat_thread: bool = False, **options: Any) -> None:
        self.enabled = beat_thread
        super().__init__(worker, **options)

    def create(self, worker: Any) -> Any:
        """The thread; the worker starts and stops it."""
        from celery.beat import EmbeddedService

        return EmbeddedService(worker.app, thread=True, scheduler_cls=worker.app.conf.beat_scheduler)

    def stop(self, worker: Any) -> None:
        """Do not wait for the thread: it only wakes others up, and waiting would cost a second of every stop."""
        if self.obj:
            self.obj.service.stop()


# Kombu's own dies of messages that are read while they are written.
TRANSPORT_ALIASES["filesystem"] = "memory_ui.folder_broker:Transport"

app = Celery("memory_ui")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.user_options["worker"].add(Option(("--beat-thread",), is_flag=True, help="Run beat in a thread of this worker."))
app.steps["worker"].add(BeatThread)
