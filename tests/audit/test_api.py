"""What programs read and change over /v1 stands in the record, by key and subject."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey, Scope
from audit.actions import Action, ActorKind
from audit.models import Entry
from subjects.letta import agents
from subjects.models import Subject

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-4000-8000-000000000000"


class Program:
    """A program with a key of its own."""

    def __init__(self) -> None:
        self.key, secret = ApiKey.issue("portal", scopes=list(Scope))
        self._client = Client(headers={"Authorization": f"Bearer {secret}"})

    def call(self, method: str, path: str, body: Any = None) -> Any:
        response = self._client.generic(method, f"/v1/{path}", json.dumps(body or {}), content_type="application/json")
        return response.status_code, json.loads(response.content or "null")


@pytest.fixture
def program(db: None) -> Program:
    return Program()


@pytest.fixture
def agent_id(program: Program) -> str:
    block = {"label": "human", "value": "Likes tea."}
    models = {"model": "openai/gpt-4.1", "embedding": "openai/text-embedding-3-small"}
    wanted = {**models, "agent_type": "sleeptime_agent", "initial_message_sequence": [], "tags": ["ai-memory-sdk"]}
    status, agent = program.call("POST", "agents/", {**wanted, "memory_blocks": [block]})
    assert status == 200, agent
    Subject.objects.create(subject_id="user_tea", agent_id=agent["id"])
    return str(agent["id"])


def _did() -> list[tuple[str, bool]]:
    subject = Subject.objects.get().pk
    return [(entry.action, entry.subject == subject) for entry in Entry.objects.order_by("id")]


def test_an_agent_made_by_a_program_is_recorded_though_no_subject_is_known_yet(program: Program, agent_id: str) -> None:
    entry = Entry.objects.get()
    assert (entry.action, entry.subject, entry.detail) == (Action.CHANGED_BY_API, None, {"agent": agent_id})
    assert (entry.actor_kind, entry.actor) == (ActorKind.API_KEY, program.key.pk)
    assert entry.request is not None


@pytest.mark.parametrize(
    "path",
    [
        "agents/{agent}",
        "agents/?tags=ai-memory-sdk",
        "agents/{agent}/core-memory/blocks",
        "agents/{agent}/core-memory/blocks/human",
        "agents/{agent}/messages",
        "agents/{agent}/archival-memory",
        "agents/{agent}/archival-memory/search?query=tea",
        "blocks/{block}",
        "blocks/",
    ],
)
def test_reads_are_recorded(program: Program, agent_id: str, path: str) -> None:
    block = agents().list_blocks(agent_id)[0].id
    before = Entry.objects.count()
    status, _ = program.call("GET", path.format(agent=agent_id, block=block))
    assert status == 200
    assert _did()[before:] == [(Action.READ_BY_API, True)]


@pytest.mark.parametrize(
    "path", ["health", "models/", "tags/", "runs/", "agents/count", f"agents/agent-{NOBODY}", "folders/"]
)
def test_what_shows_no_memory_is_no_reading(program: Program, agent_id: str, path: str) -> None:
    before = Entry.objects.count()
    program.call("GET", path)
    assert Entry.objects.count() == before


def test_changes_lessons_and_deletions_are_recorded(program: Program, agent_id: str) -> None:
    block = agents().list_blocks(agent_id)[0].id
    before = Entry.objects.count()
    assert program.call("PATCH", f"blocks/{block}", {"value": "Likes coffee."})[0] == 200
    lesson = {"messages": [{"role": "user", "content": "I like milk."}]}
    assert program.call("POST", f"agents/{agent_id}/messages/async", lesson)[0] == 200
    assert program.call("DELETE", f"agents/{agent_id}")[0] == 200
    assert _did()[before:] == [
        (Action.CHANGED_BY_API, True),
        (Action.TAUGHT_BY_API, True),
        (Action.DELETED_BY_API, True),
    ]


def test_what_was_refused_is_not_recorded(program: Program, agent_id: str) -> None:
    before = Entry.objects.count()
    assert program.call("PATCH", f"agents/{agent_id}/core-memory/blocks/nothing", {"value": "x"})[0] == 404
    assert program.call("POST", f"agents/agent-{uuid.uuid4()}/messages/async", {"messages": []})[0] >= 400
    assert program.call("GET", f"agents/agent-{uuid.uuid4()}")[0] == 404
    assert Entry.objects.count() == before


def test_our_own_calls_are_not_counted_twice(agent_id: str) -> None:
    before = Entry.objects.count()
    assert agents().list_blocks(agent_id)
    assert Entry.objects.count() == before


def test_a_change_falls_with_its_entry(program: Program, agent_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one transaction: without an entry there is no change either."""

    def broken(**_facts: object) -> None:
        raise RuntimeError("no entry today")

    from engine.signals import memory_touched

    memory_touched.connect(broken, weak=False)
    try:
        block = agents().list_blocks(agent_id)[0]
        with pytest.raises(RuntimeError):
            program.call("PATCH", f"blocks/{block.id}", {"value": "Likes coffee."})
        assert agents().get_block(block.id).value == "Likes tea."
    finally:
        memory_touched.disconnect(broken)
