"""Model handles (`openai/gpt-4.1`) and the configurations Letta derives from them. The engine takes any handle."""

from __future__ import annotations

from typing import Any

from django.conf import settings

# The providers that Letta's types know; others are reached through OpenAI's protocol.
_LLM_PROVIDERS = frozenset({
    "openai", "anthropic", "google_ai", "google_vertex", "azure", "groq", "ollama", "webui", "lmstudio", "llamacpp",
    "koboldcpp", "vllm", "mistral", "together", "bedrock", "deepseek", "xai", "zai", "baseten", "fireworks", "minimax",
    "openrouter",
})  # fmt: skip
_EMBEDDING_PROVIDERS = frozenset({
    "openai", "anthropic", "bedrock", "google_ai", "google_vertex", "azure", "groq", "ollama", "webui", "lmstudio",
    "llamacpp", "vllm", "mistral", "together", "pinecone",
})  # fmt: skip
CONTEXT_WINDOW = 128_000
"""tokens"""
MAX_TOKENS = 16_384
EMBEDDING_DIMENSIONS = 1536
CHUNK = 300


def split(handle: str) -> tuple[str, str]:
    """The provider and the model of a handle; a handle without a slash is OpenAI's."""
    provider, slash, model = handle.partition("/")
    return (provider, model) if slash else ("openai", handle)


def llm_config(handle: str, options: dict[str, Any]) -> dict[str, Any]:
    """What Letta shows as `llm_config`; what the agent's creator gave wins over the defaults."""
    provider, model = split(handle)
    given = options.get("llm_config") or {}
    chosen = options.get("model_settings") or {}
    return {
        "model": model,
        "display_name": None,
        "model_endpoint_type": provider if provider in _LLM_PROVIDERS else "openai",
        "model_endpoint": settings.ENGINE_LLM_BASE_URL or None,
        "provider_name": provider.removesuffix("-proxy"),
        "provider_category": "base",
        "model_wrapper": None,
        "context_window": options.get("context_window_limit") or CONTEXT_WINDOW,
        "put_inner_thoughts_in_kwargs": True,
        "handle": handle,
        "temperature": chosen.get("temperature", 1.0),
        "max_tokens": options.get("max_tokens") or chosen.get("max_output_tokens") or MAX_TOKENS,
        "enable_reasoner": True,
        "reasoning_effort": None,
        "max_reasoning_tokens": options.get("max_reasoning_tokens") or 0,
        "effort": None,
        "frequency_penalty": None,
        "compatibility_type": None,
        "verbosity": None,
        "tier": None,
        "parallel_tool_calls": bool(options.get("parallel_tool_calls")),
        "response_format": options.get("response_format"),
        "strict": False,
        "return_logprobs": False,
        "top_logprobs": None,
        "return_token_ids": False,
        "tool_call_parser": None,
        **given,
    }


def model_settings(handle: str, options: dict[str, Any]) -> dict[str, Any]:
    provider, _ = split(handle)
    return {
        "max_output_tokens": options.get("max_tokens") or MAX_TOKENS,
        "parallel_tool_calls": True,
        "provider_type": provider if provider in _LLM_PROVIDERS else "openai",
        "temperature": 1.0,
        "reasoning": {"reasoning_effort": "minimal"},
        "response_format": None,
        "strict": False,
        **(options.get("model_settings") or {}),
    }


def embedding_config(handle: str, given: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """What Letta shows as `embedding_config`; None for an agent without an embedding model."""
    if not handle:
        return given
    provider, model = split(handle)
    return {
        "embedding_endpoint_type": provider if provider in _EMBEDDING_PROVIDERS else "openai",
        "embedding_endpoint": settings.ENGINE_EMBEDDING_BASE_URL or None,
        "embedding_model": model,
        "embedding_dim": EMBEDDING_DIMENSIONS,
        "embedding_chunk_size": CHUNK,
        "handle": handle,
        "batch_size": 32,
        "azure_endpoint": None,
        "azure_version": None,
        "azure_deployment": None,
        **(given or {}),
    }
