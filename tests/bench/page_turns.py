"""The times of each page over HTTP and of its bare SQL through psycopg, at every size by turns.

By turns, so that whatever else the machine does falls on all sizes and on the SQL alike. Every address is opened once
before: what is timed comes from memory at either size.
"""

import math
import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import psycopg

ROUNDS = 5
"""times that each address is asked: of fewer times a 95th percentile is what two or three late answers make it"""
EMPTY = "nothing but the frame"
"""The page that says who may see the settings: what any page costs here before it shows anything."""

Times = dict[str, float]


class _Side:
    """One size: its web server and its database."""

    def __init__(self, side: dict[str, Any], stack: ExitStack) -> None:
        self.pages: dict[str, list[tuple[str, list[str]]]] = side["pages"]
        # The plainest client there is: what it takes itself is none of the page's time.
        self._web = stack.enter_context(closing(HTTPConnection(urlsplit(side["site"]).netloc, timeout=60)))
        # Both cookies, as a browser has them from its second page on.
        cookies = f"memory_ui_session={side['session']}; memory_ui_csrf={secrets.token_hex(16)}"
        self._headers = {"Cookie": cookies, "Accept-Encoding": "gzip"}
        self._bare = stack.enter_context(psycopg.connect(side["database"], autocommit=True))

    def get(self, address: str) -> float:
        """Milliseconds until the whole page is there."""
        begun = time.perf_counter()
        self._web.request("GET", address, headers=self._headers)
        response = self._web.getresponse()
        response.read()
        assert response.status in (200, 403), (address, response.status)
        return (time.perf_counter() - begun) * 1000

    def replay(self, statements: Sequence[str]) -> float:
        """Milliseconds until all rows are there."""
        begun = time.perf_counter()
        for statement in statements:
            cursor = self._bare.execute(statement.encode())
            if cursor.description:
                cursor.fetchall()
        return (time.perf_counter() - begun) * 1000


def measure(sides: Sequence[dict[str, Any]], only: str = "") -> list[dict[str, Times]]:
    """For each side, of each page whose name has `only` in it: p50 and p95 of page and SQL in ms, and its queries."""
    results: list[dict[str, Times]] = [{} for _ in sides]
    with ExitStack() as stack:
        opened = [_Side(side, stack) for side in sides]
        for name in [name for name in opened[0].pages if only in name]:
            for result, times in zip(results, _by_turns(opened, name), strict=True):
                result[name] = times
    return results


def _by_turns(sides: Sequence[_Side], name: str) -> list[Times]:
    whole: list[list[float]] = [[] for _ in sides]
    sql: list[list[float]] = [[] for _ in sides]
    for side in sides:
        for address, _statements in side.pages[name]:
            side.get(address)
    for turn in range(len(sides[0].pages[name]) * ROUNDS):
        for place, side in enumerate(sides):
            address, statements = side.pages[name][turn % len(side.pages[name])]
            whole[place].append(side.get(address))
            sql[place].append(side.replay(statements))
    return [
        {
            "p50": percentile(whole[place], 50),
            "p95": percentile(whole[place], 95),
            "sql50": percentile(sql[place], 50),
            "sql95": percentile(sql[place], 95),
            "queries": max(len(statements) for _address, statements in side.pages[name]),
        }
        for place, side in enumerate(sides)
    ]


def percentile(times: Sequence[float], share: int) -> float:
    """The time that `share` per cent of `times` do not exceed."""
    return sorted(times)[max(0, math.ceil(len(times) * share / 100) - 1)]
