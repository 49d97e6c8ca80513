"""/api/privacy-requests as a company's request portal uses it: over real HTTP, with a key."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.urls import URLResolver, get_resolver
from pytest_django.live_server_helper import LiveServer

from accounts.models import ApiKey, Scope, User
from audit.models import Entry
from privacy.models import Event, Request
from privacy.requesting import NotPossible, approve
from subjects.models import Subject
from tests.subjects.pages.conftest import make_subject

pytestmark = pytest.mark.enable_socket
ASKED = {"kind": "erasure", "subject_id": "user_sarah", "reference": "PORTAL-1"}


@pytest.fixture
def sarah(transactional_db: None) -> Subject:
    return make_subject("user_sarah")


@pytest.fixture
def key(transactional_db: None, adam: User) -> str:
    return ApiKey.issue("portal", adam, [Scope.PRIVACY])[1]


@pytest.fixture
def portal(live_server: LiveServer, key: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{live_server.url}/api/", headers=headers, timeout=20) as client:
        yield client


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["title"]
    return dict(body)


def test_a_portal_files_an_erasure_and_follows_it(portal: httpx.Client, sarah: Subject) -> None:
    answer = portal.post("privacy-requests", json=ASKED)
    assert answer.status_code == 201
    filed = Request.objects.get()
    body = answer.json()
    assert body["id"] == str(filed.pk)
    assert (body["state"], body["is_open"], body["on_hold"]) == ("waiting", True, False)
    assert filed.subject == sarah.pk
    assert (filed.due_at - filed.filed_at).days == 30
    assert "user_sarah" not in answer.text

    assert portal.get(f"privacy-requests/{filed.pk}").json() == body
    assert portal.get("privacy-requests", params={"reference": "PORTAL-1"}).json() == {"items": [body], "next": None}
    assert portal.get("privacy-requests", params={"reference": "PORTAL-2"}).json()["items"] == []


def test_the_same_reference_is_the_same_request(portal: httpx.Client, sarah: Subject) -> None:
    first, again = portal.post("privacy-requests", json=ASKED), portal.post("privacy-requests", json=ASKED)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Request.objects.count() == 1

    # Also when the person is erased long since and the id with them.
    Request.objects.update(state="done", subject_id="")
    assert portal.post("privacy-requests", json=ASKED).json()["id"] == first.json()["id"]


def test_a_reference_of_other_content_is_a_conflict(portal: httpx.Client, sarah: Subject) -> None:
    portal.post("privacy-requests", json=ASKED)
    for other in ({"kind": "access"}, {"subject_id": "user_tom"}):
        problem = problem_of(portal.post("privacy-requests", json=ASKED | other), 409)
        assert problem["errors"][0]["field"] == "reference"
        assert "user_" not in json.dumps(problem)
    assert Request.objects.count() == 1


def test_what_is_open_already_is_not_filed_under_another_reference(portal: httpx.Client, sarah: Subject) -> None:
    portal.post("privacy-requests", json=ASKED)
    problem = problem_of(portal.post("privacy-requests", json=ASKED | {"reference": "PORTAL-2"}), 409)
    assert "open for this subject already" in problem["detail"]


def test_one_of_many_at_once_files_it(portal: httpx.Client, sarah: Subject) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: portal.post("privacy-requests", json=ASKED), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "deletion"}, "kind"),
        ({"subject_id": ""}, "subject_id"),
        ({"subject_id": "x" * 201}, "subject_id"),
        ({"subject_id": "user\u0000sarah"}, "subject_id"),
        ({"subject_id": " user_sarah"}, "subject_id"),
        ({"subject_id": 7}, "subject_id"),
        ({"reference": "with a space"}, "reference"),
        ({"reference": ""}, "reference"),
        ({"reference": "for.user_sarah"}, "reference"),
        ({"reason": "none of your business"}, "reason"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    portal: httpx.Client, sarah: Subject, wrong: dict[str, object], field: str
) -> None:
    problem = problem_of(portal.post("privacy-requests", json=ASKED | wrong), 422)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert not Request.objects.exists()


def test_a_missing_field_and_a_body_that_is_none(portal: httpx.Client) -> None:
    problem = problem_of(portal.post("privacy-requests", json={"kind": "access", "subject_id": "user_sarah"}), 422)
    assert problem["errors"] == [{"field": "reference", "message": "This field is missing."}]
    assert problem_of(portal.post("privacy-requests", content=b"{"), 400)["errors"][0]["field"] == "body"
    assert problem_of(portal.post("privacy-requests", json=[1]), 422)["errors"][0]["field"] == "body"
    assert problem_of(portal.get("privacy-requests", params={"limit": "0"}), 422)["errors"][0]["field"] == "limit"
    assert problem_of(portal.get("privacy-requests/7"), 422)["errors"][0]["field"] == "request_id"


# Every address and every method, without a key and with keys that may not.

ADDRESSES = {
    "privacy-requests": {"GET", "POST"},
    "privacy-requests/00000000-0000-4000-8000-000000000000": {"GET"},
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def test_every_address_of_the_api_is_walked_here() -> None:
    [ours] = [one for one in get_resolver().url_patterns if str(one.pattern) == "api/"]
    assert isinstance(ours, URLResolver)
    [known, _fallback] = ours.url_patterns
    assert isinstance(known, URLResolver)
    addresses = {str(one.pattern) for one in known.url_patterns}
    assert addresses == {"", "openapi.json", "privacy-requests", "privacy-requests/<request_id>"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_gets_in_without_the_scope(live_server: LiveServer, address: str) -> None:
    other = ApiKey.issue("other", scopes=[Scope.READ, Scope.LEARN, Scope.MANAGE])[1]
    row, revoked = ApiKey.issue("old", scopes=[Scope.PRIVACY])
    row.revoke()
    for key, status in ((None, 401), ("mui-unknown", 401), (revoked, 401), (other, 403)):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        for method in METHODS:
            answer = httpx.request(method, f"{live_server.url}/api/{address}", headers=headers, json=ASKED)
            if method not in ADDRESSES[address]:
                problem_of(answer, 405)
            else:
                problem = problem_of(answer, status)
                assert ("lacks the scope privacy" in problem["detail"]) == (status == 403)
                assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)
    assert not Request.objects.exists()


def test_an_address_that_is_none_says_where_to_look(portal: httpx.Client) -> None:
    assert "openapi.json" in problem_of(portal.get("people"), 404)["detail"]


def test_requests_that_officers_filed_are_not_shown(
    portal: httpx.Client, petra: User, file_for: Callable[..., Request]
) -> None:
    filed = file_for("erasure", "user_sarah", petra)
    problem_of(portal.get(f"privacy-requests/{filed.pk}"), 404)
    assert portal.get("privacy-requests").json()["items"] == []


def test_whoever_made_the_key_cannot_approve(portal: httpx.Client, sarah: Subject, adam: User, otto: User) -> None:
    portal.post("privacy-requests", json=ASKED)
    filed = Request.objects.get()
    with pytest.raises(NotPossible, match="an API key that you made"):
        approve(filed, adam)
    otto.is_approver = True
    approve(filed, otto)
    assert filed.state == "approved"


def test_what_a_key_did_is_on_the_record(portal: httpx.Client, sarah: Subject) -> None:
    portal.post("privacy-requests", json=ASKED)
    filed = Request.objects.get()
    portal.get(f"privacy-requests/{filed.pk}")
    entries = list(Entry.objects.order_by("id").values_list("action", "actor_kind", "privacy_request", "subject"))
    assert entries == [
        ("filed-request", "api-key", filed.pk, sarah.pk),
        ("looked-at-request", "api-key", filed.pk, sarah.pk),
    ]
    assert Event.objects.get().detail == "over HTTP"


def test_lists_go_on_where_the_one_before_ended(portal: httpx.Client) -> None:
    for number in range(5):
        asked = {"kind": "access", "subject_id": f"user_{number}", "reference": f"R-{number}"}
        assert portal.post("privacy-requests", json=asked).status_code == 201
    first = portal.get("privacy-requests", params={"limit": 3}).json()
    rest = portal.get("privacy-requests", params={"limit": 3, "after": first["next"]}).json()
    assert [row["reference"] for row in first["items"] + rest["items"]] == ["R-4", "R-3", "R-2", "R-1", "R-0"]
    assert rest["next"] is None
    assert portal.get("privacy-requests", params={"state": "done"}).json()["items"] == []


def test_it_is_described(portal: httpx.Client, sarah: Subject) -> None:
    """The description is served to anybody, and what is answered is as described."""
    description = httpx.get(f"{portal.base_url}openapi.json").json()
    assert description["openapi"].startswith("3.")
    paths = description["paths"]
    assert set(paths) == {"/api/privacy-requests", "/api/privacy-requests/{request_id}"}
    post = paths["/api/privacy-requests"]["post"]
    assert set(post["responses"]) == {"200", "201", "400", "401", "403", "409", "422"}
    assert post["security"]
    schemas = description["components"]["schemas"]
    assert schemas["Asked"]["required"] == ["kind", "subject_id", "reference"]
    assert [scheme["scheme"] for scheme in description["components"]["securitySchemes"].values()] == ["bearer"]
    body = portal.post("privacy-requests", json=ASKED).json()
    assert set(body) == set(schemas["Filed"]["properties"])
    wrong = portal.post("privacy-requests", json={}).json()
    assert set(wrong) == set(schemas["Wrong"]["properties"])
