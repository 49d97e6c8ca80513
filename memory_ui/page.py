"""What every page knows: which memory it looks at and which learner keeps it."""

from django.conf import settings
from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, object]:
    """Context processor. `offline_learner`: the rules, not a model, decide what is remembered."""
    return {
        "letta_is_engine": settings.LETTA_IS_ENGINE,
        "offline_learner": settings.LETTA_IS_ENGINE and not settings.ENGINE_LLM_BASE_URL,
    }
