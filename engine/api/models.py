"""`/v1/models`: the models the engine names. It takes any other handle too and learns with the one of its settings."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from engine import handles
from engine.api.answers import answer
from engine.api.intake import Fields

router = Router()


class Filters(Fields):
    provider_category: list[Literal["base", "byok"]] | None = None
    provider_name: str | None = None
    provider_type: str | None = None


def _handles(*names: str) -> list[str]:
    return list(dict.fromkeys(name if "/" in name else f"openai/{name}" for name in names))


@router.get("")
def list_models(request: HttpRequest, filters: Query[Filters]) -> HttpResponse:
    shown = [_model(handle) for handle in _handles(settings.LETTA_MODEL, settings.ENGINE_LLM_MODEL)]
    if filters.provider_category and "base" not in filters.provider_category:
        shown = []
    for name in ("provider_name", "provider_type"):
        if (value := getattr(filters, name)) is not None:
            shown = [model for model in shown if model[name] == value]
    return answer(shown)


@router.get("/embedding")
def list_embedding_models(request: HttpRequest) -> HttpResponse:
    return answer(
        [_embedding_model(handle) for handle in _handles(settings.LETTA_EMBEDDING, settings.ENGINE_EMBEDDING_MODEL)]
    )


def _model(handle: str) -> dict[str, Any]:
    config = handles.llm_config(handle, {})
    return {
        "name": config["model"],
        "provider_type": config["model_endpoint_type"],
        "model_type": "llm",
        **config,
        "display_name": config["model"],
        "max_context_window": config["context_window"],
    }


def _embedding_model(handle: str) -> dict[str, Any]:
    config = handles.embedding_config(handle) or {}
    provider, model = handles.split(handle)
    return {
        "name": model,
        "display_name": model,
        "provider_type": config["embedding_endpoint_type"],
        "provider_name": provider,
        "model_type": "embedding",
        **config,
    }
