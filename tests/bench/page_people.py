"""Many people at once: each has a run card that polls, and opens a page every five seconds."""

import asyncio
import random
import re
import time
from typing import Any

import httpx

from tests.bench.page_turns import percentile

SECONDS = 30
MOST = 50
PAGE_EVERY = 5.0
POLL_EVERY = 1.0
"""as the run card asks"""
OPENED = ("subject list", "search: id", "subject", "messages", "runs")
ALONE = 100
"""pages opened one after another, to know what is normal"""


def measure(side: dict[str, Any], people: int) -> dict[str, float]:
    """Milliseconds (p95) of pages alone and among `people`, of polls, and how many answers were wrong."""
    mix = [address for name in OPENED for address, _sql in side["pages"][name]]
    random.Random(3).shuffle(mix)
    return asyncio.run(_crowd(side["site"], side["session"], mix, side["cards"][:people]))


def cards() -> list[str]:
    """Addresses of cards of runs that go on, one for each of MOST people. Needs Django."""
    return [f"/runs/{_learning(place * 7)}/" for place in range(MOST)]


def _learning(place: int) -> Any:
    from django.utils import timezone

    from subjects.models import Run
    from tests.bench.page_seed import subject_pk

    run, _ = Run.objects.get_or_create(
        subject_id=subject_pk(place), position=1,
        defaults={"idempotency_key": f"bench-{place}", "source": "typed", "state": "learning", "message_count": 2,
                  "sent_at": timezone.now()},
    )  # fmt: skip
    return run.pk


async def _crowd(site: str, session: str, mix: list[str], cards: list[str]) -> dict[str, float]:
    alone: list[float] = []
    crowded: list[float] = []
    polls: list[float] = []
    wrong: list[str] = []
    limits = httpx.Limits(max_connections=len(cards) * 2)
    async with httpx.AsyncClient(base_url=site, cookies={"memory_ui_session": session}, timeout=30, limits=limits) as client:
        for address in mix[:ALONE]:
            await _timed(client, address, {}, alone, wrong)
        end = time.monotonic() + SECONDS
        await asyncio.gather(
            *(_person(client, mix, card, place / len(cards), end, crowded, polls, wrong) for place, card in enumerate(cards))
        )
    for one in wrong:
        print(f"  wrong: {one}", flush=True)
    return {
        "people": len(cards), "alone": percentile(alone, 95), "crowded": percentile(crowded, 95),
        "polls": percentile(polls, 95), "pages": len(crowded), "asked": len(polls), "wrong": len(wrong),
    }  # fmt: skip


async def _person(
    client: httpx.AsyncClient, mix: list[str], card: str, phase: float, end: float,
    crowded: list[float], polls: list[float], wrong: list[str],
) -> None:  # fmt: skip
    draw = random.Random(card)
    poll = {"HX-Request": "true"}
    first = await client.get(card, headers=poll)
    if first.status_code != 200:
        wrong.append(card)
        return

    async def watch() -> None:
        await asyncio.sleep(phase * POLL_EVERY)
        shown = first.text
        while time.monotonic() < end:
            seen = re.search(r"seen=([0-9a-f]+)", shown)
            answer = await _timed(client, f"{card}?seen={seen[1] if seen else ''}", poll, polls, wrong, good=(200, 204))
            shown = answer or shown  # a card says something new as time goes by
            await asyncio.sleep(POLL_EVERY)

    async def read() -> None:
        await asyncio.sleep(phase * PAGE_EVERY)
        while time.monotonic() < end:
            await _timed(client, draw.choice(mix), {}, crowded, wrong)
            await asyncio.sleep(PAGE_EVERY)

    await asyncio.gather(watch(), read())


async def _timed(
    client: httpx.AsyncClient, address: str, headers: dict[str, str], times: list[float], wrong: list[str],
    good: tuple[int, ...] = (200,),
) -> str:  # fmt: skip
    begun = time.perf_counter()
    try:
        response = await client.get(address, headers=headers)
    except httpx.HTTPError as error:
        wrong.append(f"{address}: {error!r}")
        return ""
    times.append((time.perf_counter() - begun) * 1000)
    if response.status_code not in good:
        wrong.append(f"{address}: {response.status_code}")
    return response.text
