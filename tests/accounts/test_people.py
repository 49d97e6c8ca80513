"""Who may do what is changed by admins: at once, never so that no admin is left, and always on the record."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import people
from accounts.changes import Change
from accounts.models import ApiKey, User
from accounts.roles import Role
from audit.actions import Action
from audit.models import Entry
from audit.people import ACTIONS
from tests.conftest import person

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def page(user: User) -> str:
    return f"/settings/people/{user.pk}/"


def actions() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("action", flat=True))


def test_a_role_holds_from_the_next_click(adam: User, sue: User, sign_in: SignIn) -> None:
    hers = sign_in(sue)
    assert hers.get("/settings/people/").status_code == 403
    response = sign_in(adam).post(page(sue), {"role": "admin", "is_approver": "on"})
    assert (response.status_code, response["Location"]) == (302, "/settings/people/")
    assert hers.get("/settings/people/").status_code == 200
    changed_role, changed_approver = Entry.objects.order_by("id")
    assert (changed_role.action, changed_role.actor) == (Action.CHANGED_ROLE, adam.pk)
    assert changed_role.detail == {"person": str(sue.pk), "role": "admin", "before": "support"}
    assert changed_approver.detail == {"person": str(sue.pk), "approver": True}


def test_saving_what_is_changes_and_records_nothing(adam: User, sue: User, sign_in: SignIn) -> None:
    sign_in(adam).post(page(sue), {"role": "support"})
    assert actions() == []


@pytest.mark.parametrize("role", ["", "boss", "admin\x00"])
def test_a_role_that_is_none_is_refused(adam: User, sue: User, sign_in: SignIn, role: str) -> None:
    response = sign_in(adam).post(page(sue), {"role": role})
    assert response.status_code == 422
    sue.refresh_from_db()
    assert sue.role == Role.SUPPORT


def test_nobody_is_404(adam: User, sign_in: SignIn) -> None:
    client = sign_in(adam)
    for path in ("", "deactivate/", "reactivate/"):
        assert client.post(f"/settings/people/{uuid4()}/{path}").status_code == 404


def test_the_last_admin_stays(adam: User, sign_in: SignIn) -> None:
    client = sign_in(adam)
    response = client.post(page(adam), {"role": "support", "is_approver": "on"})
    assert response.status_code == 422
    assert "This is the last active admin" in response.text
    response = client.post(f"{page(adam)}deactivate/")
    assert response.status_code == 422
    assert "This is the last active admin" in response.text
    adam.refresh_from_db()
    assert (adam.role, adam.is_active) == (Role.ADMIN, True)
    assert actions() == []


def test_a_deactivated_admin_does_not_count(adam: User, sign_in: SignIn) -> None:
    eve = person("Eve", Role.ADMIN)
    client = sign_in(adam)
    assert client.post(f"{page(eve)}deactivate/").status_code == 302
    assert client.post(page(adam), {"role": "support"}).status_code == 422


def test_with_another_admin_one_may_step_down(adam: User, sign_in: SignIn) -> None:
    person("Eve", Role.ADMIN)
    client = sign_in(adam)
    response = client.post(page(adam), {"role": "support", "is_approver": "on"})
    assert response["Location"] == "/accounts/"
    assert client.get("/settings/people/").status_code == 403


def test_nobody_marks_themselves_as_approver(sign_in: SignIn) -> None:
    eve = User.objects.create_user("eve@example.com", role=Role.ADMIN)
    response = sign_in(eve).post(page(eve), {"role": "admin", "is_approver": "on"})
    assert response.status_code == 422
    assert "never by oneself" in response.text
    eve.refresh_from_db()
    assert not eve.is_approver
    # Given by another it is kept, and taken off by oneself.
    User.objects.filter(pk=eve.pk).update(is_approver=True)
    assert sign_in(eve).post(page(eve), {"role": "admin", "is_approver": "on"}).status_code == 302
    assert sign_in(eve).post(page(eve), {"role": "admin"}).status_code == 302


def test_sessions_end_at_once_and_do_not_come_back(adam: User, sue: User, sign_in: SignIn) -> None:
    hers, also_hers = sign_in(sue), sign_in(sue)
    assert hers.get("/").status_code == 200
    client = sign_in(adam)
    response = client.post(f"{page(sue)}deactivate/")
    assert response["Location"] == "/settings/people/"
    assert hers.get("/")["Location"].startswith("/accounts/login/")
    assert client.post(f"{page(sue)}reactivate/").status_code == 302
    assert also_hers.get("/")["Location"].startswith("/accounts/login/")
    sue.refresh_from_db()
    assert sign_in(sue).get("/").status_code == 200
    assert actions() == [Action.DEACTIVATED_PERSON, Action.REACTIVATED_PERSON]
    # Pressed twice, it is done and recorded once.
    client.post(f"{page(sue)}reactivate/")
    assert len(actions()) == 2


def test_one_who_is_deactivated_cannot_sign_in(adam: User, sue: User, client: Client) -> None:
    people.deactivate(sue.pk, adam)
    response = client.post("/accounts/login/", {"login": sue.email, "password": "correct horse battery"}, follow=True)
    assert "This account is closed" in response.text


def test_deactivating_says_which_keys_go_on(adam: User, sue: User, sign_in: SignIn) -> None:
    ApiKey.issue("bot", sue)
    gone, _ = ApiKey.issue("old", sue)
    gone.revoke()
    assert "1 API key made by them will go on working" in sign_in(adam).get(f"{page(sue)}deactivate/").text


def test_whoever_is_no_admin_any_more_changes_nothing(adam: User, sue: User) -> None:
    """Their page was open when another admin took the role away."""
    eve = person("Eve", Role.ADMIN)
    people.change_person(eve.pk, role=Role.SUPPORT, is_approver=True, by=adam)
    for change in (people.deactivate, people.reactivate):
        with pytest.raises(people.Refused, match="not an admin any more"):
            change(sue.pk, eve)
    with pytest.raises(people.Refused, match="not an admin any more"):
        people.change_person(adam.pk, role=Role.SUPPORT, is_approver=False, by=eve)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["demote", "deactivate"])
def test_two_admins_who_remove_each_other_leave_one(way: str) -> None:
    pair = [person("Adam", Role.ADMIN), person("Eve", Role.ADMIN)]
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def remove(by: User, other: User) -> None:
        try:
            ready.wait()
            if way == "demote":
                people.change_person(other.pk, role=Role.SUPPORT, is_approver=True, by=by)
            else:
                people.deactivate(other.pk, by)
            outcomes.append("done")
        except people.Refused as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=(pair[one], pair[1 - one])) for one in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=len) == ["done", people.NO_ADMIN]
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1


def test_a_change_that_cannot_be_recorded_is_not_made(adam: User, sue: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ACTIONS, Change.DEACTIVATED)
    with pytest.raises(KeyError):
        people.deactivate(sue.pk, adam)
    sue.refresh_from_db()
    assert sue.is_active


def test_the_list_is_paged_by_address_and_costs_the_same(
    adam: User, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        User.objects.create_user(f"p{number:03}@example.com", name=f"Person {number}")
    client = sign_in(adam)
    client.get("/settings/people/")
    with django_assert_num_queries(4):  # session, person, invitations, people
        text = client.get("/settings/people/").text
    assert text.index("adam@example.com") < text.index("p000@example.com")
    assert "p030@example.com" not in text
    after = User.objects.get(email="p023@example.com").pk
    with django_assert_num_queries(5):  # and where the page goes on
        text = client.get(f"/settings/people/?after={after}").text
    assert "p023@example.com" not in text
    assert "p030@example.com" in text
    assert client.get("/settings/people/?after=nonsense").status_code == 200


def test_names_are_escaped(adam: User, sign_in: SignIn) -> None:
    eve = User.objects.create_user("eve@example.com", name="<script>alert(1)</script>")
    for path in ("/settings/people/", page(eve), f"{page(eve)}deactivate/"):
        assert "<script>alert" not in sign_in(adam).get(path).text


def test_only_admins_see_the_way_there(adam: User, sue: User, sign_in: SignIn) -> None:
    assert 'href="/settings/"' in sign_in(adam).get("/").text
    assert 'href="/settings/"' not in sign_in(sue).get("/").text
    assert sign_in(adam).get("/settings/")["Location"] == "/settings/people/"
