"""agents.blocks: list, retrieve, update, attach, detach."""

import httpx
import pytest
from letta_client import ConflictError, Letta, NotFoundError

from tests.contract.paging import pages, walked
from tests.contract.scripted import Scripted
from tests.contract.targets import Target

NO_AGENT = "agent-00000000-0000-4000-8000-000000000000"
NO_BLOCK = "block-00000000-0000-4000-8000-000000000000"


def test_retrieve_by_label(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    block = letta.agents.blocks.retrieve("human", agent_id=agent.id)
    assert block.to_dict() == next(b for b in agent.blocks if b.label == "human").to_dict()
    assert (block.value, block.limit, block.description) == ("Name: Ann\nCity: Bern", 60, "About the person")


@pytest.mark.parametrize("label", ["with space", "ümlaut", "dotted.name", "under_score-dash"])
def test_labels_that_need_care_in_a_path(letta: Letta, scripted: Scripted, label: str) -> None:
    agent = scripted.agent(memory_blocks=[{"label": label, "value": "v"}])
    assert letta.agents.blocks.retrieve(label, agent_id=agent.id).label == label
    assert letta.agents.blocks.update(label, agent_id=agent.id, value="w").value == "w"


def test_update_by_label_changes_what_it_names(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    changed = letta.agents.blocks.update("human", agent_id=agent.id, value="Name: Bea", limit=99)
    assert (changed.value, changed.limit, changed.description) == ("Name: Bea", 99, "About the person")
    assert letta.blocks.retrieve(changed.id).value == "Name: Bea"
    assert scripted.values(agent.id) == {"human": "Name: Bea", "rules": "fixed"}


def test_read_only_stops_the_agent_and_not_the_api(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    assert letta.agents.blocks.update("rules", agent_id=agent.id, value="by a person").value == "by a person"


def test_a_shared_block_is_one_block(letta: Letta, scripted: Scripted) -> None:
    block = letta.blocks.create(label="team", value="v")
    first, second = (scripted.agent(block_ids=[block.id]) for _ in range(2))
    letta.agents.blocks.update("team", agent_id=first.id, value="by the first")
    assert scripted.values(second.id)["team"] == "by the first"


def test_attach_and_detach(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    block = letta.blocks.create(label="extra", value="v")
    attached = letta.agents.blocks.attach(block.id, agent_id=agent.id)
    assert attached.id == agent.id
    assert {b.label for b in attached.blocks} == {"human", "rules", "extra"}
    again = letta.agents.blocks.attach(block.id, agent_id=agent.id)
    assert len(again.blocks) == 3
    assert [a.id for a in letta.blocks.agents.list(block.id)] == [agent.id]
    detached = letta.agents.blocks.detach(block.id, agent_id=agent.id)
    assert {b.label for b in detached.blocks} == {"human", "rules"}
    assert letta.blocks.retrieve(block.id).value == "v"
    with pytest.raises(NotFoundError):
        letta.agents.blocks.detach(block.id, agent_id=agent.id)


def test_a_label_stands_once_in_an_agent(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    other = letta.blocks.create(label="human", value="another")
    with pytest.raises(ConflictError):
        letta.agents.blocks.attach(other.id, agent_id=agent.id)
    with pytest.raises(ConflictError):
        letta.agents.blocks.update("rules", agent_id=agent.id, label="human")
    assert scripted.values(agent.id) == {"human": "Name: Ann\nCity: Bern", "rules": "fixed"}


def test_a_shared_block_cannot_take_a_label_that_one_of_its_agents_has(letta: Letta, scripted: Scripted) -> None:
    block = letta.blocks.create(label="free", value="v")
    scripted.agent(block_ids=[block.id])
    with pytest.raises(ConflictError):
        letta.blocks.update(block.id, label="human")
    assert letta.blocks.retrieve(block.id).label == "free"


def test_rename(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    letta.agents.blocks.update("human", agent_id=agent.id, label="person")
    assert set(scripted.values(agent.id)) == {"person", "rules"}
    with pytest.raises(NotFoundError):
        letta.agents.blocks.retrieve("human", agent_id=agent.id)


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_following_pages_loses_nothing(letta: Letta, scripted: Scripted, target: Target, order: str, limit: int) -> None:
    labels = [f"part{i}" for i in range(5)]
    agent = scripted.agent(memory_blocks=[{"label": label, "value": "v"} for label in labels])
    page = letta.agents.blocks.list(agent.id, order=order, limit=limit)  # type: ignore[arg-type]
    found = walked(page, lambda block: labels.index(block.label))
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert all(len(items) <= limit for items in pages(page))
    if target.expect("blocks-of-agent-order", engine=True, letta=False):
        assert found == sorted(found, reverse=order == "desc")
        assert [labels.index(str(b.label)) for b in letta.agents.blocks.list(agent.id)] == [4, 3, 2, 1, 0]


def test_unknown_labels_blocks_and_agents(http: httpx.Client, letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    block = letta.blocks.create(label="x", value="v")
    blocks = f"/v1/agents/{agent.id}/core-memory/blocks"
    for method, path in (
        ("GET", f"{blocks}/none"),
        ("PATCH", f"{blocks}/none"),
        ("PATCH", f"{blocks}/attach/{NO_BLOCK}"),
        ("PATCH", f"{blocks}/detach/{NO_BLOCK}"),
        ("GET", f"/v1/agents/{NO_AGENT}/core-memory/blocks"),
        ("GET", f"/v1/agents/{NO_AGENT}/core-memory/blocks/human"),
        ("PATCH", f"/v1/agents/{NO_AGENT}/core-memory/blocks/attach/{block.id}"),
        ("PATCH", f"/v1/agents/{NO_AGENT}/core-memory/blocks/detach/{block.id}"),
    ):
        response = http.request(method, path, json={"value": "v"} if method == "PATCH" else None)
        assert response.status_code == 404, (method, path)
        assert isinstance(response.json()["detail"], str)
    assert http.patch(f"{blocks}/attach/nonsense").status_code == 422
