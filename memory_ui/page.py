"""What every page knows: who reads it and what they may do, which memory it looks at, and which learner keeps it."""

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Permission


class May:
    """`may.teach`: whether the reader holds `Permission.TEACH`. Pages that do not ask need no session."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __getattr__(self, name: str) -> bool:
        # Only the first time: what is found then is an attribute. A list asks in every line.
        user = getattr(self._request, "user", None)
        held = isinstance(user, User) and user.may(Permission[name.upper()])
        setattr(self, name, held)
        return held


def context(request: HttpRequest) -> dict[str, object]:
    """Context processor.

    `archive_by_meaning`: archival search knows meanings, not only words. `offline_learner`: the rules, not a model,
    decide what is remembered. `user`, `messages`: as Django has them.
    """
    return {
        "letta_is_engine": settings.LETTA_IS_ENGINE,
        "offline_learner": settings.LETTA_IS_ENGINE and not settings.ENGINE_LLM_BASE_URL,
        "archive_by_meaning": not settings.LETTA_IS_ENGINE or bool(settings.ENGINE_EMBEDDING_BASE_URL),
        "may": May(request),
        "messages": get_messages(request),
        "user": getattr(request, "user", None),
    }
