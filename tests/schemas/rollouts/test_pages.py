"""The pages of rollouts: what is asked for, what is refused beside its field, what a poll costs."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from schemas import steering
from schemas.models import Rollout, RolloutItem
from tests.schemas.rollouts.conftest import HUMAN, SUMMARY, Ground, finish
from tests.subjects.pages.conftest import HTMX, see_a_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(adam: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(adam)


def asked(ground: Ground, **changes: Any) -> dict[str, Any]:
    fields = {
        "version": str(ground.version(2).pk),
        "whom": "filter",
        "percent": "100",
        "add_missing": "on",
        "update_described": "on",
        "extras": "leave",
        "values": "leave",
    }
    return fields | changes


def test_after_ten_seconds_it_says_what_it_waits_for(ground: Ground, admin: Client) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    admin.post("/rollouts/new/", asked(ground, q="user_"))
    rollout = Rollout.objects.get()
    admin.post(f"/rollouts/{rollout.pk}/begin/", {"rate": ""})
    see_a_worker(240)
    assert "Waiting for a worker" not in admin.get(f"/rollouts/{rollout.pk}/").text
    old = timezone.now() - timedelta(minutes=5)
    Rollout.objects.update(started_at=old, pace_at=None)
    page = admin.get(f"/rollouts/{rollout.pk}/")
    assert "Waiting for a worker: none has been seen for 4 minutes." in page.text
    assert admin.get(f"/rollouts/{rollout.pk}/", {"seen": page.context["seen"]}, headers=HTMX).status_code == 204
    see_a_worker()
    assert "Letta is asked subject by subject." in admin.get(f"/rollouts/{rollout.pk}/").text
    fields = {field.attname: getattr(rollout, field.attname) for field in Rollout._meta.fields if field.name != "id"}
    early = {"state": Rollout.State.RUNNING, "started_at": old - timedelta(hours=1)}
    Rollout.objects.bulk_create(Rollout(**(fields | early)) for _ in range(4))
    said = admin.get(f"/rollouts/{rollout.pk}/").text
    assert "Waiting for one of the 4 rollouts that began before it to end." in said
    Rollout.objects.filter(pk=rollout.pk).update(state=Rollout.State.COUNTING, created_at=old, looked_at=0)
    assert "Waiting for a free worker." in admin.get(f"/rollouts/{rollout.pk}/").text


def test_from_the_form_to_the_result(ground: Ground, admin: Client) -> None:
    ann = ground.subject("user_ann", HUMAN, SUMMARY)
    ground.subject("team_bern", HUMAN, SUMMARY)
    response = admin.post("/rollouts/new/", asked(ground, q="user_"))
    rollout = Rollout.objects.get()
    assert response["Location"] == f"/rollouts/{rollout.pk}/"
    page = admin.get(f"/rollouts/{rollout.pk}/").text
    assert "1 subject counted" in page
    assert "id begins with user_" in page
    assert "Roll out to 1 subject" in page
    assert "<ins" in page
    assert admin.post(f"/rollouts/{rollout.pk}/begin/", {"rate": ""}).status_code == 302
    page = admin.get(f"/rollouts/{rollout.pk}/").text
    assert "Under way" in page
    finish(rollout)
    page = admin.get(f"/rollouts/{rollout.pk}/").text
    assert "1 changed" in " ".join(page.split())
    assert "Roll back" in page
    page = admin.get(f"/rollouts/{rollout.pk}/subjects/?state=changed").text
    assert f"/subjects/{ann.pk}/" in page
    rows = list(csv.reader(io.StringIO(admin.get(f"/rollouts/{rollout.pk}/download/").getvalue().decode())))
    assert rows[1][:3] == ["user_ann", "Changed", "other description, other limit, missing block"]
    assert admin.post(f"/rollouts/{rollout.pk}/undo/").status_code == 302
    assert Rollout.objects.get(undoes=rollout).state == Rollout.State.READY


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"percent": "0"}, "Give a percentage above 0 and up to 100"),
        ({"percent": "101"}, "Give a percentage above 0 and up to 100"),
        ({"percent": "some"}, "Enter a number."),
        ({"version": "00000000-0000-4000-8000-000000000000"}, "There is no such version."),
        ({"version": "nonsense"}, "Enter a valid UUID."),
        ({"whom": "ids"}, "Give the ids of subjects"),
        ({"whom": "ids", "ids": "nobody"}, "There is no subject with this id."),
        ({"kind": "robot"}, "robot is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    ground: Ground, admin: Client, changes: dict[str, str], message: str
) -> None:
    response = admin.post("/rollouts/new/", asked(ground, **changes))
    assert response.status_code == 422
    assert message in response.text
    assert not Rollout.objects.exists()


def test_a_draft_is_refused_in_words(ground: Ground, admin: Client) -> None:
    draft = ground.template.versions.create()
    response = admin.post("/rollouts/new/", asked(ground, version=str(draft.pk)))
    assert "This is a draft. Publish it first" in response.text


def test_ids_are_pasted_and_uploaded(ground: Ground, admin: Client) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    ground.subject("user_bea", HUMAN, SUMMARY)
    ground.subject("user_cem", HUMAN, SUMMARY)
    file = SimpleUploadedFile("ids.txt", b"\xef\xbb\xbfuser_bea\r\n\r\nnobody <b>\r\n")
    admin.post("/rollouts/new/", asked(ground, whom="ids", ids=" user_ann \n", ids_file=file))
    rollout = Rollout.objects.get()
    assert rollout.total == 2
    page = admin.get(f"/rollouts/{rollout.pk}/").text
    assert "1 id that no subject has" in " ".join(page.split())
    assert "nobody &lt;b&gt;" in page
    broken = SimpleUploadedFile("ids.txt", b"\xff\xfe\x00")
    response = admin.post("/rollouts/new/", asked(ground, whom="ids", ids_file=broken))
    assert "This is no text file in UTF-8." in response.text


def test_the_filters_of_a_list_come_along(ground: Ground, admin: Client) -> None:
    page = admin.get(f"/rollouts/new/?version={ground.version(1).pk}&kind=user&label=notes").text
    assert f'value="{ground.version(1).pk}" selected' in page
    assert '<option value="user" selected>' in page
    assert 'value="notes"' in page


def test_a_poll_that_has_nothing_new_is_204(ground: Ground, admin: Client) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    steering.begin(rollout, ground.by)
    url = f"/rollouts/{rollout.pk}/"
    fragment = admin.get(url, headers=HTMX).text
    seen = fragment.partition("?seen=")[2][:8]
    poll = admin.get(f"{url}?seen={seen}", headers=HTMX)
    assert (poll.status_code, poll.content) == (204, b"")
    Rollout.objects.filter(pk=rollout.pk).update(trouble="Letta asks for patience (429).")
    fresh = admin.get(f"{url}?seen={seen}", headers=HTMX)
    assert fresh.status_code == 200
    assert "Letta asks for patience (429)." in fresh.text
    assert admin.get("/rollouts/00000000-0000-4000-8000-000000000000/", headers=HTMX).status_code == 286


def test_pages_ask_the_database_as_often_however_many_subjects(
    ground: Ground, admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(12):
        ground.subject(f"user_{place}", HUMAN, SUMMARY)
    rollout = ground.counted()
    with django_assert_max_num_queries(14):
        assert admin.get(f"/rollouts/{rollout.pk}/").text.count('class="revision"') == 10
    with django_assert_max_num_queries(6):
        assert admin.get(f"/rollouts/{rollout.pk}/subjects/").text.count("user_") >= 12
    with django_assert_max_num_queries(5):
        admin.get("/rollouts/")


def test_who_may_not_roll_out_sees_how_it_stands_and_no_buttons(
    ground: Ground, sue: User, sign_in: Callable[[User], Client]
) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    client = sign_in(sue)
    page = client.get(f"/rollouts/{rollout.pk}/").text
    assert "1 subject counted" in page
    assert "<form method" not in page.partition('id="rollout"')[2]
    assert client.post(f"/rollouts/{rollout.pk}/begin/").status_code == 403


def test_steps_that_come_too_late_say_so(ground: Ground, admin: Client) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.rolled_out()
    page = admin.post(f"/rollouts/{rollout.pk}/pause/", follow=True).text
    assert "It had gone on meanwhile" in page
    assert "begun before" in admin.post(f"/rollouts/{rollout.pk}/begin/", {"rate": "5"}, follow=True).text


def test_a_rate_out_of_range_is_said_beside_its_field(ground: Ground, admin: Client) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.counted()
    response = admin.post(f"/rollouts/{rollout.pk}/begin/", {"rate": "0"})
    assert (response.status_code, "Give a rate from 1 to 1,000" in response.text) == (422, True)
    admin.post(f"/rollouts/{rollout.pk}/begin/", {"rate": "7"})
    response = admin.post(f"/rollouts/{rollout.pk}/pace/", {"rate": "1001"})
    assert (response.status_code, "Give a rate from 1 to 1,000" in response.text) == (422, True)
    admin.post(f"/rollouts/{rollout.pk}/pace/", {"rate": ""})
    assert Rollout.objects.get().rate is None


def test_a_csv_never_holds_a_formula(ground: Ground, admin: Client) -> None:
    ground.subject("user_ann", HUMAN, SUMMARY)
    rollout = ground.rolled_out()
    RolloutItem.objects.update(note="=1+1")
    assert "'=1+1" in admin.get(f"/rollouts/{rollout.pk}/download/").getvalue().decode()


def test_differences_of_one_kind_are_counted_not_repeated() -> None:
    item = RolloutItem(kinds=["missing", "missing", "extra", "missing", "limit"])
    assert item.words == ["3 × missing block", "extra block", "other limit"]
