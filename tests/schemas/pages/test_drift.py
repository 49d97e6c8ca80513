"""The drift page, the subjects behind its numbers, and the subject list by template."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from schemas.drift import Cell
from schemas.listing import chosen_of
from schemas.models import Standing, Template
from subjects.models import Block, Subject
from tests.schemas.conftest import MakeTemplate

HUMAN = {"label": "human", "description": "Who it is.", "limit": 100}
SUMMARY = {"label": "summary", "description": "In short.", "limit": 50}


@pytest.fixture
def care(make_template: MakeTemplate) -> Template:
    """Two are on version 1, one just as it says; three on version 2, two of which lack the summary."""
    template = make_template("Care", [HUMAN], [HUMAN, SUMMARY])
    first, second = template.versions.order_by("number")
    for version, name, blocks in (
        (first, "ann", [HUMAN]),
        (first, "bob", [HUMAN | {"limit": 70}]),
        (second, "cem", [HUMAN, SUMMARY]),
        (second, "dov", [HUMAN]),
        (second, "eva", [HUMAN, {"label": "notes", "description": "", "limit": 5}]),
    ):
        subject = Subject.objects.create(subject_id=f"user_{name}")
        Block.objects.bulk_create(Block(subject=subject, **block) for block in blocks)
        Standing.objects.create(subject=subject, version=version)
    return template


@pytest.fixture
def auditor(otto: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(otto)


def names(page: str) -> set[str]:
    return {name for name in ("ann", "bob", "cem", "dov", "eva") if f"user_{name}" in page}


def test_each_version_with_its_numbers(auditor: Client, care: Template) -> None:
    page = auditor.get(f"/templates/{care.pk}/drift/").text
    assert page.index("Version 2") < page.index("Version 1</a>")
    assert "<b>5 subjects</b> on this template, <b>1</b> just as its newest version says." in page
    words = " ".join(page.split())
    for row in (
        ("Missing block", "2", "summary", "2"),
        ("Extra block", "1", "blocks of their own; see who", ""),
        ("Other limit", "1", "human", "1"),
    ):
        assert all(cell in words.partition(f"<td>{row[0]}</td>")[2][:700] for cell in row[1:]), row
    assert "rollouts/new" not in page, "an auditor cannot roll out"


def test_a_template_that_nobody_is_on_says_so(auditor: Client, make_template: MakeTemplate) -> None:
    empty = make_template("Empty", [HUMAN])
    assert "No subject is on this template yet" in auditor.get(f"/templates/{empty.pk}/drift/").text
    draft = make_template("Draft")
    assert "Nothing is published yet" in auditor.get(f"/templates/{draft.pk}/drift/").text


@pytest.mark.parametrize(
    ("number", "query", "expected"),
    [
        (2, "", {"cem", "dov", "eva"}),
        (2, "?kind=exact", {"cem"}),
        (2, "?kind=any", {"dov", "eva"}),
        (2, "?kind=missing", {"dov", "eva"}),
        (2, "?kind=missing&schema=1", {"dov", "eva"}),
        (2, "?kind=missing&schema=0", set()),
        (2, "?kind=extra", {"eva"}),
        (1, "?kind=limit&schema=0", {"bob"}),
        (1, "?kind=nonsense&schema=-1", {"ann", "bob"}),
        (1, "?kind=limit&schema=99999999999", {"bob"}),
    ],
)
def test_the_subjects_behind_a_number_here_and_in_the_subject_list(
    auditor: Client, care: Template, number: int, query: str, expected: set[str]
) -> None:
    page = auditor.get(f"/templates/{care.pk}/versions/{number}/subjects/{query}").text
    assert names(page) == expected
    if expected:
        in_list = page.partition('href="/?template=')[2].partition('"')[0]
        assert names(auditor.get(f"/?template={in_list}").text) == expected


def test_what_differs_is_said_of_each(auditor: Client, care: Template) -> None:
    page = " ".join(auditor.get(f"/templates/{care.pk}/versions/2/subjects/?kind=extra").text.split())
    assert "missing block summary," in page
    assert "extra block notes" in page


def test_admins_are_led_to_a_rollout_of_the_selection(admin: Client, care: Template) -> None:
    first, second = care.versions.order_by("number")
    page = admin.get(f"/templates/{care.pk}/drift/").text
    assert f"/rollouts/new/?version={second.pk}&amp;template={first.pk}" in page
    page = admin.get(f"/templates/{care.pk}/versions/1/subjects/?kind=limit&schema=0").text
    assert f"/rollouts/new/?version={second.pk}&amp;template={first.pk}%3Alimit%3A0" in page


def test_the_subject_list_by_template_version_and_none(auditor: Client, care: Template) -> None:
    first = care.versions.get(number=1)
    Subject.objects.create(subject_id="user_fay")
    assert names(auditor.get(f"/?template={care.pk}").text) == {"ann", "bob", "cem", "dov", "eva"}
    assert names(auditor.get(f"/?template={first.pk}").text) == {"ann", "bob"}
    page = auditor.get("/?template=none").text
    assert names(page) == set()
    assert "user_fay" in page
    page = auditor.get(f"/?template={chosen_of(Cell(first, 'limit', 'human'))}").text
    assert "Care, version 1: other limit human" in page, "the choice stays to be seen"
    assert "Choose one of the templates." in auditor.get("/?template=nonsense").text


def test_the_list_is_saved_as_csv(auditor: Client, care: Template) -> None:
    first = care.versions.get(number=1)
    csv = auditor.post("/lists/", {"template": str(first.pk)}).content.decode()
    assert names(csv) == {"ann", "bob"}


def test_the_pages_ask_the_same_however_many_there_are(auditor: Client, care: Template) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert auditor.get(address).status_code == 200
        return len(seen)

    addresses = [f"/templates/{care.pk}/drift/", f"/templates/{care.pk}/versions/2/subjects/"]
    before = [queries(address) for address in addresses]
    second = care.versions.get(number=2)
    for number in range(20):
        subject = Subject.objects.create(subject_id=f"user_more{number}")
        Block.objects.create(subject=subject, label="notes")
        Standing.objects.create(subject=subject, version=second)
    assert [queries(address) for address in addresses] == before
    assert max(before) <= 12
