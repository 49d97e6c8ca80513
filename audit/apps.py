"""The append-only record of who read and changed what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
