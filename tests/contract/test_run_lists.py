"""runs.list and runs.messages: order, pages and filters."""

from dataclasses import dataclass

import httpx
import pytest
from letta_client import Letta
from letta_client.pagination import SyncArrayPage
from letta_client.types.agents.run import Run

from tests.contract.paging import walked
from tests.contract.scripted import Scripted, slow
from tests.contract.targets import Target
from tests.model_answers import Answer, call, finish

NO_AGENT = "agent-00000000-0000-4000-8000-000000000000"
CATS = call("memory_insert", label="human", new_string="Likes cats")


@dataclass(frozen=True)
class History:
    """An agent with five runs, the third failed; `ids` in the order they were sent."""

    agent_id: str
    ids: list[str]

    def places(self, page: SyncArrayPage[Run]) -> list[int]:
        """The runs of one page, as their places in `ids`."""
        return [self.ids.index(run.id) for run in page.items]


@pytest.fixture(scope="module")
def history(scripted: Scripted) -> History:
    agent = scripted.agent()
    answers = [[finish()], [finish()], [Answer(status=400, content="no")], [Answer(content="Nothing.")], [finish()]]
    return History(agent.id, [scripted.learn(agent.id, *answer).run.id for answer in answers])


def test_newest_first_by_default(letta: Letta, history: History) -> None:
    assert history.places(letta.runs.list(agent_id=history.agent_id, limit=100)) == [4, 3, 2, 1, 0]
    assert history.places(letta.runs.list(agent_id=history.agent_id, limit=100, order="asc")) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_following_pages_loses_nothing(letta: Letta, history: History, target: Target, order: str, limit: int) -> None:
    page = letta.runs.list(agent_id=history.agent_id, order=order, limit=limit)  # type: ignore[arg-type]
    whole = [0, 1, 2, 3, 4] if order == "asc" else [4, 3, 2, 1, 0]
    assert history.places(page) == whole[:limit]
    found = [history.ids.index(run_id) for run_id in walked(page, lambda run: run.id, most=5)]
    assert (found == whole) is target.expect("runs-cursor", engine=True, letta=False)


def test_before_a_run_means_older(letta: Letta, history: History) -> None:
    """Newest first too: it is how programs that know the real server's cursors follow this list."""
    page = letta.runs.list(agent_id=history.agent_id, order="desc", limit=2, before=history.ids[3])
    assert history.places(page) == [2, 1]


def test_filters(letta: Letta, history: History) -> None:
    agent = history.agent_id
    assert history.places(letta.runs.list(agent_id=agent, statuses=["failed"], limit=50)) == [2]
    assert history.places(letta.runs.list(agent_id=agent, statuses=["failed", "completed"], limit=50)) == [4, 3, 2, 1, 0]
    assert history.places(letta.runs.list(agent_id=agent, stop_reason="tool_rule", limit=50)) == [4, 1, 0]
    assert letta.runs.list(agent_id=agent, active=True).items == []
    assert history.places(letta.runs.list(agent_id=agent, background=True, limit=50)) == [4, 3, 2, 1, 0]
    assert letta.runs.list(agent_id=agent, background=False).items == []
    assert history.places(letta.runs.list(agent_ids=[agent, NO_AGENT], limit=50)) == [4, 3, 2, 1, 0]
    assert letta.runs.list(agent_id=NO_AGENT).items == []


def test_active_runs(letta: Letta, scripted: Scripted) -> None:
    agent = scripted.agent()
    run, _ = scripted.start(agent.id, *slow(finish(), seconds=1))
    assert [r.id for r in letta.runs.list(agent_id=agent.id, active=True).items] == [run.id]
    scripted.wait(run.id)
    assert letta.runs.list(agent_id=agent.id, active=True).items == []


def test_bad_parameters_are_refused(http: httpx.Client) -> None:
    for bad in ({"limit": 0}, {"limit": 1001}, {"order": "up"}, {"stop_reason": "bored"}):
        assert http.get("/v1/runs/", params=bad).status_code == 422, bad
    response = http.get("/v1/runs/", params={"statuses": ["bogus"]})
    assert (response.status_code, "bogus" in response.json()["detail"]) == (400, True)


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_following_the_messages_of_a_run_loses_nothing(letta: Letta, scripted: Scripted, limit: int) -> None:
    learned = scripted.learn(scripted.agent().id, CATS, finish())
    page = letta.runs.messages.list(learned.run.id, limit=limit)
    found = walked(page, lambda m: (m.id, m.message_type))
    assert found == [(m.id, m.message_type) for m in learned.messages]


def test_the_messages_of_a_run_newest_first(letta: Letta, scripted: Scripted) -> None:
    learned = scripted.learn(scripted.agent().id, CATS, finish())
    page = letta.runs.messages.list(learned.run.id, order="desc")
    assert [m.message_type for m in page.items] == learned.kinds[::-1]
