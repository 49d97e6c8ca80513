"""The subject list's filters and orders, and the list saved as CSV."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from subjects import saving
from subjects.models import ListExport, ListPart, Run, Subject
from subjects.wanted import Wanted
from tests.subjects.pages.conftest import HTMX, make_block, make_run, make_subject, see_a_worker

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shown(client: Client, **filters: str) -> list[str]:
    page = client.get("/", filters)
    assert page.status_code == 200
    return [row.subject.subject_id for row in page.context["found"].rows]


@pytest.fixture
def three(db: None) -> None:
    """Ada learned on the first and failed since; Bob, a team, learned on the second; Cem never learned."""
    for place, (name, learned) in enumerate((("ada", NOW), ("bob", NOW + timedelta(days=1)), ("cem", None))):
        kind = "subject" if name == "bob" else "user"
        make_subject(name, kind=kind, last_learned_at=learned, created_at=NOW + timedelta(minutes=place))
    ada, bob, _ = Subject.objects.order_by("subject_id")
    make_run(ada, Run.State.COMPLETED)
    make_run(ada, Run.State.FAILED)
    make_run(bob, Run.State.FAILED)
    make_run(bob, Run.State.COMPLETED)
    make_block(ada, "human", "Likes green tea")
    make_block(bob, "goals", "Sell tea, not coffee")
    Subject.objects.exclude(subject_id="bob").update(tags=["de", "vip"])
    Subject.objects.exclude(subject_id="ada").update(duplicate_agent_ids=["agent-2"])


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, ["cem", "bob", "ada"]),
        ({"kind": "user"}, ["cem", "ada"]),
        ({"since": "2026-03-01T12:01"}, ["bob"]),
        ({"until": "2026-03-02T12:01"}, ["bob", "ada"]),
        ({"since": "2026-03-01T11:00", "until": "2026-03-02T11:00"}, ["ada"]),
        ({"failed": "on"}, ["ada"]),
        ({"doubled": "on"}, ["cem", "bob"]),
        ({"doubled": "on", "kind": "user", "sort": "id"}, ["cem"]),
        ({"doubled": "on", "q": "b"}, ["bob"]),
        ({"doubled": "on", "text": "tea"}, ["bob"]),
        ({"label": "goals"}, ["bob"]),
        ({"label": "goal"}, []),
        ({"tag": "vip"}, ["cem", "ada"]),
        ({"tag": "vip", "kind": "user", "failed": "on"}, ["ada"]),
        ({"tag": "vip", "text": "tea"}, ["ada"]),
        ({"tag": "vi"}, []),
        ({"text": "tea"}, ["bob", "ada"]),
        ({"text": "green tea", "kind": "user"}, ["ada"]),
        ({"text": "coff"}, ["bob"]),
        ({"text": "!!"}, []),
        ({"q": "a"}, ["ada"]),
        ({"q": "a", "failed": "on", "label": "human", "text": "green", "kind": "user"}, ["ada"]),
        ({"sort": "id"}, ["ada", "bob", "cem"]),
        ({"sort": "learned"}, ["bob", "ada"]),
        ({"sort": "longest"}, ["ada", "bob"]),
        ({"sort": "longest", "since": "2026-03-01T12:01"}, ["bob"]),
        ({"never": "on"}, ["cem"]),
        ({"never": "on", "tag": "vip", "sort": "id"}, ["cem"]),
        ({"never": "on", "failed": "on"}, []),
        ({"never": "on", "sort": "learned"}, []),
        ({"sort": "newest", "q": "a"}, ["ada"]),
    ],
)
def test_filters_and_orders(filters: dict[str, str], ids: list[str], support: Client, three: None) -> None:
    assert shown(support, **filters) == ids


def test_what_nobody_fits_is_said(support: Client, three: None) -> None:
    assert "No subject fits" in support.get("/", {"label": "nothing"}).text


@pytest.mark.parametrize("filters", [{"kind": "robot"}, {"since": "yesterday"}, {"sort": "size"}, {"q": "x" * 201}])
def test_a_wrong_filter_is_named_and_leaves_nobody_out(filters: dict[str, str], support: Client, three: None) -> None:
    page = support.get("/", filters)
    assert page.context["form"].errors
    assert len(page.context["found"].rows) == 3
    assert 'class="errors"' in page.text


@pytest.mark.parametrize("sort", ["newest", "id", "learned", "longest"])
def test_every_order_pages_there_and_back(sort: str, support: Client) -> None:
    Subject.objects.bulk_create(
        Subject(subject_id=f"user_{n:02d}", created_at=NOW, last_learned_at=NOW + timedelta(days=n // 3)) for n in range(60)
    )
    seen, after = [], ""
    while after is not None:
        page = support.get("/", {"sort": sort, "after": after}).context["found"]
        seen += [row.subject.subject_id for row in page.rows]
        after = page.page.after
    assert len(seen) == len(set(seen)) == 60
    back = support.get("/", {"sort": sort, "before": page.page.before}).context["found"]
    assert [row.subject.subject_id for row in back.rows] == seen[25:50]


def test_a_cursor_that_never_learned_is_the_first_page_of_those_who_did(support: Client, three: None) -> None:
    cem = Subject.objects.get(subject_id="cem")
    assert shown(support, sort="learned", after=str(cem.pk)) == ["bob", "ada"]


@pytest.mark.parametrize(
    ("filters", "queries"),
    [
        ({"kind": "user"}, 6),
        ({"failed": "on"}, 6),
        ({"doubled": "on"}, 6),
        ({"sort": "longest"}, 7),
        ({"label": "human"}, 7),
        ({"tag": "vip"}, 7),
        ({"text": "tea"}, 13),
        ({"sort": "learned"}, 7),
    ],
)
def test_the_number_of_queries_stays_the_same(
    filters: dict[str, str], queries: int, support: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        subject = make_subject(f"user_{number}", last_learned_at=NOW, tags=["vip"], duplicate_agent_ids=["agent-2"])
        make_block(subject, "human", "tea")
        make_run(subject, Run.State.FAILED)
    # session, person, audit, subjects, blocks, last runs; with a tag or block who has it; with words how frequent they are
    # (two), how they lie, whose blocks have them, in a transaction with a time limit (three); in another order a count
    with django_assert_num_queries(queries):
        assert len(shown(support, **filters)) == 25


# Saved as CSV


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def test_a_short_list_is_saved_at_once_as_filtered(support: Client, three: None) -> None:
    response = support.post("/lists/", {"kind": "user", "sort": "id"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="subjects-')
    head, *rows = cells(response.content)
    assert head == list(saving.COLUMNS)
    assert [row[0] for row in rows] == ["ada", "cem"]
    assert rows[0][1:4] == ["user", "human", "2026-03-01 12:00:00"]
    assert rows[0][5] == "Failed"
    assert not ListExport.objects.exists()


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_stays_text(sign: str, support: Client) -> None:
    make_block(make_subject(f"{sign}cmd|' /C calc'!A0"), f"{sign}label", "x")
    [_, row] = cells(support.post("/lists/").content)
    assert row[0].startswith(f"'{sign}")
    assert row[2].startswith(f"'{sign}")


@pytest.fixture
def many(db: None) -> None:
    Subject.objects.bulk_create(
        Subject(subject_id=f"user_{n:04d}", created_at=NOW + timedelta(seconds=n), last_learned_at=NOW) for n in range(2500)
    )


def test_a_long_list_is_written_by_a_worker_and_only_for_the_one_who_asked(
    support: Client, sign_in: Callable[[User], Client], adam: User, many: None
) -> None:
    started = support.post("/lists/", {"q": "user_", "sort": "learned"})
    export = ListExport.objects.get()
    assert started["Location"] == f"/lists/{export.pk}/"
    assert "Being written" in support.get(started["Location"]).text
    assert "Waiting" not in support.get(started["Location"]).text
    see_a_worker(240)
    ListExport.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    assert "Waiting for a worker: none has been seen for 4 minutes." in support.get(started["Location"]).text
    assert support.get(f"/lists/{export.pk}/download/").status_code == 404
    assert saving.due() == [str(export.pk)]
    assert saving.advance(str(export.pk)) is None
    export.refresh_from_db()
    assert (export.state, export.rows_done, export.parts.count()) == ("ready", 2500, 3)
    assert not saving.due()
    response = support.get(f"/lists/{export.pk}/download/")
    rows = cells(b"".join(response))
    assert sorted(row[0] for row in rows[1:]) == [f"user_{n:04d}" for n in range(2500)]
    for address in (started["Location"], f"/lists/{export.pk}/download/"):
        assert sign_in(adam).get(address).status_code == 404


def test_the_page_of_a_list_polls_until_it_is_ready(support: Client, many: None) -> None:
    address = support.post("/lists/")["Location"]
    seen = support.get(address).context["seen"]
    assert support.get(address, {"seen": seen}, headers=HTMX).status_code == 204
    saving.advance(str(ListExport.objects.get().pk))
    card = support.get(address, {"seen": seen}, headers=HTMX).text
    assert "2,500 subjects" in card
    assert "hx-get" not in card
    assert "download/" in card
    ListExport.objects.all().delete()
    assert support.get(address, headers=HTMX).status_code == 286


def test_a_list_goes_on_where_a_killed_worker_left_it(support: Client, many: None, monkeypatch: pytest.MonkeyPatch) -> None:
    support.post("/lists/")
    export = ListExport.objects.get()
    monkeypatch.setattr(saving, "TURN_SECONDS", -1.0)
    assert saving.advance(str(export.pk)) is not None
    saving._write_part(export)
    monkeypatch.undo()
    saving.advance(str(export.pk))
    rows = cells(b"".join(saving.content_of(export)))
    assert [row[0] for row in rows[1:]] == [f"user_{n:04d}" for n in range(2499, -1, -1)]


def test_a_list_whose_place_is_lost_fails_and_says_so(support: Client, many: None) -> None:
    support.post("/lists/")
    export = ListExport.objects.get()
    saving._write_part(export)
    Subject.objects.filter(pk=export.after).delete()
    saving.advance(str(export.pk))
    assert "A subject of the list was deleted meanwhile" in support.get(f"/lists/{export.pk}/").text


def test_lists_are_deleted_after_a_day(support: Client, many: None) -> None:
    support.post("/lists/")
    export = ListExport.objects.get()
    saving.advance(str(export.pk))
    saving.delete_expired()
    assert ListPart.objects.exists()
    ListExport.objects.update(created_at=timezone.now() - timedelta(hours=24, minutes=1))
    assert support.get(f"/lists/{export.pk}/download/").status_code == 404
    saving.delete_expired()
    assert not ListPart.objects.exists()


def test_what_is_wanted_survives_being_stored() -> None:
    wanted = Wanted(q="a", since=NOW, never=True, failed=True, doubled=True, text="tea", sort="id")
    assert Wanted.from_json(wanted.as_json()) == wanted
