"""What is measured of each page: its time over HTTP, and beside it the time of its bare SQL through psycopg."""

import math
import os
import random
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import psycopg
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from subjects.models import Subject
from tests.bench.page_seed import RANKS, Words, heavy_place, order_number, subject_pk

ADDRESSES = 40
"""of each page, all different: another subject, another word, another place in the list"""
ROUNDS = 2
WARM_UP = 5


def sign_in() -> str:
    """The session of a person of support."""
    person, _ = User.objects.get_or_create(email="bench@example.com", defaults={"name": "Bench", "role": Role.SUPPORT})
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    return client.cookies["memory_ui_session"].value


def pages(subjects: int, number: int = ADDRESSES) -> dict[str, list[str]]:
    """`number` addresses of every page that is measured."""
    draw = random.Random(11)
    places = [draw.randrange(subjects) for _ in range(number)]
    words = Words.make().words
    now = timezone.now()

    def lists(**filters: object) -> list[str]:
        after = ["", *(str(subject_pk(place)) for place in places[1:])]
        return [f"/?{urlencode({**filters, 'after': key})}" for key in after]

    def texts(path: str, name: str, rank: int) -> list[str]:
        return [f"{path}?{urlencode({name: words[rank + place % 10]})}" for place in range(number)]

    def each(name: str) -> list[str]:
        return [reverse(name, args=[subject_pk(place)]) for place in places]

    heavy = subject_pk(heavy_place(subjects))
    yesterday = [f"{now - timedelta(minutes=10 * n):%Y-%m-%dT%H:%M}" for n in range(1, number + 1)]
    long_ago = [f"{now - timedelta(days=700 - n):%Y-%m-%dT%H:%M}" for n in range(number)]
    found = {
        "subject list": lists(),
        "list: kind": lists(kind="subject"),
        "list: learned since": [f"/?since={moment}" for moment in yesterday],
        "list: learned before": [f"/?until={moment}" for moment in long_ago],
        "list: last run failed": lists(failed="on"),
        "list: block, of most": lists(label="human"),
        "list: block, of one in 1,000": lists(label="rare_label"),
        "list: tag, of half": lists(tag="de"),
        "list: tag, of one in 1,000": lists(tag="pilot"),
        "list: tag, of the oldest": lists(tag="legacy"),
        **{f"list: words, {name}": texts("/", "text", rank) for name, rank in RANKS.items()},
        "list: by id": lists(sort="id"),
        "list: by last learned": lists(sort="learned"),
        "search: id": [f"/search/?q={pk}" for pk in _subject_ids(places)],
        "search: words, one hit": [f"/search/?q={order_number(place)}" for place in places],
        **{f"search: words, {name}": texts("/search/", "q", rank) for name, rank in RANKS.items()},
        "subject": each("subject-detail"),
        "subject, 2,000 messages": [reverse("subject-detail", args=[heavy])] * number,
        "messages": each("message-list"),
        "messages, 2,000": [reverse("message-list", args=[heavy]) + "?role=user"] * number,
        "runs": [reverse("run-browse")] * number,
        "runs: failed": [reverse("run-browse") + "?state=failed"] * number,
        "overview": [reverse("overview-detail")] * number,
    }
    try:
        found["timeline"] = each("timeline-detail")
    except NoReverseMatch:
        print("  no page timeline-detail yet", flush=True)
    return found


def measure(site: str, session: str, subjects: int, number: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each page over HTTP and of its SQL alone (p50, p95), and its number of queries."""
    here = Client(SERVER_NAME="localhost")
    here.cookies["memory_ui_session"] = session
    result = {}
    with (
        httpx.Client(base_url=site, cookies={"memory_ui_session": session}, timeout=60) as web,
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as bare,
    ):
        for name, addresses in pages(subjects, number).items():
            statements = {address: _sql(here, address) for address in dict.fromkeys(addresses)}
            for address in addresses[:WARM_UP]:
                _get(web, address)
            whole, sql = [], []
            for address in addresses * ROUNDS:
                whole.append(_get(web, address))
                sql.append(_replay(bare, statements[address]))
            counts = {len(one) for one in statements.values()}
            result[name] = {
                "p50": percentile(whole, 50), "p95": percentile(whole, 95),
                "sql50": percentile(sql, 50), "sql95": percentile(sql, 95), "queries": max(counts),
            }  # fmt: skip
            print(f"  {name}: {result[name]['p95']:.1f} ms, SQL {result[name]['sql95']:.1f} ms", flush=True)
    return result


def percentile(times: Sequence[float], share: int) -> float:
    """The time that `share` per cent of `times` do not exceed."""
    return sorted(times)[max(0, math.ceil(len(times) * share / 100) - 1)]


def _subject_ids(places: Sequence[int]) -> list[str]:
    known = Subject.objects.in_bulk([subject_pk(place) for place in places])
    return [known[subject_pk(place)].subject_id for place in places]


def _sql(client: Client, address: str) -> list[bytes]:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return [query["sql"].encode() for query in captured.captured_queries]


def _get(web: httpx.Client, address: str) -> float:
    begun = time.perf_counter()
    response = web.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return (time.perf_counter() - begun) * 1000


def _replay(bare: psycopg.Connection[Any], statements: Sequence[bytes]) -> float:
    begun = time.perf_counter()
    for statement in statements:
        cursor = bare.execute(statement)
        if cursor.description:
            cursor.fetchall()
    return (time.perf_counter() - begun) * 1000
