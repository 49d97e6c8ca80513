"""Which pages are measured, and which statements each of them asks the database."""

import random
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from subjects.models import Message, Subject
from tests.bench.page_seed import RANKS, Words, heavy_place, order_number, subject_pk
from tests.bench.page_turns import EMPTY

WARM_UP = 5
GOOD = (200, 403)


def sign_in() -> str:
    """The session of a person of support."""
    person, _ = User.objects.get_or_create(email="bench@example.com", defaults={"name": "Bench", "role": Role.SUPPORT})
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    return client.cookies["memory_ui_session"].value


def pages(subjects: int, number: int) -> dict[str, list[str]]:
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
    keys = Message.objects.filter(subject=heavy).order_by("-id").values_list("id", flat=True)[50 : 50 * number : 50]
    last = Subject.objects.aggregate(last=Max("last_learned_at"))["last"]
    lately = [f"{last - timedelta(minutes=10 * n):%Y-%m-%dT%H:%M}Z" for n in range(1, number + 1)]
    long_ago = [f"{now - timedelta(days=700 - n):%Y-%m-%dT%H:%M}" for n in range(number)]
    found = {
        EMPTY: [reverse("settings-detail")] * number,
        "subject list": lists(),
        "list: kind": lists(kind="subject"),
        "list: learned since": [f"/?since={moment}" for moment in lately],
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
        "list: learned long ago": lists(sort="longest"),
        "list: never learned": lists(never="on"),
        "search: id": [f"/search/?q={pk}" for pk in _subject_ids(places)],
        "search: words, one hit": [f"/search/?q={order_number(place)}" for place in places],
        **{f"search: words, {name}": texts("/search/", "q", rank) for name, rank in RANKS.items()},
        "subject": each("subject-detail"),
        "subject, 2,000 messages": [reverse("subject-detail", args=[heavy])] * number,
        "messages": each("message-list"),
        "messages, 2,000": [reverse("message-list", args=[heavy]) + f"?role=user&after={key}" for key in ["", *keys]],
        "messages, 2,000: words": texts(reverse("message-list", args=[heavy]), "text", RANKS["middling"]),
        "runs": [reverse("run-browse")] * number,
        "runs: failed": [reverse("run-browse") + "?state=failed"] * number,
        "overview": [reverse("overview-detail")] * number,
    }
    try:
        found["timeline"] = each("timeline-detail")
    except NoReverseMatch:
        print("  no page timeline-detail yet", flush=True)
    return found


def pages_with_sql(session: str, subjects: int, number: int) -> dict[str, list[tuple[str, list[str]]]]:
    """Of every page that is measured its addresses, each with the statements that it asks the database."""
    here = Client(SERVER_NAME="localhost")
    here.cookies["memory_ui_session"] = session
    offered = {}
    for name, addresses in pages(subjects, number).items():
        for address in addresses[:WARM_UP]:
            here.get(address)
        sql = {address: _sql(here, address) for address in dict.fromkeys(addresses)}
        offered[name] = [(address, sql[address]) for address in addresses]
    return offered


def _subject_ids(places: Sequence[int]) -> list[str]:
    known = Subject.objects.in_bulk([subject_pk(place) for place in places])
    return [known[subject_pk(place)].subject_id for place in places]


def _sql(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code in GOOD, (address, response.status_code)
    return [query["sql"] for query in captured.captured_queries]
