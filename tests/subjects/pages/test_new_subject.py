"""Making a subject: its blocks, mistakes at their fields, and nothing typed is lost."""

import pytest
from django.test import Client

from accounts.models import User
from subjects.models import Block, Subject
from tests.subjects.pages.conftest import HTMX, Story

EVIL = "<img src=x onerror=alert(1)>"
ESCAPED = "&lt;img src=x onerror=alert(1)&gt;"


# A new subject


def posted(**fields: str) -> dict[str, str]:
    rows = {"blocks-TOTAL_FORMS": "1", "blocks-INITIAL_FORMS": "1", "blocks-0-limit": "5000", "blocks-1-limit": "1"}
    return {"subject_id": "user_ada", "kind": "user", "action": "create", **rows, **fields}


def test_a_new_user_gets_human_and_summary(support: Client, sue: User) -> None:
    response = support.post("/subjects/new/", posted())
    subject = Subject.objects.get()
    assert response["Location"] == f"/subjects/{subject.pk}/"
    assert (subject.subject_id, subject.kind, subject.created_by) == ("user_ada", "user", sue)
    assert list(subject.blocks.values_list("label", "limit")) == [("human", 10_000), ("summary", 1_000)]
    page = support.get(response["Location"]).text
    assert "is being created" in page
    assert "Nothing is remembered here yet." in page


def test_a_new_subject_gets_the_blocks_of_ones_choice(support: Client) -> None:
    fields = {
        "blocks-TOTAL_FORMS": "3",
        "blocks-0-label": "goals",
        "blocks-0-description": "What they want.\r\nIn order.",
        "blocks-0-value": "Ship it.\r\n",
        "blocks-0-read_only": "on",
        "blocks-1-limit": "70",
        "blocks-2-label": "people",
        "blocks-2-limit": "200",
    }
    support.post("/subjects/new/", posted(subject_id="team_oslo", kind="subject", **fields))
    blocks = Block.objects.values_list("label", "description", "value", "limit", "read_only")
    assert list(blocks) == [
        ("goals", "What they want.\nIn order.", "Ship it.\n", 5000, True),
        ("people", "", "", 200, False),
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"subject_id": ""}, "This field is required"),
        ({"subject_id": "a/b"}, "The id may contain letters, digits"),
        ({"subject_id": "x" * 201}, "at most 200 characters"),
        ({"subject_id": "user_sarah"}, "There is a subject with this id already"),
        ({"kind": "planet"}, "Select a valid choice"),
        ({"kind": "subject", "blocks-0-value": "x"}, "Give the block a label"),
        ({"kind": "subject", "blocks-0-label": "a b"}, "The label may contain letters"),
        ({"kind": "subject", "blocks-0-label": "a", "blocks-0-limit": ""}, "This field is required"),
        ({"kind": "subject", "blocks-0-label": "a", "blocks-0-limit": "0"}, "greater than or equal to 1"),
        ({"kind": "subject", "blocks-0-label": "a", "blocks-0-limit": "2", "blocks-0-value": "abc"}, "has 3 characters"),
        (
            {"kind": "subject", "blocks-TOTAL_FORMS": "2", "blocks-0-label": "a", "blocks-1-label": "a"},
            "Another block has this label already",
        ),
        ({"kind": "subject", "blocks-TOTAL_FORMS": "31", "blocks-0-label": "a"}, "Please submit at most 30 forms"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_lost_or_made(
    fields: dict[str, str], said: str, support: Client, story: Story
) -> None:
    before = Subject.objects.count()
    response = support.post("/subjects/new/", posted(**{"blocks-0-description": "Kept words", **fields}))
    assert response.status_code == 422
    assert said in response.text
    assert "Kept words" in response.text
    assert Subject.objects.count() == before


def test_a_subject_needs_a_block(support: Client) -> None:
    response = support.post("/subjects/new/", posted(kind="subject"))
    assert "Give the subject at least one block" in response.text
    assert not Subject.objects.exists()


def test_an_id_that_is_taken_leads_to_its_subject(support: Client, story: Story) -> None:
    page = support.post("/subjects/new/", posted(subject_id="user_sarah")).text
    assert f'<a href="/subjects/{story.subject.pk}/">Open user_sarah</a>' in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_rows_are_added_and_removed_and_nothing_typed_is_lost(headers: dict[str, str], support: Client) -> None:
    fields = posted(kind="subject", **{"blocks-0-label": "not valid!", "blocks-0-read_only": "on"})
    added = support.post("/subjects/new/", {**fields, "action": "add"}, headers=headers)
    assert added.status_code == 200
    assert 'name="blocks-1-label"' in added.text
    assert 'value="not valid!"' in added.text
    assert "checked" in added.text
    assert ("<html" in added.text) == (not headers)
    two = {**fields, "blocks-TOTAL_FORMS": "2", "blocks-1-label": "second", "blocks-1-limit": "70"}
    removed = support.post("/subjects/new/", {**two, "action": "remove-0"}, headers=headers).text
    assert 'value="second"' in removed
    assert "not valid!" not in removed
    assert 'name="blocks-1-label"' not in removed
