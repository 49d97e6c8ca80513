"""The Celery application: background work that is woken by the broker and remembered by the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memory_ui.settings")

app = Celery("memory_ui")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
