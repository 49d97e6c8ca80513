"""Instances that are made quickly are what Django would have made."""

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from subjects.models import Block, Run, Subject


@pytest.fixture
def block(db: None) -> Block:
    subject = Subject.objects.create(subject_id="ann", tags=["de", "pilot"])
    return Block.objects.create(subject=subject, label="human", value="Likes tea.", limit=100)


def test_an_instance_has_what_was_written(block: Block) -> None:
    plainly = models.Model.from_db.__func__  # type: ignore[attr-defined]
    names = [field.attname for field in Subject._meta.concrete_fields]
    row = Subject.objects.values_list(*names).get()
    made, loaded = plainly(Subject, "default", names, row), Subject.objects.get()
    assert {name: getattr(made, name) for name in names} == {name: getattr(loaded, name) for name in names}
    assert (loaded._state.adding, loaded._state.db) == (False, "default")
    assert loaded == block.subject


def test_what_was_not_asked_for_is_read_when_it_is_looked_at(block: Block) -> None:
    with CaptureQueriesContext(connection) as captured:
        found = Block.objects.only("label").get()
        assert found.get_deferred_fields() >= {"value", "limit"}
        assert found.label == "human"
    assert len(captured) == 1
    assert found.value == "Likes tea."
    found.refresh_from_db()
    assert found.limit == 100


def test_what_belongs_to_it_comes_along_and_can_be_put_in_another_s_place(block: Block) -> None:
    found = Block.objects.select_related("subject").get()
    with CaptureQueriesContext(connection) as captured:
        assert found.subject.tags == ["de", "pilot"]
    assert not captured.captured_queries
    other = Subject.objects.create(subject_id="bob")
    found.subject_id = other.pk
    assert found.subject == other, "nothing of the first is kept"
    found.save()
    assert Block.objects.get().subject_id == other.pk


def test_what_was_asked_for_besides_the_fields_is_there(block: Block) -> None:
    found = Subject.objects.annotate(number=models.Count("blocks")).get()
    assert found.number == 1


@pytest.mark.parametrize("state", [*Run.State.values, "of another time", ""])
def test_choices_are_said_as_django_says_them(state: str) -> None:
    run = Run(state=state, source=Run.Source.FILE)
    as_django = models.Model._get_FIELD_display  # type: ignore[attr-defined]
    assert run.get_state_display() == as_django(run, Run._meta.get_field("state"))
    assert run.get_source_display() == "from a file"
