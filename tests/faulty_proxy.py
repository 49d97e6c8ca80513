"""A real HTTP proxy that misbehaves on request: Letta being slow, down, wrong, or silent after it did the work."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Trouble = Literal[
    "refuse",
    "lose_answer",
    "silent",  # takes the request, and never answers
    "silent_after",  # does what it is asked, and never answers
    "error_500",
    "busy_429",
    "not_found_404",
    "unauthorized_401",
    "conflict_409",
    "refused_422",
]
LONGEST_SILENCE = 60  # seconds; nobody should wait for its end

_STATUS: dict[str, int] = {
    "error_500": 500,
    "busy_429": 429,
    "not_found_404": 404,
    "unauthorized_401": 401,
    "conflict_409": 409,
    "refused_422": 422,
}


@dataclass
class Fault:
    """The next `times` requests whose method is `method` and whose path contains `path` meet `trouble`."""

    method: str
    path: str
    trouble: Trouble
    times: int = 1
    retry_after: str = ""
    """The header of that name, for busy_429."""


@dataclass
class FaultyProxy:
    """Forwards everything to `target`, but for the faults it was told. Use as a context manager."""

    target: str
    faults: list[Fault] = field(default_factory=list)
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What happens, once each, at the very moment before a request arrives, and after it was answered; by the request's
    beginning, for example "PATCH /v1/blocks" and "after PATCH /v1/blocks"."""
    seen: list[str] = field(default_factory=list)
    """Method and path (ids included, no query) of each request, in order."""

    def __enter__(self) -> "FaultyProxy":
        proxy = self
        self._over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                proxy.seen.append(f"{self.command} {urlsplit(self.path).path}")
                fault = proxy._fault(self.command, self.path)
                trouble = fault.trouble if fault else None
                if trouble == "silent":
                    proxy._over.wait(LONGEST_SILENCE)
                if trouble in ("refuse", "silent"):
                    self.close_connection = True
                    self.connection.close()
                    return
                if fault and trouble in _STATUS:
                    body = b'{"detail": "trouble on request"}'
                    self._answer(_STATUS[trouble], body, "application/json", fault.retry_after)
                    return
                proxy._let_happen(f"{self.command} {self.path}")
                status, answer, kind = self._forward(body)
                proxy._let_happen(f"after {self.command} {self.path}")
                if trouble == "silent_after":
                    proxy._over.wait(LONGEST_SILENCE)
                if trouble in ("lose_answer", "silent_after"):
                    self.close_connection = True
                    self.connection.close()
                    return
                self._answer(status, answer, kind)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one

            def _forward(self, body: bytes | None) -> tuple[int, bytes, str]:
                headers = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() not in ("host", "connection", "content-length", "accept-encoding")
                }
                request = urllib.request.Request(proxy.target + self.path, body, headers, method=self.command)
                try:
                    with urllib.request.urlopen(request, timeout=30) as answer:
                        return answer.status, answer.read(), answer.headers.get("Content-Type", "")
                except urllib.error.HTTPError as error:
                    return error.code, error.read(), error.headers.get("Content-Type", "")

            def _answer(self, status: int, body: bytes, kind: str, retry_after: str = "") -> None:
                self.send_response(status)
                if retry_after:
                    self.send_header("Retry-After", retry_after)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method == method and fault.path in path:
                fault.times -= 1
                return fault
        return None

    def _let_happen(self, moment: str) -> None:
        for beginning in [one for one in self.meanwhile if moment.startswith(one)]:
            self.meanwhile.pop(beginning)()

    def count(self, method: str, part: str) -> int:
        """How many requests of `method` had `part` in their path."""
        return sum(line.startswith(f"{method} ") and part in line for line in self.seen)
