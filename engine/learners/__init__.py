"""The part of the engine that decides the edits: `rules` (offline) or `llm`."""

from functools import cache

from django.conf import settings

from engine.learners.protocol import Learner


def current() -> Learner:
    """The learner that the settings name: `llm` when there is an endpoint for it, else `rules`."""
    return _llm() if settings.ENGINE_LLM_BASE_URL else _rules()


# Imported when first needed: a process without an endpoint need not carry the openai package in memory.


@cache
def _llm() -> Learner:
    from engine.learners.llm import LlmLearner

    return LlmLearner()


@cache
def _rules() -> Learner:
    from engine.learners.offline import RulesLearner

    return RulesLearner()
