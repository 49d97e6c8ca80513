from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        """Stand at the door: who was erased is not kept again."""
        from memory_ui.backlog import register
        from privacy.backlog import backlog
        from privacy.ledger import guard
        from subjects.arriving import guards

        if guard not in guards:
            guards.append(guard)
        register(backlog)
