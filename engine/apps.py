from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "engine"

    def ready(self) -> None:
        """Tell the page about background work what waits here."""
        from engine.backlog import backlog
        from memory_ui.backlog import register

        register(backlog)
