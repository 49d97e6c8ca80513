"""What went wrong at a model endpoint, as one sentence that may be shown and kept."""

import re

import openai
from django.conf import settings

from engine.learners.protocol import Context, Given

LONGEST = 300
"""characters of an endpoint's own words"""
QUOTE = 16
"""characters; words that share a piece so long with the conversation or with memory are taken for a quotation"""

_KEY = re.compile(r"\b(?:sk|pk|key)[-_][\w*-]{6,}", re.IGNORECASE)


def sentence_of(error: Exception, context: Context) -> str:
    """Say what happened, in the endpoint's words where it gave any, without keys and without a quotation of the prompt."""
    match error:
        case openai.APITimeoutError():
            return f"The model endpoint did not answer within {settings.ENGINE_LLM_TIMEOUT} seconds."
        case openai.APIConnectionError():
            return "The model endpoint could not be reached."
        case openai.APIStatusError():
            said = _harmless(_words(error), context)
            return f"The model endpoint answered {error.status_code}" + (f": {said}" if said else ".")
    return "The model endpoint's answer was not a chat completion."


def _words(error: openai.APIStatusError) -> str:
    """The message of an error body, as OpenAI writes it; others write something like it."""
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if isinstance(body, dict):
        words = body.get("message") or body.get("detail") or body.get("error")
        return words if isinstance(words, str) else ""
    return ""


def _harmless(words: str, context: Context) -> str:
    words = " ".join(words.split())
    key = settings.ENGINE_LLM_API_KEY
    if key:
        words = words.replace(key, "…")
    words = _KEY.sub("…", words)
    texts = [entry.text for entry in context.conversation if isinstance(entry, Given)]
    texts += [*context.earlier, *(block.value for block in context.blocks)]
    data = " ".join(" ".join(texts).split())
    pieces = (words[start : start + QUOTE] for start in range(max(1, len(words) - QUOTE + 1)))
    if len(words) >= QUOTE and any(piece in data for piece in pieces):
        return ""
    return words if len(words) <= LONGEST else words[:LONGEST].rstrip() + "…"
