"""OpenAI's wire format, as far as the scripted model endpoint speaks it: completions, streams, embeddings."""

from __future__ import annotations

import base64
import itertools
import json
import re
import time
import zlib
from array import array
from collections.abc import Iterator
from math import sqrt
from typing import Any

from tests.model_answers import JSON, Answer, text_of

MODELS = ("gpt-4.1", "gpt-4.1-mini", "gpt-4o-mini", "text-embedding-3-small")
DIMENSIONS = 1536


def embedding(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A unit vector made of the text's words alone: texts that share words lie near each other."""
    vector = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()):
        digest = zlib.crc32(word.encode())
        vector[digest % dimensions] += 1.0
        vector[(digest >> 8) % dimensions] += 0.5
    norm = sqrt(sum(x * x for x in vector)) or 1.0
    return [x / norm for x in vector] if norm != 1.0 else [1.0 / sqrt(dimensions)] * dimensions


def embeddings_body(request: JSON) -> JSON:
    """The response of POST /v1/embeddings, base64 when asked for (the openai package asks)."""
    texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
    rows: list[JSON] = []
    for index, text in enumerate(texts):
        vector: Any = embedding(str(text), int(request.get("dimensions") or DIMENSIONS))
        if request.get("encoding_format") == "base64":
            vector = base64.b64encode(array("f", vector).tobytes()).decode()
        rows.append({"object": "embedding", "index": index, "embedding": vector})
    tokens = sum(len(str(text)) // 4 + 1 for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "model": request.get("model"), "data": rows, "usage": usage}


_numbers = itertools.count(1)


def completion_body(request: JSON, answer: Answer) -> JSON:
    """The response of POST /v1/chat/completions, not streamed."""
    number = next(_numbers)
    calls = [
        {
            "id": f"call_{number:08d}{index}",
            "type": "function",
            "function": {
                "name": tool.name,
                "arguments": tool.arguments if isinstance(tool.arguments, str) else json.dumps(tool.arguments),
            },
        }
        for index, tool in enumerate(answer.tool_calls)
    ]
    message: JSON = {"role": "assistant", "content": answer.content, "refusal": None}
    if calls:
        message["tool_calls"] = calls
    prompt = sum(len(text_of(m)) for m in request.get("messages") or []) // 4 + 1
    written = len(json.dumps(message)) // 4
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls" if calls else "stop"}
    usage = {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}
    return {
        "id": f"chatcmpl-{number}", "object": "chat.completion", "created": int(time.time()),
        "model": request.get("model"), "choices": [choice], "usage": usage,
    }  # fmt: skip


def stream_chunks(request: JSON, body: JSON) -> Iterator[JSON]:
    """The same response as the chunks of a stream."""
    base = {key: body[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    message = body["choices"][0]["message"]
    calls = [{"index": index, **tool} for index, tool in enumerate(message.get("tool_calls") or [])]
    delta: JSON = {"role": "assistant", "content": message["content"]} | ({"tool_calls": calls} if calls else {})
    yield base | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    reason = body["choices"][0]["finish_reason"]
    yield base | {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    if (request.get("stream_options") or {}).get("include_usage"):
        yield base | {"choices": [], "usage": body["usage"]}
