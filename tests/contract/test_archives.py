"""archives: made, changed, attached and deleted, with passages in them."""

import httpx
import pytest
from letta_client import ConflictError, Letta

from tests.contract.paging import walked
from tests.contract.scripted import Scripted, unique


def test_archive_retrieve_update_delete(letta: Letta, http: httpx.Client, scripted: Scripted) -> None:
    agent = scripted.agent()
    passage = letta.agents.passages.create(agent.id, text="kept here")[0]
    archive_id = str(passage.archive_id)
    assert letta.archives.retrieve(archive_id).id == archive_id
    assert [a.id for a in letta.archives.list(agent_id=agent.id)] == [archive_id]
    name = unique("renamed")
    assert letta.archives.update(archive_id, name=name, description="d").name == name
    assert [a.description for a in letta.archives.list(name=name)] == ["d"]
    letta.agents.delete(agent.id)
    assert letta.archives.retrieve(archive_id).name == name
    response = http.delete(f"/v1/archives/{archive_id}")
    assert (response.status_code, response.content) == (204, b"")
    assert http.delete(f"/v1/archives/{archive_id}").status_code == 404
    assert letta.archives.list(name=name).items == []


def test_archives_can_be_made_alone_and_are_paged(letta: Letta) -> None:
    name = unique("alone")
    ids = [letta.archives.create(name=name, description=str(i)).id for i in range(5)]
    for order, expected in (("asc", [0, 1, 2, 3, 4]), ("desc", [4, 3, 2, 1, 0])):
        page = letta.archives.list(name=name, order=order, limit=2)  # type: ignore[arg-type]
        assert walked(page, lambda archive: ids.index(archive.id)) == expected
    assert [ids.index(a.id) for a in letta.archives.list(name=name)] == [4, 3, 2, 1, 0]


def test_many_passages_in_one_request(letta: Letta, scripted: Scripted) -> None:
    """How N messages are stored with fewer than N requests."""
    agent = scripted.agent()
    archive_id = str(letta.agents.passages.create(agent.id, text="zero")[0].archive_id)
    made = letta.archives.passages.create_many(
        archive_id, passages=[{"text": f"Nr {i}", "tags": ["user"], "metadata": {"i": i}} for i in range(20)]
    )
    assert [p.text for p in made] == [f"Nr {i}" for i in range(20)]
    assert made[7].tags == ["user"]
    assert made[7].metadata == {"i": 7}
    assert sorted(p.text for p in letta.agents.passages.list(agent.id)) == sorted(["zero", *[f"Nr {i}" for i in range(20)]])
    assert letta.agents.passages.search(agent.id, query="Nr 13", tags=["user"], top_k=30).count >= 1


def test_one_passage_in_an_archive(letta: Letta, http: httpx.Client, scripted: Scripted) -> None:
    agent = scripted.agent()
    archive_id = str(letta.agents.passages.create(agent.id, text="zero")[0].archive_id)
    passage = letta.archives.passages.create(archive_id, text="one", tags=["t"], metadata={"k": "v"})
    assert (passage.text, passage.tags, passage.metadata) == ("one", ["t"], {"k": "v"})
    path = f"/v1/archives/{archive_id}/passages/{passage.id}"
    assert http.delete(path).status_code == 204
    assert http.delete(path).status_code == 404
    assert [p.text for p in letta.agents.passages.list(agent.id)] == ["zero"]


def test_attach_an_archive(letta: Letta, scripted: Scripted) -> None:
    archive = letta.archives.create(name=unique("shelf"), embedding=scripted.target.embedding)
    agent, second = scripted.agent(), letta.archives.create(name=unique("second"), embedding=scripted.target.embedding)
    letta.agents.archives.attach(archive.id, agent_id=agent.id)
    assert letta.agents.passages.create(agent.id, text="into it")[0].archive_id == archive.id
    with pytest.raises(ConflictError):
        letta.agents.archives.attach(second.id, agent_id=agent.id)
    letta.agents.archives.detach(archive.id, agent_id=agent.id)
    assert letta.agents.passages.list(agent.id) == []
    assert letta.archives.retrieve(archive.id).id == archive.id
