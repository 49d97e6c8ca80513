"""The canary on a real Letta 0.16.8: one word in everything it keeps for a subject, an erasure, a search of its database."""

from collections.abc import Iterator

import httpx
import psycopg
import pytest
from pytest_django import Settings

from accounts.models import User
from memory_sdk import Turn
from privacy import receipts, requesting
from privacy.models import Receipt, Request
from subjects.letta import agents
from tests.conftest import test_database_url, wait_until
from tests.letta.server import LettaServer, running_letta
from tests.letta.test_learning_run import EMBEDDING, MODEL
from tests.privacy.canary import Canary, put_everywhere
from tests.privacy.carrying import approved, carry_out
from tests.privacy.dumping import dump_with, tables_with

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

TABLES = {
    "agents",
    "agents_tags",
    "archival_passages",
    "archives",
    "block",
    "conversations",
    "file_contents",
    "files",
    "files_agents",
    "identities",
    "messages",
    "passage_tags",
    "provider_traces",
    "source_passages",
    "sources",
}
"""The tables of Letta in which the word must have been, or nothing is shown."""


SHARED = ("block", "messages")
"""Where the shared block stays: itself, and in the prompt of the bystander's agent, which Letta keeps as a message."""


@pytest.fixture(scope="module")
def server() -> Iterator[LettaServer]:
    """A server of our own: its database is searched as a whole."""
    with running_letta() as server:
        yield server


@pytest.fixture(autouse=True)
def letta(server: LettaServer, settings: Settings) -> Iterator[None]:
    """Our own connection to that Letta."""
    settings.LETTA_BASE_URL, settings.LETTA_API_KEY, settings.LETTA_TRANSPORT = server.base_url, "", ""
    settings.LETTA_MODEL, settings.LETTA_EMBEDDING, settings.LETTA_IS_ENGINE = MODEL, EMBEDDING, False
    settings.LETTA_DATABASE_URL = ""
    agents.cache_clear()
    yield
    agents().close()
    agents.cache_clear()


def no_work() -> None:
    """A real server works by itself."""


@pytest.fixture
def canary(server: LettaServer, sue: User) -> Canary:
    """The subject with all that the console does, and what other programs may have put there."""
    canary = put_everywhere(sue, no_work)
    word, agent_id = canary.word, canary.subject.agent_id or ""
    with httpx.Client(base_url=f"{server.base_url}/v1", timeout=30, follow_redirects=True) as http:

        def post(path: str, **given: object) -> dict[str, str]:
            answer = http.post(path, **given)  # type: ignore[arg-type]
            assert answer.status_code == 200, answer.text
            found: dict[str, str] = answer.json()
            return found

        identity = {"identifier_key": canary.subject_id, "name": f"Of {word}", "identity_type": "user"}
        post("/identities/", json=identity)
        folder = post("/folders/", json={"name": f"Of {word}", "embedding": EMBEDDING})["id"]
        file = {"file": (f"{word}.txt", f"{word} has a fish.".encode())}
        file_id = post(f"/folders/{folder}/upload", files=file)["id"]
        assert http.patch(f"/agents/{agent_id}/folders/attach/{folder}").status_code == 200

        def read() -> bool:
            state = http.get(f"/folders/{folder}/files/{file_id}").json()["processing_status"]
            assert state != "error"
            return bool(state == "completed")

        wait_until(read, 60, "the file was not read")
        post(f"/conversations/?agent_id={agent_id}", json={"summary": f"With {word}"})
        gone = post(f"/conversations/?agent_id={agent_id}", json={"summary": f"Once with {word}"})["id"]
        assert http.delete(f"/conversations/{gone}").status_code == 200  # Letta only marks it
        block = {"label": "human", "value": f"Main {word}", "limit": 500}
        main = {
            "name": f"main_{word}", "agent_type": "memgpt_v2_agent", "enable_sleeptime": True, "model": MODEL,
            "embedding": EMBEDDING, "tags": [f"subj:{canary.subject_id}"], "memory_blocks": [block],
        }  # fmt: skip
        post("/agents/", json=main)
    run_id = agents().send_messages(agent_id, [Turn("user", f"My name is {word}.")], f"{word}-1")
    wait_until(lambda: agents().get_run(run_id).finished, 60)
    return canary


def test_nothing_of_it_is_left_in_letta(
    canary: Canary, server: LettaServer, petra: User, adam: User, settings: Settings
) -> None:
    before = tables_with(canary.word, server.pg_uri)
    assert set(before) >= TABLES, "the word was not put there, so nothing is shown"

    # Without a way into Letta's database the traces are left, and that is said: not done.
    request = carry_out(approved(canary.subject_id, petra, adam), no_work, 150)
    first = Receipt.objects.get()
    assert request.state == "partial"
    assert "provider traces of Letta still answer" in request.failure
    assert canary.word not in str(receipts.as_file(first))
    assert any("Provider traces" in one["what"] for one in first.document["unreachable"])
    assert set(tables_with(canary.word, server.pg_uri)) == {"provider_traces", *SHARED}

    # With it, they are purged, and their absence is verified by SQL.
    settings.LETTA_DATABASE_URL = server.pg_uri
    requesting.retry(request, petra)
    Request.objects.filter(pk=request.pk).update(state="working")
    carry_out(request, no_work, 150)
    assert (request.state, request.failure) == ("done", "")
    assert set(tables_with(canary.word, server.pg_uri)) == set(SHARED)
    lines = dump_with(canary.word, server.pg_uri)
    assert lines
    assert all(f"The house of {canary.word}" in line for line in lines), "the shared block, which the receipt lists"
    with psycopg.connect(server.pg_uri) as connection:
        found = connection.execute("select id from block where value like %s", [f"%{canary.word}%"]).fetchall()
        said = connection.execute(
            "select agent_id from messages where messages::text like %s", [f"%{canary.word}%"]
        ).fetchall()
    assert found == [(canary.shared,)]
    assert {agent_id for (agent_id,) in said} == {canary.bystander.agent_id}, "the bystander's prompt, with the shared block"
    receipt = Receipt.objects.get(attempt=2)
    assert {"store": "block", "id": canary.shared, "why": "others use it too"} in receipt.document["kept"]
    assert {one["store"]: one["left"] for one in receipt.document["stores"]}["provider_traces"] == 0
    assert set(tables_with(canary.word, test_database_url())) == {"subjects_block", "subjects_revision"}
