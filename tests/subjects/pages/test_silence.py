"""A Letta that takes requests and never answers: pages say so soon, keep what was typed, and find out what was taken."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar
from uuid import uuid4

import psycopg
import pytest
from django.test import Client

from engine.models import Block as InLetta
from memory_sdk import NewBlock
from memory_sdk.connection import UNDO_SECONDS
from memory_ui.locks import number
from subjects import delivery, giving, letta, sync
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Block, Flag, Revision, Subject
from tests.conftest import test_database_url
from tests.faulty_proxy import Fault, FaultyProxy, Trouble
from tests.subjects.pages.conftest import HTMX

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

SECONDS = 0.8
"""what a page waits for Letta in these tests; then a call that takes something back, and the page itself"""
LIMIT = SECONDS + UNDO_SECONDS + 1.2
REASON = "she said so"
Answer = TypeVar("Answer")


@pytest.fixture
def subject(proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch) -> Subject:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Name: Ida", 100)])
    delivery.advance(str(subject.pk))
    agents().create_passage(Subject.objects.get().agent_id or "", "She likes tea.", [])
    monkeypatch.setattr(letta, "PAGE_SECONDS", SECONDS)
    return Subject.objects.get()


@pytest.fixture
def block(subject: Subject) -> Block:
    return subject.blocks.get()


def in_time(ask: Callable[[], Answer], limit: float = LIMIT) -> Answer:
    begun = time.monotonic()
    answer = ask()
    assert time.monotonic() - begun < limit
    return answer


def edit(value: str = "Name: Ida Roos", **more: object) -> dict[str, object]:
    return {"value": value, "description": "Who it is.", "limit": 100, "reason": REASON, "base": 1, **more}


def passage(text: str = "She has a cat.") -> dict[str, str]:
    return {"text": text, "tags": "pets", "key": str(uuid4())}


def test_a_page_never_waits_ten_seconds() -> None:
    assert letta.PAGE_SECONDS + UNDO_SECONDS < 10


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "in place"])
def test_an_edit(headers: dict[str, str], method: str, support: Client, block: Block, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault(method, "/v1/blocks/", "silent", times=99))
    page = in_time(lambda: support.post(f"/blocks/{block.pk}/edit/", edit(), headers=headers))
    assert page.status_code == (200 if headers else 502)
    assert "Not confirmed: Letta did not answer in time" in page.text
    assert "Name: Ida Roos</textarea>" in page.text, "what was typed"
    assert f'value="{REASON}"' in page.text


def test_an_edit_that_was_taken_is_found_out_and_is_still_hers(support: Client, block: Block, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("PATCH", "/v1/blocks/", "silent_after", times=1))
    in_time(lambda: support.post(f"/blocks/{block.pk}/edit/", edit()))
    assert block.revisions.count() == 1
    sync.sync(None)
    found = block.revisions.get(number=2)
    assert (found.value, found.source, found.reason) == ("Name: Ida Roos", "edit", REASON)
    assert found.editor is not None
    assert found.editor.name == "Sue"
    # Sent once more from the page that still stands open: done already.
    assert support.post(f"/blocks/{block.pk}/edit/", edit()).status_code == 302
    assert block.revisions.count() == 2


def test_a_restore(support: Client, block: Block, proxy: FaultyProxy) -> None:
    support.post(f"/blocks/{block.pk}/edit/", edit())
    proxy.faults.append(Fault("PATCH", "/v1/blocks/", "silent", times=99))
    page = in_time(lambda: support.post(f"/blocks/{block.pk}/restore/1/", {"base": 2, "reason": REASON}))
    assert page.status_code == 502
    assert "Not confirmed" in page.text
    assert f'value="{REASON}"' in page.text


def test_a_shared_edit(support: Client, block: Block, proxy: FaultyProxy) -> None:
    other = create_subject("user_bo", Subject.Kind.SUBJECT, [])
    delivery.advance(str(other.pk))
    other.refresh_from_db()
    agents().attach_block(other.agent_id or "", block.block_id or "")
    proxy.faults.append(Fault("PATCH", "/v1/blocks/", "silent_after", times=1))
    page = in_time(lambda: support.post(f"/blocks/{block.pk}/edit/", edit(confirmed=2)))
    assert "Not confirmed" in page.text
    sync.sync(None)
    assert Revision.objects.filter(value="Name: Ida Roos").count() == 2
    assert Revision.objects.filter(block=block, number=2, source="edit").exists()
    proxy.faults.append(Fault("GET", "/v1/blocks/", "silent", times=99))
    page = in_time(lambda: support.post(f"/blocks/{block.pk}/edit/", edit("Name: Ida", base=2, confirmed=2)))
    assert "Name: Ida</textarea>" in page.text


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/blocks/"), ("PATCH", "/core-memory/blocks/attach"), ("POST", "/recompile")]
)
def test_one_block_more(method: str, path: str, support: Client, subject: Subject, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault(method, path, "silent", times=99))
    typed = {"label": "pets", "description": "Pets.", "limit": 100, "value": "A cat", "reason": REASON}
    page = in_time(lambda: support.post(f"/subjects/{subject.pk}/blocks/new/", typed))
    assert page.status_code == 502
    assert "Not confirmed" in page.text
    assert "A cat</textarea>" in page.text
    assert proxy.count("DELETE", "/v1/blocks/block-") == (0 if path == "/v1/blocks/" else 1), "taken back"
    proxy.faults.clear()
    assert support.post(f"/subjects/{subject.pk}/blocks/new/", typed).status_code == 302
    assert subject.blocks.get(label="pets").value == "A cat"


PETS = {"label": "pets", "description": "Pets.", "limit": 100, "value": "A cat", "reason": REASON}


def detached() -> list[str]:
    return list(InLetta.objects.filter(agents=None).values_list("value", flat=True))


def leave_half_a_block(support: Client, subject: Subject, proxy: FaultyProxy, path: str) -> None:
    """Letta falls silent after it made the block, and does not hear that it is to be taken back."""
    method: str = "PATCH" if "attach" in path else "POST"
    trouble: Trouble = "silent" if "attach" in path else "silent_after"
    proxy.faults.append(Fault(method, path, trouble, times=99))
    proxy.faults.append(Fault("DELETE", "/v1/blocks/", "silent", times=99))
    page = in_time(lambda: support.post(f"/subjects/{subject.pk}/blocks/new/", PETS))
    assert (page.status_code, "Not confirmed" in page.text) == (502, True)
    proxy.faults.clear()


HALVES = ["/v1/blocks/", "/core-memory/blocks/attach", "/recompile"]


@pytest.mark.parametrize("path", HALVES)
def test_a_block_that_is_half_there_is_finished_by_sending_it_again(
    path: str, support: Client, subject: Subject, proxy: FaultyProxy
) -> None:
    leave_half_a_block(support, subject, proxy, path)
    assert detached() == ([] if path == "/recompile" else ["A cat"])
    if path == "/recompile":  # it is whole, and sync finds it first
        sync.sync(None)
        assert subject.blocks.get(label="pets").revisions.get().source == "edit", "nobody else's"
    assert support.post(f"/subjects/{subject.pk}/blocks/new/", PETS).status_code == 302
    assert detached() == []
    first = subject.blocks.get(label="pets").revisions.get()
    assert (first.source, first.editor and first.editor.name, first.reason) == ("edit", "Sue", REASON)
    assert InLetta.objects.filter(label="pets").count() == 1
    assert [one.label for one in agents().list_blocks(subject.agent_id or "")] == ["pets", "human"]
    page = support.post(f"/subjects/{subject.pk}/blocks/new/", PETS)
    assert "There is a block with this label already." in page.text


@pytest.mark.parametrize("path", HALVES[:2])
def test_a_half_is_finished_with_what_is_typed_then(
    path: str, support: Client, subject: Subject, proxy: FaultyProxy
) -> None:
    leave_half_a_block(support, subject, proxy, path)
    assert support.post(f"/subjects/{subject.pk}/blocks/new/", PETS | {"value": "Two cats"}).status_code == 302
    assert detached() == []
    assert [one.value for one in agents().list_blocks(subject.agent_id or "")] == ["Two cats", "Name: Ida"]


@contextmanager
def locked(subject: Subject) -> Iterator[None]:
    """Somebody else is at work on the subject."""
    with psycopg.connect(test_database_url()) as other:
        other.execute("select pg_advisory_lock(%s)", [number(f"subject:{subject.pk}")])
        yield


@pytest.mark.parametrize("path", HALVES[:2])
def test_a_half_that_nobody_finishes_is_swept_away(path: str, support: Client, subject: Subject, proxy: FaultyProxy) -> None:
    leave_half_a_block(support, subject, proxy, path)
    agent_id, tags = subject.agent_id or "", (giving.TAG, giving.tag_of(subject))
    agents().create_block(NewBlock("pets", "", "Another program's", 100))
    agents().create_block(NewBlock("pets", "", "Another console's", 100, tags=(giving.TAG, f"{giving.TAG}:{uuid4()}")))
    taken_off = agents().add_block(agent_id, NewBlock("food", "", "Taken off", 100, tags=tags))
    sync.sync(None)
    agents().detach_block(agent_id, taken_off.id)
    with locked(subject):
        assert giving.delete_left_over() == 0, "somebody is about to attach it"
    assert giving.delete_left_over() == 1
    assert sorted(detached()) == ["Another console's", "Another program's", "Taken off"]


def test_what_undoes_a_deletion_leaves_no_half_either(support: Client, block: Block, proxy: FaultyProxy) -> None:
    support.post(f"/blocks/{block.pk}/delete/", {"base": 1, "reason": REASON})
    proxy.faults.append(Fault("PATCH", "/core-memory/blocks/attach", "silent", times=99))
    proxy.faults.append(Fault("DELETE", "/v1/blocks/", "silent", times=99))
    undo = {"again": str(block.pk), "reason": "Undone"}
    in_time(lambda: support.post(f"/subjects/{block.subject_id}/blocks/new/", undo))
    assert detached() == ["Name: Ida"]
    proxy.faults.clear()
    assert support.post(f"/subjects/{block.subject_id}/blocks/new/", undo).status_code == 302
    assert detached() == []
    assert [one.value for one in agents().list_blocks(block.subject.agent_id or "")] == ["Name: Ida"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_one_block_less(method: str, support: Client, block: Block, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault(method, "/v1/blocks/", "silent", times=99))
    page = in_time(lambda: support.post(f"/blocks/{block.pk}/delete/", {"base": 1, "reason": REASON}))
    assert page.status_code == 502
    assert "Not confirmed" in page.text
    assert f'value="{REASON}"' in page.text
    block.refresh_from_db()
    assert block.removed_at is None


def test_a_passage_more_is_there_once(support: Client, subject: Subject, proxy: FaultyProxy) -> None:
    typed = passage()
    proxy.faults.append(Fault("POST", "/archival-memory", "silent_after", times=1))
    page = in_time(lambda: support.post(f"/subjects/{subject.pk}/archive/add/", typed))
    assert page.status_code == 502
    assert "Not confirmed" in page.text
    assert "She has a cat.</textarea>" in page.text
    assert f'value="{typed["key"]}"' in page.text
    for _ in range(2):
        assert support.post(f"/subjects/{subject.pk}/archive/add/", typed).status_code == 302
    assert [one.text for one in agents().list_passages(subject.agent_id or "")] == ["She likes tea.", "She has a cat."]
    page = support.get(f"/subjects/{subject.pk}/archive/")
    assert ">pets</span>" in page.text
    assert "memory-ui-" not in page.text


def test_a_passage_less(support: Client, subject: Subject, proxy: FaultyProxy) -> None:
    [there] = agents().list_passages(subject.agent_id or "")
    proxy.faults.append(Fault("DELETE", "/archival-memory", "silent", times=99))
    page = in_time(lambda: support.post(f"/subjects/{subject.pk}/archive/delete/", {"passage": there.id}, follow=True))
    assert "perhaps not deleted" in page.text
    assert "She likes tea." in page.text


def test_a_mark_asks_letta_nothing(support: Client, block: Block, proxy: FaultyProxy) -> None:
    proxy.faults.append(Fault("GET", "/", "silent", times=99))
    asked = len(proxy.seen)
    in_time(lambda: support.post(f"/blocks/{block.pk}/flag/", {"base": 1, "line": 1}), 1.0)
    assert Flag.objects.get().line == "Name: Ida"
    assert len(proxy.seen) == asked


def test_pages_that_ask_letta_show_themselves_first(
    support: Client, subject: Subject, block: Block, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letta, "PAGE_SECONDS", 8.0)
    proxy.faults.append(Fault("GET", "/", "silent", times=99))
    archive = in_time(lambda: support.get(f"/subjects/{subject.pk}/archive/"), 2.0)
    assert "Letta has not answered yet" in archive.text
    assert f'hx-get="/subjects/{subject.pk}/archive/"' in archive.text
    assert 'name="text"' in archive.text, "a passage can be added all the same"
    for page in ("edit", "delete"):
        address = f"/blocks/{block.pk}/{page}/"
        assert in_time(partial(support.get, address), 2.0).status_code == 200
    proxy.faults.clear()
    later = support.get(f"/subjects/{subject.pk}/archive/", headers=HTMX).text
    assert "She likes tea." in later
    assert "<html" not in later
    assert "hx-get" not in later
