"""A filter that another app brings to the subject list."""

import pytest
from django import forms
from django.db.models import Q
from django.test import Client

from subjects import list_filters
from subjects.list_filters import AddedFilter, register_filter
from subjects.wanted import Wanted
from tests.subjects.pages.conftest import make_subject

CHOICES = [("", "any"), ("odd", "Odd ones"), ("even", "Even ones")]
PARITY = AddedFilter(
    "parity", lambda: forms.ChoiceField(required=False, choices=CHOICES), lambda value: Q(subject_id__startswith=value)
)


@pytest.fixture(autouse=True)
def _parity(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(list_filters, "_added", {})
    register_filter(PARITY)
    for name in ("odd-1", "even-2", "odd-3"):
        make_subject(name, kind="subject" if name == "odd-3" else "user")


def test_it_stands_among_the_filters_and_goes_with_them(support: Client) -> None:
    page = support.get("/", {"parity": "odd"})
    assert [row.subject.subject_id for row in page.context["found"].rows] == ["odd-3", "odd-1"]
    assert '<option value="odd" selected>Odd ones</option>' in page.text
    assert '<input type="hidden" name="parity" value="odd"' in page.text  # for the CSV of this list
    page = support.get("/", {"parity": "odd", "kind": "user"})
    assert [row.subject.subject_id for row in page.context["found"].rows] == ["odd-1"]


def test_a_wrong_value_is_named(support: Client) -> None:
    page = support.get("/", {"parity": "round"})
    assert "parity" in page.context["form"].errors
    assert len(page.context["found"].rows) == 3


def test_the_list_is_saved_as_it_is_shown(support: Client) -> None:
    saved = support.post("/lists/", {"parity": "even"}).content.decode().splitlines()
    assert [line.split(",")[0] for line in saved[1:]] == ["even-2"]


def test_a_stored_list_keeps_it_and_without_its_app_nobody_passes(support: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Wanted(added=(("parity", "odd"),))
    assert Wanted.from_json(wanted.as_json() | {"added": [["parity", "odd"]]}) == wanted
    monkeypatch.setattr(list_filters, "_added", {})
    assert not list_filters.condition_of("parity", "odd").deconstruct()[1][0][1]


def test_a_name_is_taken_once() -> None:
    register_filter(PARITY)
    with pytest.raises(ValueError, match="parity"):
        register_filter(AddedFilter("parity", PARITY.field, lambda value: Q()))
