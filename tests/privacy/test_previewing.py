"""The preview of an erasure: counts of everything there is, before anything happens, in the background."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from memory_sdk import NewBlock
from privacy import previewing, requesting
from privacy.models import Preview, Request
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Subject
from tests.faulty_proxy import Fault, FaultyProxy

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[User], Client]


@pytest.fixture
def request_of_ida(petra: User, sue: User) -> Request:
    """An erasure of somebody with two blocks and a passage, filed and not confirmed."""
    blocks = [NewBlock("human", "Who.", "Name: Ida"), NewBlock("notes", "Notes.", "Tea")]
    subject = create_subject("user_ida", Subject.Kind.USER, blocks, sue)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id is not None
    agents().create_passage(subject.agent_id, "Ida likes cats.", [])
    return requesting.file("erasure", "user_ida", requesting.Filer(petra))


def test_it_counts_here_and_in_letta_and_changes_nothing(request_of_ida: Request) -> None:
    previewing.preview_of(request_of_ida)
    previewing.take(request_of_ida.pk)
    preview = Preview.objects.get()
    assert preview.failure == ""
    here = {line["name"]: line["count"] for line in preview.found["here"]}
    assert here == {"Blocks": 2, "Revisions of blocks": 2, "The subject": 1}
    letta = {line["name"]: line["count"] for line in preview.found["letta"]}
    assert (letta["Blocks"], letta["Archives"], letta["Passages"]) == (2, 1, 1)
    assert letta["Agents, with duplicates and sleep-time twins"] == 1
    assert {line["what"] for line in preview.found["unreachable"]} >= {"Logs", "Backups"}
    assert Subject.objects.get().frozen_at is None
    assert "Ida" not in str(preview.found)


def test_the_page_and_its_fragment(request_of_ida: Request, petra: User, sign_in: SignIn) -> None:
    client, address = sign_in(petra), f"/privacy/requests/{request_of_ida.pk}/inventory/"
    first = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "It is being counted" in first
    assert 'hx-trigger="every 1s"' in first
    previewing.take(request_of_ida.pk)
    then = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in then
    assert "Revisions of blocks" in then
    assert "Broker and result backend" in then, "no store is passed over in silence"
    assert "Cannot be reached from here" in then
    assert "<html" in client.get(address).content.decode()
    assert address in client.get(f"/privacy/requests/{request_of_ida.pk}/").content.decode()


def test_an_old_one_is_counted_anew_until_the_work_begins(request_of_ida: Request) -> None:
    previewing.preview_of(request_of_ida)
    previewing.take(request_of_ida.pk)
    old = timezone.now() - timedelta(hours=1)
    Preview.objects.update(taken_at=old)
    assert previewing.preview_of(request_of_ida).taken_at is None
    previewing.take(request_of_ida.pk)
    Preview.objects.update(taken_at=old)
    Request.objects.update(state="done")
    request_of_ida.refresh_from_db()
    assert previewing.preview_of(request_of_ida).taken_at == old, "it stays what was seen before"


@pytest.mark.enable_socket
def test_letta_down_is_a_sentence_beside_our_own_counts(proxy: FaultyProxy, request_of_ida: Request) -> None:
    proxy.faults.append(Fault("GET", "/", "error_500", 1000))
    previewing.preview_of(request_of_ida)
    previewing.take(request_of_ida.pk)
    preview = Preview.objects.get()
    assert preview.failure.startswith("Letta's part could not be counted: Letta could not do it now")
    assert {line["name"] for line in preview.found["here"]} >= {"Blocks", "The subject"}
