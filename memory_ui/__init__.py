"""The project: settings, urls, the Celery application, the embedded database."""

from memory_ui.celery import app as celery_app

__all__ = ["celery_app"]
