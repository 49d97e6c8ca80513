"""What every page knows: which memory it looks at, which learner keeps it, and what the reader may do."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Permission


def context(request: HttpRequest) -> dict[str, object]:
    """Context processor.

    `archive_by_meaning`: archival search knows meanings, not only words. `offline_learner`: the rules, not a model,
    decide what is remembered. `may`: permission name → whether the reader holds it, as in `{% if may.teach %}`; a
    callable, so that pages that do not ask need no session.
    """

    @cache  # a list asks it in every line
    def may() -> dict[str, bool]:
        user = getattr(request, "user", None)
        return {p.name.lower(): isinstance(user, User) and user.may(p) for p in Permission}

    return {
        "letta_is_engine": settings.LETTA_IS_ENGINE,
        "offline_learner": settings.LETTA_IS_ENGINE and not settings.ENGINE_LLM_BASE_URL,
        "archive_by_meaning": not settings.LETTA_IS_ENGINE or bool(settings.ENGINE_EMBEDDING_BASE_URL),
        "may": may,
    }
