"""Block schemas, templates and rollouts."""

from django.apps import AppConfig


class SchemasConfig(AppConfig):
    name = "schemas"

    def ready(self) -> None:
        """Listen for subjects that other programs made; bring the filter by template to the subject list.

        Claim shared blocks: they belong to somebody also while no subject has them.
        """
        from memory_ui.backlog import register as register_backlog
        from memory_ui.rendering import teach
        from schemas.backlog import backlog
        from schemas.joining import note_arrival
        from schemas.listing import register
        from schemas.sharing import claim
        from schemas.words import standing_of
        from subjects.arriving import arrived
        from subjects.claims import claims

        arrived.connect(note_arrival, dispatch_uid="schemas.joining")
        register()
        claims.append(claim)
        register_backlog(backlog)
        teach(functions=[standing_of])
