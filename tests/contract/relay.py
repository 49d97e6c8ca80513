"""Hands every HTTP request it gets to the engine's in-process transport, and the answer back.

So the same suite, over the same wire, shows what the transport does to each request and response. Runs as a program,
because the engine answers on the database of its process: `python -m tests.contract.relay --port 8290`. The transport
knows no keys, so the relay asks for the one in ENGINE_API_KEY, as the web server does.
"""

import argparse
import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import django
import httpx

# Of one connection only; the relay writes its own.
HOP = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}


class Relay(BaseHTTPRequestHandler):
    """One thread a connection, and in it one client on one transport, as a program would have them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        from engine.transport import EngineTransport

        super().setup()
        self.client = httpx.Client(transport=EngineTransport(), base_url="http://engine.local")

    def finish(self) -> None:
        from django.db import connections

        self.client.close()
        connections.close_all()
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: paths may hold labels."""

    def relay(self) -> None:
        """Answer this request with the transport's answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key: value for key, value in self.headers.items() if key.lower() not in HOP}
        known = self.headers.get("Authorization") == f"Bearer {os.environ['ENGINE_API_KEY']}"
        if known or self.path.startswith("/v1/health"):
            answer = self.client.request(self.command, self.path, content=body, headers=headers)
            status, content, given = answer.status_code, answer.content, dict(answer.headers)
        else:
            status, content, given = 401, json.dumps({"detail": "Unauthorized"}).encode(), {}
        self.send_response(status)
        for key, value in given.items():
            if key.lower() not in HOP:
                self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = relay


def main() -> None:
    """Relay until interrupted."""
    parser = argparse.ArgumentParser(description="HTTP in front of the engine's in-process transport.")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    django.setup()
    server = ThreadingHTTPServer(("127.0.0.1", port), Relay)
    server.daemon_threads = True
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    main()
