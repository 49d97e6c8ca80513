"""blocks.create, retrieve, update, delete, list and blocks.agents."""

import re
from dataclasses import dataclass

import httpx
import pytest
from letta_client import Letta, NotFoundError

from tests.contract.paging import pages, walked
from tests.contract.scripted import Scripted, unique
from tests.contract.targets import Target

UNKNOWN = "block-00000000-0000-4000-8000-000000000000"
ID = re.compile(r"^block-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

BLOCK = {
    "value": "hello", "limit": 100000, "project_id": None, "template_name": None, "is_template": False,
    "template_id": None, "base_template_id": None, "deployment_id": None, "entity_id": None,
    "preserve_on_migration": False, "label": "note", "read_only": False, "description": None, "metadata": {},
    "hidden": None, "created_by_id": None, "last_updated_by_id": None, "tags": [],
}  # fmt: skip


def test_a_new_block_has_every_field_and_default_of_letta(http: httpx.Client) -> None:
    response = http.post("/v1/blocks/", json={"label": "note", "value": "hello"})
    assert response.status_code == 200
    body = response.json()
    assert ID.match(body.pop("id"))
    assert body == BLOCK
    assert http.post("/v1/blocks/", json={"label": "note"}).json()["value"] == ""
    assert http.post("/v1/blocks/", json={"label": "note", "value": None}).json()["value"] == ""


def test_create_keeps_what_it_is_given(letta: Letta) -> None:
    tag = unique("tag")
    made = letta.blocks.create(
        label="persona", value="züri 🐈\nline two", limit=200, description="<b>d</b>", read_only=True,
        metadata={"a": [1, {"b": None}]}, tags=[tag, "z"], hidden=True,
    )  # fmt: skip
    block = letta.blocks.retrieve(made.id)
    assert block == made
    assert (block.label, block.value, block.limit) == ("persona", "züri 🐈\nline two", 200)
    assert (block.description, block.read_only, block.hidden) == ("<b>d</b>", True, True)
    assert block.metadata == {"a": [1, {"b": None}]}
    assert sorted(block.tags or []) == [tag, "z"]


def test_the_api_does_not_enforce_the_limit(letta: Letta) -> None:
    """Only the agent is held to it; a person may exceed it, and is warned by the page."""
    block = letta.blocks.create(label="small", value="x" * 500, limit=10)
    assert len(letta.blocks.retrieve(block.id).value) == 500
    assert len(letta.blocks.update(block.id, value="y" * 600).value) == 600


def test_a_zero_character_is_dropped(letta: Letta) -> None:
    assert letta.blocks.create(label="zero", value="a\x00b").value == "ab"


def test_a_large_value_survives(letta: Letta) -> None:
    text = "wörter und mehr " * 12_500  # 200,000 characters
    block = letta.blocks.create(label="large", value=text, limit=300_000)
    assert letta.blocks.retrieve(block.id).value == text


def test_update_changes_what_it_names_and_nothing_else(letta: Letta) -> None:
    block = letta.blocks.create(label="one", value="v", description="d", limit=50, tags=["a"], metadata={"k": 1})
    assert letta.blocks.update(block.id, value="w").description == "d"
    letta.blocks.update(block.id, label="two", limit=60, read_only=True, metadata={"k": 2}, tags=["b"])
    now = letta.blocks.retrieve(block.id)
    assert (now.label, now.value, now.description, now.limit, now.read_only) == ("two", "w", "d", 60, True)
    assert (now.metadata, now.tags) == ({"k": 2}, ["b"])
    assert letta.blocks.update(block.id, value="").value == ""


def test_null_leaves_a_field_as_it_was(http: httpx.Client, letta: Letta) -> None:
    block = letta.blocks.create(label="keep", value="v", description="d")
    body = http.patch(f"/v1/blocks/{block.id}", json={"value": None, "description": None}).json()
    assert (body["value"], body["description"]) == ("v", "d")
    assert http.patch(f"/v1/blocks/{block.id}", json={}).json()["value"] == "v"


def test_delete(http: httpx.Client, letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    block = letta.agents.blocks.retrieve("human", agent_id=agent.id)
    response = http.delete(f"/v1/blocks/{block.id}")
    assert (response.status_code, response.json()) == (200, None)
    assert http.get(f"/v1/blocks/{block.id}").status_code == 404
    assert http.delete(f"/v1/blocks/{block.id}").status_code == 404
    assert scripted.values(agent.id) == {"rules": "fixed"}


def test_bad_bodies_are_refused(http: httpx.Client, letta: Letta) -> None:
    block = letta.blocks.create(label="b", value="v")
    for body in ({"value": "no label"}, {"label": "b", "limit": "many"}, {"label": 5}, {"label": "b", "tags": "one"}):
        response = http.post("/v1/blocks/", json=body)
        assert response.status_code == 422, body
        assert isinstance(response.json()["detail"], str)
    assert http.patch(f"/v1/blocks/{block.id}", json={"limit": "many"}).status_code == 422
    assert letta.blocks.retrieve(block.id) == block


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_and_malformed_ids(http: httpx.Client, method: str) -> None:
    body = {"value": "v"} if method == "PATCH" else None
    unknown = http.request(method, f"/v1/blocks/{UNKNOWN}", json=body)
    assert unknown.status_code == 404
    assert UNKNOWN in unknown.json()["detail"]
    malformed = http.request(method, "/v1/blocks/nonsense", json=body)
    assert malformed.status_code == 422
    assert "block-{uuid4}" in malformed.json()["detail"]


# -- list -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shelf:
    """Six blocks labelled `<word>-0` to `<word>-5`; `ids` in the order they were made."""

    word: str
    ids: list[str]

    def places(self, page: object) -> list[int]:
        return walked(page, lambda block: self.ids.index(block.id))


@pytest.fixture(scope="module")
def shelf(letta: Letta) -> Shelf:
    word = unique("shelf")
    ids = [
        letta.blocks.create(
            label=f"{word}-{i}",
            value=f"{word} value {i}",
            description=f"{word} is number {i}",
            tags=[word, f"{word}{i % 2}"],
        ).id
        for i in range(6)
    ]
    return Shelf(word, ids)


def test_oldest_first_by_default(letta: Letta, shelf: Shelf) -> None:
    assert shelf.places(letta.blocks.list(label_search=shelf.word)) == [0, 1, 2, 3, 4, 5]
    assert shelf.places(letta.blocks.list(label_search=shelf.word, order="desc")) == [5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("limit", [1, 2, 3, 6])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_following_pages_loses_nothing(letta: Letta, shelf: Shelf, order: str, limit: int) -> None:
    page = letta.blocks.list(label_search=shelf.word, order=order, limit=limit)  # type: ignore[arg-type]
    expected = list(range(6)) if order == "asc" else list(range(5, -1, -1))
    assert shelf.places(page) == expected
    assert len(list(page)) == 6


def test_pages_backwards_from_a_cursor(letta: Letta, shelf: Shelf, target: Target) -> None:
    page = letta.blocks.list(label_search=shelf.word, limit=2, before=shelf.ids[5])
    assert [[shelf.ids.index(b.id) for b in items] for items in pages(page)] == target.expect(
        "before-cursor", engine=[[3, 4], [1, 2], [0]], letta=[[0, 1]]
    )


def test_filters(letta: Letta, shelf: Shelf) -> None:
    word = shelf.word
    assert shelf.places(letta.blocks.list(label=f"{word}-2")) == [2]
    assert letta.blocks.list(label=word).items == []
    assert shelf.places(letta.blocks.list(label_search=f"{word.upper()}-3")) == [3]
    assert shelf.places(letta.blocks.list(value_search=f"{word} VALUE 4")) == [4]
    assert shelf.places(letta.blocks.list(description_search=f"{word} is NUMBER 1")) == [1]
    assert shelf.places(letta.blocks.list(tags=[f"{word}1"])) == [1, 3, 5]
    assert shelf.places(letta.blocks.list(tags=[f"{word}0", f"{word}1"])) == [0, 1, 2, 3, 4, 5]
    assert shelf.places(letta.blocks.list(tags=[word, f"{word}1"], match_all_tags=True)) == [1, 3, 5]
    assert shelf.places(letta.blocks.list(tags=[f"{word}1"], value_search="value 3")) == [3]


def test_by_the_number_of_agents(letta: Letta, scripted: Scripted) -> None:
    """How the leftovers of deleted agents are found."""
    word = unique("counted")
    ids = [letta.blocks.create(label=f"{word}-{i}", value="v").id for i in range(3)]
    scripted.agent(block_ids=ids[1:])
    scripted.agent(block_ids=ids[2:])

    def found(**filters: object) -> list[int]:
        page = letta.blocks.list(label_search=word, **filters)  # type: ignore[arg-type]
        return sorted(ids.index(block.id) for block in page.items)

    assert found(connected_to_agents_count_eq=[0]) == [0]
    assert found(connected_to_agents_count_eq=[0, 2]) == [0, 2]
    assert found(connected_to_agents_count_gt=0) == [1, 2]
    assert found(connected_to_agents_count_lt=2) == [0, 1]
    assert found(connected_to_agents_count_gt=0, connected_to_agents_count_lt=2) == [1]


def test_paging_by_the_number_of_agents_loses_nothing(letta: Letta, target: Target) -> None:
    word = unique("loose")
    ids = [letta.blocks.create(label=f"{word}-{i}", value="v").id for i in range(5)]
    whole = letta.blocks.list(label_search=word, connected_to_agents_count_eq=[0], limit=5).items
    assert sorted(ids.index(block.id) for block in whole) == [0, 1, 2, 3, 4]
    if target.expect("count-paging", engine=True, letta=False):
        page = letta.blocks.list(label_search=word, connected_to_agents_count_eq=[0], limit=2)
        assert walked(page, lambda block: ids.index(block.id)) == [0, 1, 2, 3, 4]


def test_hidden_blocks_are_listed_only_when_asked_for(letta: Letta, http: httpx.Client) -> None:
    word = unique("hidden")
    letta.blocks.create(label=word, value="v", hidden=True)
    assert letta.blocks.list(label=word).items == []
    shown = http.get("/v1/blocks/", params={"label": word, "show_hidden_blocks": True}).json()
    assert [b["label"] for b in shown] == [word]


def test_templates_are_listed_only_when_asked_for(letta: Letta) -> None:
    word = unique("template")
    letta.blocks.create(label=word, value="v", is_template=True, template_name=word)
    assert letta.blocks.list(label=word).items == []
    assert [b.label for b in letta.blocks.list(label=word, templates_only=True)] == [word]
    assert [b.label for b in letta.blocks.list(name=word, templates_only=True)] == [word]


def test_bad_parameters_are_refused(http: httpx.Client, target: Target) -> None:
    for bad in ({"order": "up"}, {"order_by": "label"}, {"limit": "many"}, {"connected_to_agents_count_gt": "few"}):
        assert http.get("/v1/blocks/", params=bad).status_code == 422, bad
    assert http.get("/v1/blocks/", params={"limit": -1}).status_code == target.expect(
        "negative-limit", engine=422, letta=500
    )


# -- blocks.agents --------------------------------------------------------------------------------------------------


def test_agents_of_a_shared_block(letta: Letta, scripted: Scripted) -> None:
    block = letta.blocks.create(label="shared", value="v")
    assert letta.blocks.agents.list(block.id).items == []
    ids = [scripted.agent(block_ids=[block.id], tags=["t"]).id for _ in range(5)]
    for order, expected in (("asc", [0, 1, 2, 3, 4]), ("desc", [4, 3, 2, 1, 0])):
        page = letta.blocks.agents.list(block.id, order=order, limit=2)  # type: ignore[arg-type]
        assert walked(page, lambda agent: ids.index(agent.id)) == expected
    assert [ids.index(a.id) for a in letta.blocks.agents.list(block.id)] == [4, 3, 2, 1, 0]
    assert letta.blocks.agents.list(block.id, limit=1).items[0].tags == []
    assert letta.blocks.agents.list(block.id, limit=1, include=["agent.tags"]).items[0].tags == ["t"]


def test_agents_of_an_unknown_block(letta: Letta, target: Target) -> None:
    if target.expect("agents-of-no-block", engine=404, letta=200) == 404:
        with pytest.raises(NotFoundError):
            letta.blocks.agents.list(UNKNOWN)
    else:
        assert letta.blocks.agents.list(UNKNOWN).items == []
