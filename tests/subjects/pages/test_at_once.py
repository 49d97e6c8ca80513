"""Two at once: the same label added by two people, one passage sent by two clicks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from accounts.models import User
from engine.models import Block as InLetta
from memory_sdk import NewBlock
from subjects import delivery, sync
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Subject
from tests.faulty_proxy import FaultyProxy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

TYPED = {"label": "pets", "description": "Pets.", "limit": 100, "value": "A cat", "reason": "she said so"}


@pytest.fixture
def subject(proxy: FaultyProxy) -> Subject:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Name: Ida", 100)])
    delivery.advance(str(subject.pk))
    return Subject.objects.get()


def at_once(*asked: Callable[[], Any]) -> list[int]:
    def one(ask: Callable[[], Any]) -> int:
        try:
            return int(ask().status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor() as threads:
        return sorted(threads.map(one, asked))


def detached() -> list[str]:
    return list(InLetta.objects.filter(agents=None).values_list("label", flat=True))


def test_one_label_added_by_two(sue: User, adam: User, sign_in: Callable[[User], Client], subject: Subject) -> None:
    first, second = sign_in(sue), sign_in(adam)
    url = f"/subjects/{subject.pk}/blocks/new/"
    assert at_once(lambda: first.post(url, TYPED), lambda: second.post(url, TYPED | {"value": "A dog"})) == [302, 422]
    assert subject.blocks.filter(label="pets").count() == 1
    assert detached() == []


def test_a_label_that_another_program_took_a_moment_ago(support: Client, subject: Subject) -> None:
    agents().add_block(subject.agent_id or "", NewBlock("pets", "Theirs.", "A horse", 100))
    page = support.post(f"/subjects/{subject.pk}/blocks/new/", TYPED)
    assert page.status_code == 422
    assert "There is a block with this label already. Another program has added it in Letta." in page.text
    assert "A cat</textarea>" in page.text
    assert detached() == []
    sync.sync(None)
    assert subject.blocks.get(label="pets").value == "A horse"


def test_one_passage_sent_by_two_clicks(support: Client, subject: Subject) -> None:
    typed = {"text": "She has a cat.", "tags": "", "key": str(uuid4())}
    url = f"/subjects/{subject.pk}/archive/add/"
    assert at_once(*[lambda: support.post(url, typed)] * 3) == [302, 302, 302]
    assert len(agents().list_passages(subject.agent_id or "")) == 1


def test_a_passage_without_a_key_is_refused(support: Client, subject: Subject) -> None:
    page = support.post(f"/subjects/{subject.pk}/archive/add/", {"text": "She has a cat."})
    assert page.status_code == 422
    assert "She has a cat.</textarea>" in page.text
