"""Block schemas, templates and rollouts."""

from django.apps import AppConfig


class SchemasConfig(AppConfig):
    name = "schemas"

    def ready(self) -> None:
        """Listen for subjects that other programs made."""
        from schemas.joining import note_arrival
        from subjects.arriving import arrived

        arrived.connect(note_arrival, dispatch_uid="schemas.joining")
