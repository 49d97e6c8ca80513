"""A scripted OpenAI-compatible model endpoint: the model behind Letta and the engine in tests and benches.

It answers at once. By default it plays a small memory agent: the first call of a run writes the customer's last line
into a block, the second ends the run. A test can program other answers, for the conversations that carry its own
marker word, so several tests can share one endpoint. In process: `ModelEndpoint.start()`; alone:
`python -m tests.model_endpoint --port 8284`. A `ModelScript` programs it over HTTP in both cases.

Wire format: OpenAI's API reference, chat completions, embeddings, models.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket as Socket
from typing import Any, ClassVar, cast

from tests.model_answers import JSON, Answer, policy
from tests.model_wire import MODELS, completion_body, embeddings_body, stream_chunks

HANG_SECONDS = 600.0


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

    def get_request(self) -> tuple[Socket, Any]:
        """Who asks, with the real class of sockets.

        An engine that runs for the whole session may ask while a test runs that may open none, for which `socket.socket`
        raises; that would end this server's thread, and every later test would wait for an answer in vain.
        """
        descriptor, address = self.socket._accept()  # type: ignore[attr-defined]
        return Socket(fileno=descriptor), address


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
