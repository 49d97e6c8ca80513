"""Embeddings of passages, by any OpenAI-compatible endpoint. Without one configured, nothing here does anything.

A passage is stored first and embedded afterwards, in batches, by `embed_waiting`, which a periodic task calls: an endpoint
that is slow or down delays search by meaning and loses nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from engine.models import Passage

if TYPE_CHECKING:
    from openai import OpenAI

logger = logging.getLogger("engine.embedding")

BATCH = 64
"""passages in one request"""
LONGEST = 8_000
"""characters of a text that are embedded; models refuse more than some 8,000 tokens"""
SWEEP_SECONDS = 20.0
REQUEST_SECONDS = 15.0
QUERY_SECONDS = 3.0
"""A search rather answers by words alone than late."""
LOCK = 0x656D6265
"""The advisory lock that lets one sweep work at a time."""


def model() -> str | None:
    """The embedding model, None when no endpoint is configured."""
    return settings.ENGINE_EMBEDDING_MODEL if settings.ENGINE_EMBEDDING_BASE_URL else None


def of_query(text: str) -> list[float] | None:
    """The vector of a query; None without an endpoint, and when it fails or is late."""
    name = model()
    if name is None:
        return None
    try:
        return _embed([text], name, QUERY_SECONDS)[0]
    except Exception as error:
        logger.warning("a query was searched by words only: %s", type(error).__name__)
        return None


def embed_waiting(seconds: float = SWEEP_SECONDS) -> int:
    """Embed what is not embedded yet, or was by another model, until nothing is left or the time is over.

    Returns how many passages it embedded. Safe to call from anywhere at any time: one caller works, the others return.
    """
    name = model()
    if name is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    try:
        return _embed_all(name, time.monotonic() + seconds)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def _embed_all(name: str, until: float) -> int:
    waiting = Q(embedding_model=None) | Q(embedding_model__lt=name) | Q(embedding_model__gt=name)
    done = 0
    while time.monotonic() < until:
        rows = list(Passage.objects.filter(waiting).order_by("pk").only("pk", "text")[:BATCH])
        if not rows:
            break
        try:
            done += _embed_rows(rows, name)
        except _Refused:
            # One of them is what the endpoint refuses; alone it does not keep the others waiting.
            done += sum(_embed_alone(row, name) for row in rows)
        except Exception as error:
            logger.warning("embedding waits for its endpoint: %s", type(error).__name__)
            break
    return done


class _Refused(Exception):
    """The endpoint will not embed this text, however often it is asked."""


def _embed_rows(rows: Sequence[Passage], name: str) -> int:
    vectors = _embed([row.text for row in rows], name, REQUEST_SECONDS)
    for row, vector in zip(rows, vectors, strict=True):
        row.embedding, row.embedding_model = vector, name
    return Passage.objects.bulk_update(rows, ["embedding", "embedding_model"])


def _embed_alone(row: Passage, name: str) -> int:
    try:
        return _embed_rows([row], name)
    except _Refused:
        # Marked, so that it is not asked for again with this model; its words still find it.
        Passage.objects.filter(pk=row.pk).update(embedding=None, embedding_model=name, updated_at=Now())
        return 0


def _embed(texts: Sequence[str], name: str, seconds: float) -> list[list[float]]:
    from openai import BadRequestError, UnprocessableEntityError

    client = _client(settings.ENGINE_EMBEDDING_BASE_URL, settings.ENGINE_EMBEDDING_API_KEY)
    # An empty text is refused by most endpoints; a space is not.
    given = [text[:LONGEST] or " " for text in texts]
    try:
        answer = client.with_options(timeout=seconds).embeddings.create(model=name, input=given)
    except (BadRequestError, UnprocessableEntityError) as error:
        raise _Refused from error
    vectors = [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
    if len(vectors) != len(texts) or not all(vectors):
        raise ValueError("the endpoint answered with another number of vectors")
    return vectors


@lru_cache(maxsize=1)
def _client(base_url: str, api_key: str) -> OpenAI:
    # Imported when first needed: a process without an endpoint need not carry the packages in memory. httpx: see the llm
    # learner, for the same reason.
    import httpx  # noqa: F401
    from openai import OpenAI

    return OpenAI(base_url=base_url, api_key=api_key or "none", max_retries=0)
