"""agents.list: filters, order, cursors, include."""

import time
from dataclasses import dataclass

import httpx
import pytest
from letta_client import Letta

from tests.contract.paging import pages, walked
from tests.contract.scripted import Scripted, unique
from tests.contract.targets import Target
from tests.model_answers import finish


@dataclass(frozen=True)
class Crowd:
    """Seven agents of one tag; `ids` in the order they were made."""

    tag: str
    ids: list[str]

    def places(self, page: object) -> list[int]:
        """The agents of a walk through all pages, as their places in `ids`."""
        return walked(page, lambda agent: self.ids.index(agent.id))


@pytest.fixture(scope="module")
def crowd(scripted: Scripted) -> Crowd:
    tag = unique("crowd")
    ids = [
        scripted.agent(name=f"{tag} Nr {i}", tags=[tag, f"{tag}-{'odd' if i % 2 else 'even'}"], memory_blocks=[]).id
        for i in range(7)
    ]
    return Crowd(tag, ids)


def test_newest_first_by_default(letta: Letta, crowd: Crowd) -> None:
    assert crowd.places(letta.agents.list(tags=[crowd.tag])) == [6, 5, 4, 3, 2, 1, 0]


def test_oldest_first(letta: Letta, crowd: Crowd) -> None:
    assert crowd.places(letta.agents.list(tags=[crowd.tag], order="asc")) == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_following_pages_loses_nothing(letta: Letta, crowd: Crowd, order: str, limit: int) -> None:
    page = letta.agents.list(tags=[crowd.tag], order=order, limit=limit)  # type: ignore[arg-type]
    expected = list(range(7)) if order == "asc" else list(range(6, -1, -1))
    assert crowd.places(page) == expected
    assert [a.id for a in page] == [crowd.ids[i] for i in expected]  # iteration follows the pages too
    assert all(len(items) <= limit for items in pages(page))


def test_pages_backwards_from_a_cursor(letta: Letta, crowd: Crowd, target: Target) -> None:
    page = letta.agents.list(tags=[crowd.tag], order="asc", limit=2, before=crowd.ids[5])
    assert [[crowd.ids.index(a.id) for a in items] for items in pages(page)] == target.expect(
        "before-cursor", engine=[[3, 4], [1, 2], [0]], letta=[[0, 1]]
    )


def test_the_default_page_has_fifty(letta: Letta, scripted: Scripted) -> None:
    tag = unique("many")
    for _ in range(51):
        scripted.agent(tags=[tag], memory_blocks=[], include_base_tools=False)
    page = letta.agents.list(tags=[tag])
    assert len(page.items) == 50
    assert len(list(page)) == 51


def test_any_tag_or_all_tags(letta: Letta, crowd: Crowd) -> None:
    even, odd = f"{crowd.tag}-even", f"{crowd.tag}-odd"
    assert crowd.places(letta.agents.list(tags=[even])) == [6, 4, 2, 0]
    assert crowd.places(letta.agents.list(tags=[even, odd])) == [6, 5, 4, 3, 2, 1, 0]
    assert crowd.places(letta.agents.list(tags=[crowd.tag, odd], match_all_tags=True)) == [5, 3, 1]
    assert crowd.places(letta.agents.list(tags=[even, odd], match_all_tags=True)) == []
    assert crowd.places(letta.agents.list(tags=[even, unique("nobody")])) == [6, 4, 2, 0]


def test_by_name(letta: Letta, crowd: Crowd) -> None:
    assert crowd.places(letta.agents.list(name=f"{crowd.tag} Nr 3")) == [3]
    assert crowd.places(letta.agents.list(name=crowd.tag)) == []


def test_query_text_is_a_part_of_the_name_in_any_case(letta: Letta, crowd: Crowd, target: Target) -> None:
    assert len(crowd.places(letta.agents.list(query_text=crowd.tag))) == 7
    assert crowd.places(letta.agents.list(query_text=f"{crowd.tag.upper()} nR 4")) == [4]
    wild = crowd.places(letta.agents.list(query_text=f"{crowd.tag}%4"))
    assert wild == target.expect("query-wildcards", engine=[], letta=[4])


def test_filters_work_together(letta: Letta, crowd: Crowd) -> None:
    assert crowd.places(letta.agents.list(tags=[f"{crowd.tag}-odd"], query_text="Nr 3", limit=1)) == [3]


def test_by_how_the_last_run_ended(letta: Letta, scripted: Scripted) -> None:
    tag = unique("ended")
    ids = [scripted.agent(tags=[tag]).id for _ in range(3)]
    scripted.learn(ids[1], finish())
    wait = time.monotonic() + 5  # the real server notes it a moment after the run
    while not (found := letta.agents.list(tags=[tag], last_stop_reason="tool_rule").items) and time.monotonic() < wait:
        time.sleep(0.05)
    assert [a.id for a in found] == [ids[1]]
    assert letta.agents.list(tags=[tag], last_stop_reason="max_steps").items == []


def test_hidden_agents_are_listed_only_when_asked_for(letta: Letta, http: httpx.Client, scripted: Scripted) -> None:
    tag = unique("hidden")
    agent = scripted.agent(tags=[tag], hidden=True)
    assert letta.agents.list(tags=[tag]).items == []
    shown = http.get("/v1/agents/", params={"tags": [tag], "show_hidden_agents": True}).json()
    assert [a["id"] for a in shown] == [agent.id]
    assert letta.agents.retrieve(agent.id).hidden is True


def test_by_last_change(letta: Letta, scripted: Scripted) -> None:
    tag = unique("changed")
    ids = [scripted.agent(tags=[tag]).id for _ in range(4)]
    letta.agents.update(ids[1], description="changed")
    changed = letta.agents.list(tags=[tag], order_by="updated_at", limit=2)
    assert walked(changed, lambda a: ids.index(a.id)) == [1, 3, 2, 0]
    rising = letta.agents.list(tags=[tag], order_by="updated_at", order="asc", limit=2)
    assert walked(rising, lambda a: ids.index(a.id)) == [0, 2, 3, 1]


def test_by_last_run_every_agent_comes_once(letta: Letta, scripted: Scripted, target: Target) -> None:
    tag = unique("ran")
    ids = [scripted.agent(tags=[tag]).id for _ in range(5)]
    for i in (3, 1):
        scripted.learn(ids[i], finish())
    page = letta.agents.list(tags=[tag], order_by="last_run_completion", limit=2)
    places = walked(page, lambda a: ids.index(a.id))
    assert sorted(places) == [0, 1, 2, 3, 4]
    ran = letta.agents.retrieve(ids[1]).last_run_completion
    assert (ran is not None) is target.expect("last-run", engine=True, letta=False)
    if target.name == "engine":
        assert places[:2] == [1, 3]  # the last to run first, those that never ran at the end


def test_include_in_lists(letta: Letta, crowd: Crowd) -> None:
    bare = letta.agents.list(tags=[crowd.tag], limit=1).items[0]
    assert (bare.tags, bare.blocks, bare.tools) == ([], [], [])
    full = letta.agents.list(tags=[crowd.tag], limit=1, include=["agent.tags", "agent.tools"]).items[0]
    assert sorted(full.tags) == [crowd.tag, f"{crowd.tag}-even"]
    assert len(full.tools) == 4


def test_nothing_found_is_an_empty_page(letta: Letta) -> None:
    page = letta.agents.list(tags=[unique("nobody")])
    assert page.items == []
    assert not page.has_next_page()
    assert list(page) == []


def test_bad_parameters_are_refused(http: httpx.Client) -> None:
    for bad in (
        {"order": "up"},
        {"order_by": "name"},
        {"limit": "many"},
        {"include": "tags"},
        {"last_stop_reason": "bored"},
    ):
        assert http.get("/v1/agents/", params=bad).status_code == 422, bad


def test_a_negative_limit(http: httpx.Client, target: Target) -> None:
    response = http.get("/v1/agents/", params={"limit": -1})
    assert response.status_code == target.expect("negative-limit", engine=422, letta=500)


def test_count(http: httpx.Client, crowd: Crowd) -> None:
    response = http.get("/v1/agents/count", params={"tags": [crowd.tag]})
    assert (response.status_code, response.json()) == (200, 7)
