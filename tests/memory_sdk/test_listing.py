"""Listing agents while they change, on a server that treats cursors as Letta does: an id it does not know is ignored."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import httpx
import pytest

from memory_sdk import Agents, Unavailable
from tests.memory_sdk.wire import Recording, answering

BEGIN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Crowd:
    """Agents a0 to a5, a5 the last active, listed by their last activity."""

    def __init__(self) -> None:
        self.active = {f"a{number}": BEGIN + timedelta(minutes=number) for number in range(6)}
        self.wire: Recording = answering(self.answer)
        self.agents = Agents("key", "http://letta.example", transport=self.wire)

    def answer(self, request: httpx.Request) -> httpx.Response:
        order = sorted(self.active, key=lambda name: self.active[name], reverse=True)
        after = request.url.params.get("after")
        start = order.index(after) + 1 if after in self.active else 0
        rows = order[start : start + int(request.url.params["limit"])]
        return httpx.Response(200, json=[self.shape(name) for name in rows])

    def shape(self, name: str) -> dict[str, object]:
        return {
            "id": name,
            "name": f"subconscious_agent_user_{name}",
            "tags": [name, "ai-memory-sdk"],
            "created_at": BEGIN.isoformat(),
            "updated_at": self.active[name].isoformat(),
        }


def test_a_page_is_fetched_when_it_is_needed_and_not_before() -> None:
    crowd = Crowd()
    listed = crowd.agents.iter_agents(page_size=2)
    assert crowd.wire.requests == []
    assert [agent.id for agent in islice(listed, 3)] == ["a5", "a4", "a3"]
    assert len(crowd.wire.requests) == 2
    assert [agent.id for agent in listed] == ["a2", "a1", "a0"]
    assert len(crowd.wire.requests) == 4  # the last one empty: the page before it was full


def test_since_ends_the_list_without_another_page() -> None:
    crowd = Crowd()
    since = BEGIN + timedelta(minutes=3)
    assert [agent.id for agent in crowd.agents.iter_agents(since=since, page_size=4)] == ["a5", "a4", "a3"]
    assert len(crowd.wire.requests) == 1


def test_it_goes_on_where_it_was_when_the_last_agent_seen_is_deleted() -> None:
    crowd = Crowd()
    listed = crowd.agents.iter_agents(page_size=2)
    seen = [agent.id for agent in islice(listed, 4)]
    del crowd.active["a2"]
    assert seen + [agent.id for agent in listed] == ["a5", "a4", "a3", "a2", "a1", "a0"]


def test_it_goes_on_where_it_was_when_the_last_agent_seen_becomes_active() -> None:
    crowd = Crowd()
    listed = crowd.agents.iter_agents(page_size=2)
    seen = [agent.id for agent in islice(listed, 4)]
    crowd.active["a2"] = BEGIN + timedelta(hours=1)
    assert seen + [agent.id for agent in listed] == ["a5", "a4", "a3", "a2", "a1", "a0"]


def test_it_says_so_when_it_lost_its_place() -> None:
    crowd = Crowd()
    listed = crowd.agents.iter_agents(page_size=2)
    assert len(list(islice(listed, 4))) == 4
    del crowd.active["a3"], crowd.active["a2"]
    with pytest.raises(Unavailable, match="list them again"):
        next(listed)
