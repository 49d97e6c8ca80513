"""The project: settings, urls, the Celery application, the embedded database, and what `make run` does."""
