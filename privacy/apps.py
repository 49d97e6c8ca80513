from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        """Stand at the door: who was erased is not kept again."""
        from memory_ui.backlog import register
        from memory_ui.rendering import teach
        from privacy.backlog import backlog
        from privacy.ledger import guard
        from privacy.words import dot, due, told, written_out
        from subjects.arriving import guards

        if guard not in guards:
            guards.append(guard)
        register(backlog)
        teach(filters=[dot, told, written_out], functions=[due])
