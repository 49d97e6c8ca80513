"""Passages through `Agents` on a live server: listed page by page, found, added, deleted."""

import pytest

from memory_sdk import Agents, NewBlock, NotFound, Passage


@pytest.fixture
def agent_id(agents: Agents, subject_id: str) -> str:
    return agents.create_agent(subject_id, [NewBlock("human", "Who they are")]).id


def test_passages_are_listed_oldest_first_and_paged_without_losing_one(agents: Agents, agent_id: str) -> None:
    made = [agents.create_passage(agent_id, f"note {number}", ["a", "b"]) for number in range(5)]
    seen: list[Passage] = []
    while page := agents.list_passages(agent_id, after=seen[-1].id if seen else None, limit=2):
        seen += page
    assert [one.id for one in seen] == [one.id for one in made]
    assert [one.text for one in seen] == [f"note {number}" for number in range(5)]
    assert set(seen[0].tags) == {"a", "b"}
    assert seen[0].created_at is not None
    assert seen[0].created_at.utcoffset() is not None


def test_passages_are_found_by_words_and_by_search(agents: Agents, agent_id: str) -> None:
    agents.create_passage(agent_id, "The warranty of the lamp ends in March.", ["lamp"])
    agents.create_passage(agent_id, "Prefers to be called after four.", ["calls"])
    [found] = agents.list_passages(agent_id, text="WARRANTY of")
    assert found.text == "The warranty of the lamp ends in March."
    assert agents.list_passages(agent_id, text="giraffe") == []
    assert agents.search_passages(agent_id, "warranty of the lamp")[0].id == found.id
    assert [one.tags for one in agents.search_passages(agent_id, "called after four", ["lamp"])] in ([], [("lamp",)])


def test_a_deleted_passage_is_gone_and_gone_again_is_said(agents: Agents, agent_id: str) -> None:
    passage = agents.create_passage(agent_id, "Has a parrot")
    agents.delete_passage(agent_id, passage.id)
    assert agents.list_passages(agent_id) == []
    with pytest.raises(NotFound):
        agents.delete_passage(agent_id, passage.id)


def test_empty_words_are_refused_before_anything_is_sent(agents: Agents) -> None:
    for call in (agents.search_passages, agents.create_passage):
        with pytest.raises(ValueError, match="must not be empty"):
            call("agent-1", " \n")
