"""Shared blocks handed out: an order to whom, how far it is, steered on its way."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schemas.models import Distribution, SharedBlock
from tests.schemas.shared import written_order, written_shared
from tests.subjects.pages.conftest import HTMX, make_subject, see_a_worker


@pytest.fixture
def support(sue: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(sue)


def order_of(admin: Client, shared: SharedBlock, **fields: object) -> Distribution:
    response = admin.post(f"/templates/shared/{shared.pk}/distribute/", {"what": "attach", "whom": "ids", **fields})
    assert response.status_code == 302, response.context["form"].errors
    return Distribution.objects.get(pk=response["Location"].split("/")[-2])


def test_whom_it_goes_to(admin: Client) -> None:
    shared = written_shared()
    ann, bob = make_subject("user_ann"), make_subject("=user_bob")
    pasted = order_of(admin, shared, ids="user_ann, user_nobody\nuser_ann")
    assert (pasted.subject_pks, pasted.unknown_count, pasted.detach) == ([ann.pk], 1, False)
    file = SimpleUploadedFile("ids.csv", '\ufeff"id",kind\r\nuser_ann,user\r\n\'=user_bob,user\r\n'.encode())
    uploaded = order_of(admin, shared, file=file, what="detach", rate=5)
    assert sorted(uploaded.subject_pks or ()) == sorted([ann.pk, bob.pk])
    assert (uploaded.detach, uploaded.rate) == (True, 5)
    assert order_of(admin, shared, whom="filter", q="user_").filters == {"q": "user_"}
    everybody = order_of(admin, shared, whom="all")
    assert (everybody.filters, everybody.subject_pks, everybody.version) == ({}, None, None)
    assert order_of(admin, shared, subject=str(ann.pk), what="detach").subject_pks == [ann.pk]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ids": ""}, "Type at least one id, or choose a file."),
        ({"ids": "nobody"}, "No subject has any of these ids."),
        ({"whom": "filter"}, "Choose a filter, or every subject."),
        ({"ids": "user_ann", "rate": "0"}, "greater than or equal to 1"),
        ({"whom": "filter", "template": "nonsense"}, "Choose one of the templates."),
        ({"file": SimpleUploadedFile("ids.csv", b"\xff\xfe")}, "The file is not text in UTF-8."),
    ],
)
def test_a_bad_order_is_said_in_place(admin: Client, fields: dict[str, object], words: str) -> None:
    shared = written_shared()
    make_subject("user_ann")
    response = admin.post(f"/templates/shared/{shared.pk}/distribute/", {"what": "attach", "whom": "ids", **fields})
    assert response.status_code == 422
    assert words in response.text
    assert not Distribution.objects.exists()


def test_how_far_an_order_is_and_each_result(support: Client) -> None:
    shared = written_shared()
    results = [(make_subject(f"user_{name}"), *result) for name, result in
               {"ann": ("changed", ""), "bob": ("refused", "taken"), "cem": ("waiting", "")}.items()]  # fmt: skip
    order = written_order(shared, *results, state="running")
    address = f"/templates/distributions/{order.pk}/"
    page = support.get(address)
    assert "2 of 3 subjects: 1 attached, 0 with nothing to change, 1 not done" in " ".join(page.text.split())
    assert "user_bob" in page.text
    assert "It has another block with this label." in page.text
    assert "user_ann" not in page.text
    assert "user_ann" in support.get(f"{address}?state=changed").text
    fragment = support.get(f"{address}?seen={page.context['seen']}", headers=HTMX)
    assert fragment.status_code == 204
    Distribution.objects.update(changed=2)
    fragment = support.get(f"{address}?seen={page.context['seen']}", headers=HTMX)
    assert "3 of 3 subjects" in fragment.text
    assert "<html" not in fragment.text


def test_what_an_order_or_the_copies_of_a_change_wait_for(support: Client) -> None:
    see_a_worker(240)
    shared, old = written_shared(), timezone.now() - timedelta(minutes=5)
    order = written_order(shared, (make_subject("user_ann"), "waiting", ""), state="running", started_at=old)
    address, missing = f"/templates/distributions/{order.pk}/", "Waiting for a worker: none has been seen for 4 minutes."
    assert missing in support.get(address).text
    Distribution.objects.update(trouble="Letta cannot be reached.", wake_at=timezone.now() + timedelta(seconds=60))
    assert "Letta cannot be reached. It is tried again <time" in support.get(address).text
    SharedBlock.objects.update(following_since=timezone.now())
    assert missing not in support.get(f"/templates/shared/{shared.pk}/").text
    SharedBlock.objects.update(following_since=old)
    assert missing in support.get(f"/templates/shared/{shared.pk}/").text


def test_an_order_is_steered_and_what_came_too_late_changes_nothing(admin: Client) -> None:
    order = written_order(written_shared(), (make_subject("user_ann"), "waiting", ""), state="running")
    for action, state in (("pause", "paused"), ("pause", "paused"), ("resume", "running"), ("cancel", "cancelled"),
                          ("resume", "cancelled"), ("nonsense", "cancelled")):  # fmt: skip
        assert admin.post(f"/templates/distributions/{order.pk}/steer/", {"action": action}).status_code == 302
        order.refresh_from_db()
        assert order.state == state
