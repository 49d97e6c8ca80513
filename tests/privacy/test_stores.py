"""The table of stores is whole: nothing that hangs on a subject, and nothing personal, is without its place in it."""

from django.apps import apps
from django.db.models import CASCADE, Model

from privacy.naming import PACKED, everywhere
from privacy.personal_fields import FIELDS, OVER_REST
from privacy.stores import CLEANED, DELETED, NOT_OF_SUBJECTS, REWRITTEN
from subjects.models import Subject


def hanging_on(model: type[Model]) -> set[str]:
    """Every model whose rows go with a row of `model`, and what hangs on those."""
    found: set[str] = set()
    todo = [model]
    while todo:
        for relation in todo.pop()._meta.related_objects:
            label = relation.related_model._meta.label
            if relation.on_delete is CASCADE and label not in found:
                found.add(label)
                todo.append(relation.related_model)
    return found


def test_whatever_hangs_on_a_subject_is_deleted_by_name() -> None:
    """Not by the way: each store has its line in inventory and receipt."""
    assert hanging_on(Subject) - {store.label for store in DELETED} == set()


def test_every_table_with_something_personal_has_its_place() -> None:
    personal = {label for label, fields in FIELDS.items() if fields.personal_names and not label.startswith(OVER_REST)}
    places = [*(store.label for store in DELETED), *CLEANED, *NOT_OF_SUBJECTS]
    assert personal - set(places) == set()
    assert len(places) == len(set(places)), "one place each"
    assert set(places) - set(FIELDS) == set(), "no table that is not there"


def test_what_hangs_on_something_goes_before_it() -> None:
    order = [store.label for store in DELETED]
    late = [
        (store.label, field.remote_field.model._meta.label)
        for store in DELETED
        for field in store.model._meta.concrete_fields
        if field.remote_field
        and field.remote_field.on_delete is CASCADE
        and field.remote_field.model._meta.label in order
        and order.index(field.remote_field.model._meta.label) < order.index(store.label)
    ]
    assert not late


def test_rewritten_fields_are_personal_ones() -> None:
    assert set(REWRITTEN) <= set(CLEANED)
    for label, fields in REWRITTEN.items():
        assert set(fields) <= FIELDS[label].personal_names


def test_the_search_looks_into_every_personal_field_that_can_hold_a_text() -> None:
    searched = set(everywhere())
    # Times, vectors and what is packed hold no text that could be looked for.
    left_out = {("accounts.User", "last_login")}
    expected = {
        (label, name)
        for label, fields in FIELDS.items()
        if not label.startswith(OVER_REST) and label not in PACKED
        for name in fields.personal_names
    }
    assert expected - searched == left_out
    assert all(apps.get_model(label) for label, _ in searched)
