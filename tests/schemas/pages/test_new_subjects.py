"""A new subject from a template, on the page. Without one, tests/subjects/pages/test_subjects.py."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from schemas.models import SharedBlock, Standing
from subjects.models import Subject
from tests.faulty_proxy import Fault, FaultyProxy
from tests.schemas.conftest import written_draft, written_template


@pytest.fixture
def support(sue: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(sue)


def _posted(kind: object, **fields: str) -> dict[str, object]:
    rows = {"blocks-TOTAL_FORMS": "1", "blocks-INITIAL_FORMS": "1", "blocks-0-limit": "5000"}
    return {"subject_id": "user_ada", "kind": str(kind), "action": "create", **rows, **fields}


def test_published_templates_are_offered_and_the_default_is_chosen(support: Client) -> None:
    first = written_template("Anything", [{"label": "notes"}])
    default = written_template("Care", [{"label": "old"}], [{"label": "human"}, {"label": "wishes"}], is_default=True)
    draft = written_template("Unfinished")
    written_draft(draft, {"label": "human"})
    page = support.get("/subjects/new/")
    choices = page.context["form"]["kind"]
    assert [label for _, label in choices.field.choices] == [
        "Care: human, wishes",
        "Anything: notes",
        "Without a template: a user, with the blocks human and summary",
        "Without a template: a team, a project or anything else, with blocks of your choice",
    ]
    assert choices.value() == str(default.pk)
    assert str(first.pk) in page.text
    assert str(draft.pk) not in page.text
    assert "Display name" not in page.text, "no starting value asks for it"


def test_it_is_created_with_the_blocks_of_the_last_version(support: Client) -> None:
    value = "Name: {{ display_name }}"
    template = written_template("Care", [{"label": "old"}], [{"label": "human", "value": value}])
    assert "Display name" in support.get("/subjects/new/").text
    response = support.post("/subjects/new/", _posted(template.pk, display_name="Ada L."))
    subject = Subject.objects.get()
    assert response["Location"] == f"/subjects/{subject.pk}/"
    assert list(subject.blocks.values_list("label", "value")) == [("human", "Name: Ada L.")]
    assert subject.standing.version.number == 2
    support.post("/subjects/new/", _posted(template.pk, subject_id="user_bea_k"))
    assert Subject.objects.get(subject_id="user_bea_k").blocks.get().value == "Name: Bea K"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"subject_id": "user_" + "x" * 60}, "The starting value of human has 65 characters; its limit is 40."),
        ({"subject_id": "user_taken"}, "There is a subject with this id already."),
        ({"subject_id": "a/b"}, "The id may contain letters, digits"),
        ({"kind": "0b0e7f6e-0000-4000-8000-000000000000"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_in_place_and_nothing_is_made(fields: dict[str, str], said: str, support: Client) -> None:
    template = written_template("Care", [{"label": "human", "value": "{{ subject_id }}", "limit": 40}])
    Subject.objects.create(subject_id="user_taken")
    response = support.post("/subjects/new/", _posted(template.pk) | fields)
    assert (response.status_code, said in response.text) == (422, True)
    assert Subject.objects.count() == 1
    assert not Standing.objects.exists()


@pytest.mark.enable_socket
def test_without_letta_a_shared_block_that_is_not_there_yet_is_said(
    proxy: FaultyProxy, sue: User, sign_in: Callable[[User], Client]
) -> None:
    shared = SharedBlock.objects.create(label="policies", value="Be brief.")
    template = written_template("Care", [{"label": "policies", "shared_block": shared}])
    proxy.faults.append(Fault("POST", "/v1/blocks", "error_500", times=9))
    response = sign_in(sue).post("/subjects/new/", _posted(template.pk))
    assert (response.status_code, "not in Letta yet. Nothing was created" in response.text) == (422, True)
    assert not Subject.objects.exists()
