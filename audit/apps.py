"""The append-only record of who read and changed what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        """Listen for what is done to people and keys."""
        from accounts.changes import changed
        from audit.people import note_change

        changed.connect(note_change, dispatch_uid="audit.people")
