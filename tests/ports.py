"""Ports for servers that tests start: none is given twice in a run, on however many cores it runs."""

import os
import random
import socket
from collections.abc import Iterator

# Below those that the system gives to connections, any of which could take a port before its server does.
RANGE = range(12_000, 32_000)


def _in_turn() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ours = RANGE[worker :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    # Another run on this machine begins somewhere else.
    place = random.randrange(len(ours))
    while True:
        yield ours[place % len(ours)]
        place += 1


_PORTS = _in_turn()


def free_port(wanted: int = 0) -> int:
    """A TCP port on loopback that nobody listens on: the wanted one, or OSError; 0: any."""
    for port in [wanted] if wanted else _PORTS:
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                return port
        except OSError:
            if wanted:
                raise
    raise AssertionError("it goes round for ever")
