"""A scripted OpenAI-compatible model endpoint: the model behind Letta and the engine in tests and benches.

It answers at once. By default it plays a small memory agent: the first call of a run writes the customer's last line
into a block, the second ends the run. A test can program other answers, for the conversations that carry its own
marker word, so several tests can share one endpoint. In process: `ModelEndpoint.start()`; alone:
`python -m tests.model_endpoint --port 8284`. A `ModelScript` programs it over HTTP in both cases.

Wire format: OpenAI's API reference, chat completions, embeddings, models.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import re
import signal
import threading
import time
import urllib.request
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import sqrt
from typing import Any, ClassVar, cast

JSON = dict[str, Any]
MODELS = ("gpt-4.1", "gpt-4.1-mini", "gpt-4o-mini", "text-embedding-3-small")
DIMENSIONS = 1536
HANG_SECONDS = 600.0


@dataclass(frozen=True)
class ToolCall:
    """One function call of the model. `arguments` is sent as JSON; a str is sent as it is, valid JSON or not."""

    name: str
    arguments: JSON | str = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """One programmed answer to a chat completion.

    `delay` is in seconds. `status` other than 200 answers an OpenAI error body with `content` as its message. `raw`
    is sent as the whole response body, however malformed. `hang` holds the request open until the endpoint stops,
    `gate` until the script opens the gate of that name.
    """

    content: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    delay: float = 0.0
    status: int = 200
    raw: str | None = None
    hang: bool = False
    gate: str = ""

    @classmethod
    def from_json(cls, data: JSON) -> Answer:
        """The answer that `asdict` wrote."""
        calls = tuple(ToolCall(**call) for call in data.pop("tool_calls", ()))
        return cls(tool_calls=calls, **data)


def call(name: str, **arguments: Any) -> Answer:
    """An answer of one tool call, with the `thinking` argument that Letta adds to every tool."""
    return Answer(tool_calls=(ToolCall(name, {"thinking": "As scripted.", **arguments}),))


def finish() -> Answer:
    """The answer that ends a sleep-time agent's run."""
    return call("memory_finish_edits")


# -- the default policy ---------------------------------------------------------------------------------------------


def text_of(message: JSON) -> str:
    """A chat message's content as plain text, whether it is a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def customer_line(messages: list[JSON]) -> str:
    """The last thing a customer said: the last `user: …` line of the last user message, else its last line."""
    texts = [text_of(message) for message in messages if message.get("role") == "user"]
    lines = [line.strip() for line in re.sub(r"</?messages>", "\n", texts[-1] if texts else "").splitlines()]
    said = [line.removeprefix("user: ") for line in lines if line.startswith("user: ")]
    return (said or [line for line in lines if line] or ["nothing"])[-1]


def block_label(messages: list[JSON]) -> str:
    """The block to write to: `human` if the prompt shows one, else the first block in it that is not read-only."""
    prompt = "\n".join(text_of(message) for message in messages if message.get("role") in ("system", "developer"))
    blocks = re.search(r"<memory_blocks>(.*)</memory_blocks>", prompt, re.DOTALL)
    shown = re.findall(r"<([\w./-]+)>\s*<description>(.*?)</\1>", blocks.group(1) if blocks else prompt, re.DOTALL)
    labels = [label for label, inside in shown if "read_only=true" not in inside]
    return "human" if "human" in labels or not labels else str(labels[0])


def policy(request: JSON) -> Answer:
    """What the endpoint answers when no script says otherwise."""
    messages = cast("list[JSON]", request.get("messages") or [])
    offered = {tool["function"]["name"] for tool in request.get("tools") or []}
    learned = bool(messages) and messages[-1].get("role") == "tool"
    if learned and "memory_finish_edits" in offered:
        return finish()
    if "memory_insert" in offered:
        line = customer_line(messages)
        return call("memory_insert", label=block_label(messages), new_string=line, insert_line=-1)
    if "core_memory_append" in offered and not learned:
        return call("core_memory_append", label=block_label(messages), content=customer_line(messages))
    if "send_message" in offered:
        return call("send_message", message="I have read it.")
    return Answer(content="I have read it.")


# -- shapes of the wire ---------------------------------------------------------------------------------------------


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


# -- the server -----------------------------------------------------------------------------------------------------


class Script:
    """Programmed answers and recorded requests of one endpoint. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[str, list[Answer]] = {}
        self._requests: list[JSON] = []
        self._gates: dict[str, threading.Event] = {}
        self.stopped = threading.Event()

    def program(self, marker: str, answers: list[Answer]) -> None:
        """Queue answers for the chat requests whose messages hold `marker` ("" holds in all); none: forget it."""
        with self._lock:
            if answers:
                self._queues.setdefault(marker, []).extend(answers)
            else:
                self._queues.pop(marker, None)

    def gate(self, name: str) -> threading.Event:
        """The gate of that name, closed until it is set."""
        with self._lock:
            return self._gates.setdefault(name, threading.Event())

    def stop(self) -> None:
        """Let go of everything that waits."""
        self.stopped.set()
        with self._lock:
            for gate in self._gates.values():
                gate.set()

    def answer(self, request: JSON) -> Answer:
        """Record a chat request; the next programmed answer for it, else the policy's."""
        text = json.dumps(request.get("messages"), ensure_ascii=False)
        with self._lock:
            self._requests.append(request)
            del self._requests[:-2000]  # a bench sends many; a test looks at the last few
            waiting = [marker for marker, queue in self._queues.items() if queue and marker in text]
            if waiting:  # an agent's history holds the markers of its earlier runs too: the last one counts
                return self._queues[max(waiting, key=text.rfind)].pop(0)
        return policy(request)

    def requests(self, marker: str) -> list[JSON]:
        """The recorded chat requests whose messages hold `marker`, oldest first."""
        with self._lock:
            return [r for r in self._requests if marker in json.dumps(r.get("messages"), ensure_ascii=False)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    script: ClassVar[Script]

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: prompts are nobody's log line."""

    def _send(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _json(self, body: Any, status: int = 200) -> None:
        self._send(status, json.dumps(body).encode())

    def _error(self, status: int, sentence: str) -> None:
        kind = "invalid_request_error" if status < 500 else "server_error"
        self._json({"error": {"message": sentence, "type": kind, "param": None, "code": None}}, status)

    def do_GET(self) -> None:
        """GET /v1/models, /v1/models/{id}."""
        models = [{"id": name, "object": "model", "created": 1700000000, "owned_by": "script"} for name in MODELS]
        match self.path.split("?")[0].rstrip("/").removeprefix("/v1").split("/")[1:]:
            case ["models"]:
                self._json({"object": "list", "data": models})
            case ["models", name] if name in MODELS:
                self._json(next(model for model in models if model["id"] == name))
            case _:
                self._error(404, f"No such page: {self.path}")

    def do_POST(self) -> None:
        """POST /v1/chat/completions, /v1/embeddings, and the script's own /script and /requests."""
        request: JSON = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        match self.path.removeprefix("/v1"):
            case "/chat/completions":
                self._complete(request, self.script.answer(request))
            case "/embeddings":
                self._json(embeddings_body(request))
            case "/script":
                self.script.program(request["marker"], [Answer.from_json(a) for a in request["answers"]])
                self._json({})
            case "/open":
                self.script.gate(request["gate"]).set()
                self._json({})
            case "/requests":
                self._json(self.script.requests(request["marker"]))
            case _:
                self._error(404, f"No such page: {self.path}")

    def _complete(self, request: JSON, answer: Answer) -> None:
        if answer.gate:
            self.script.gate(answer.gate).wait(HANG_SECONDS)
        if answer.hang or answer.delay:
            self.script.stopped.wait(HANG_SECONDS if answer.hang else answer.delay)
        if answer.hang:
            self.close_connection = True
        elif answer.raw is not None:
            self._send(answer.status, answer.raw.encode())
        elif answer.status != 200:
            self._error(answer.status, answer.content or "Scripted error")
        elif request.get("stream"):
            chunks = list(stream_chunks(request, completion_body(request, answer)))
            lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
            self._send(200, lines.encode(), "text/event-stream")
        else:
            self._json(completion_body(request, answer))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class ModelScript:
    """Programs an endpoint over HTTP, wherever it runs. `url` ends in /v1."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def _post(self, path: str, body: JSON) -> Any:
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def program(self, marker: str, *answers: Answer) -> None:
        """Queue answers for conversations that hold `marker`; with no answers, forget those still queued."""
        self._post("/script", {"marker": marker, "answers": [asdict(answer) for answer in answers]})

    def open(self, gate: str) -> None:
        """Let the answers go that wait at `gate`, now and from now on."""
        self._post("/open", {"gate": gate})

    def requests(self, marker: str = "") -> list[JSON]:
        """The chat requests so far whose messages hold `marker`, oldest first."""
        return cast("list[JSON]", self._post("/requests", {"marker": marker}))


class ModelEndpoint(ModelScript):
    """The endpoint in this process, in threads."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._script = Script()
        handler = type("Handler", (_Handler,), {"script": self._script})
        self._server = _Server((host, port), handler)
        super().__init__(f"http://{host}:{self._server.server_address[1]}/v1")
        self._thread = threading.Thread(target=self._server.serve_forever, name="model-endpoint", daemon=True)

    def start(self) -> ModelEndpoint:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Let go of hanging requests and close the port."""
        self._script.stop()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@contextmanager
def running_endpoint(host: str = "127.0.0.1", port: int = 0) -> Iterator[ModelEndpoint]:
    """A started endpoint that is stopped at the end."""
    endpoint = ModelEndpoint(host, port).start()
    try:
        yield endpoint
    finally:
        endpoint.stop()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible model endpoint.")
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with running_endpoint(port=port) as endpoint:
        print(f"model endpoint {endpoint.url}", flush=True)
        done.wait()


if __name__ == "__main__":
    main()
