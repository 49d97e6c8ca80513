"""Drafts and versions: what is kept, what is refused, and two people at once."""

import threading

import pytest
from django.db import connection

from accounts.models import User
from audit.models import Entry
from schemas.checking import BadSchemas, Schema
from schemas.editing import (
    BadTemplate,
    Changed,
    create_template,
    discard_draft,
    duplicate_template,
    free_name,
    newest_version,
    save_template,
    shown_schemas,
    shown_version,
)
from schemas.models import Template
from schemas.publishing import archive, default_version, end_default, make_default, publish, unarchive

pytestmark = pytest.mark.django_db

HUMAN = Schema("human", "About them.", "Name: {{ display_name }}", 200)
WISHES = Schema("wishes", limit=300, read_only=True)


def _saved(template: Template, *schemas: Schema) -> Template:
    template.refresh_from_db()
    return save_template(template, template.name, template.purpose, schemas, edition=template.edition)


def _published(*schemas: Schema, name: str = "Care") -> Template:
    template = create_template(name, "For care.", schemas)
    publish(template, "First.", edition=template.edition)
    template.refresh_from_db()
    return template


def test_a_template_begins_as_a_draft_with_its_blocks_in_order(adam: User) -> None:
    template = create_template("  Care ", "For care.", [WISHES, HUMAN], adam)
    assert (template.name, template.created_by) == ("Care", adam)
    assert shown_schemas(template) == [WISHES, HUMAN]
    assert newest_version(template) is None


def test_saving_changes_name_purpose_and_draft_and_counts_an_edition(adam: User) -> None:
    template = create_template("Care", "", [HUMAN])
    after = save_template(template, "Caring", "For all.", [HUMAN, WISHES], edition=template.edition, by=adam)
    assert (after.name, after.purpose, after.edition) == ("Caring", "For all.", template.edition + 1)
    assert shown_schemas(after) == [HUMAN, WISHES]
    draft = shown_version(after)
    assert draft is not None
    assert (draft.is_draft, draft.changed_by) == (True, adam)


def test_who_looked_at_an_older_edition_overwrites_nothing() -> None:
    template = create_template("Care", "", [HUMAN])
    _saved(template, WISHES)
    with pytest.raises(Changed) as changed:
        save_template(template, "Mine", "", [HUMAN], edition=1)
    assert shown_schemas(changed.value.template) == [WISHES]
    assert Template.objects.get().name == "Care"
    with pytest.raises(Changed):
        publish(template, "Mine.", edition=1)
    with pytest.raises(Changed):
        discard_draft(template, edition=1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_told() -> None:
    template = create_template("Care", "", [HUMAN])
    both, outcomes = threading.Barrier(2), []

    def save(name: str) -> None:
        both.wait()
        try:
            save_template(template, name, "", [WISHES], edition=template.edition)
            outcomes.append("saved")
        except Changed:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[name]) for name in ("Ann's", "Bob's")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", "told"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "CARE"])
def test_a_name_is_given_once_and_fits(name: str) -> None:
    create_template("Care", "", [])
    with pytest.raises(BadTemplate) as bad:
        create_template(name, "", [])
    assert bad.value.field == "name"
    other = create_template("Other", "", [])
    with pytest.raises(BadTemplate) as bad:
        save_template(other, name, "", [HUMAN], edition=other.edition)
    assert bad.value.field == "name"
    assert shown_schemas(other) == []
    assert Template.objects.get(pk=other.pk).edition == other.edition


def test_bad_schemas_are_all_told_and_none_is_kept() -> None:
    bad = [
        Schema("human", value="x" * 11, limit=10),
        Schema("human", limit=0),
        Schema("a b", limit=1_000_001),
        Schema("", value="{{ nobody }}"),
    ]
    with pytest.raises(BadSchemas) as refused:
        create_template("Care", "", bad)
    told = [(problem.place, problem.field) for problem in refused.value.problems]
    assert told == [(0, "value"), (1, "limit"), (1, "label"), (2, "label"), (2, "limit"), (3, "label"), (3, "value")]
    assert not Template.objects.exists()


def test_a_value_is_measured_with_its_placeholders_filled_in() -> None:
    create_template("Fits", "", [Schema("human", value="{{ display_name }}", limit=5)])  # Sarah
    with pytest.raises(BadSchemas, match="10 characters with its placeholders filled in; the limit of the block is 9"):
        create_template("Does not", "", [Schema("human", value="{{ subject_id }}", limit=9)])


def test_more_than_thirty_blocks_are_refused() -> None:
    with pytest.raises(BadSchemas, match="at most 30 blocks"):
        create_template("Care", "", [Schema(f"b{number}") for number in range(31)])


# publishing -----------------------------------------------------------------------------------------------------------


def test_versions_are_numbered_and_keep_what_they_were(adam: User) -> None:
    template = _published(HUMAN)
    _saved(template, HUMAN, WISHES)
    template.refresh_from_db()
    second = publish(template, "Wishes too.", edition=template.edition, by=adam)
    assert (second.number, second.note, second.published_by) == (2, "Wishes too.", adam)
    numbers = {version.number: list(version.schemas.values_list("label", flat=True)) for version in template.versions.all()}
    assert numbers == {1: ["human"], 2: ["human", "wishes"]}
    assert Entry.objects.filter(action="published-template", detail__version=2).count() == 1


def test_nothing_is_published_that_would_change_nothing() -> None:
    template = _published(HUMAN)
    with pytest.raises(BadTemplate, match="nothing to publish"):
        publish(template, "Again.", edition=template.edition)


def test_a_draft_changed_back_is_no_draft_any_more() -> None:
    template = _published(HUMAN)
    _saved(template, WISHES)
    _saved(template, HUMAN)
    assert not template.versions.filter(number=None).exists()


@pytest.mark.parametrize(("schemas", "note", "field"), [([], "First.", "draft"), ([HUMAN], "  ", "note")])
def test_an_empty_draft_and_an_empty_note_are_refused(schemas: list[Schema], note: str, field: str) -> None:
    template = create_template("Care", "", schemas)
    with pytest.raises(BadTemplate) as bad:
        publish(template, note, edition=template.edition)
    assert bad.value.field == field
    template.refresh_from_db()
    assert (template.edition, newest_version(template)) == (1, None)


def test_a_draft_is_discarded_back_to_the_last_version() -> None:
    template = _published(HUMAN)
    after = _saved(template, WISHES)
    discard_draft(after, edition=after.edition)
    assert shown_schemas(template) == [HUMAN]
    fresh = create_template("New", "", [HUMAN])
    with pytest.raises(BadTemplate, match="nothing to go back to"):
        discard_draft(fresh, edition=fresh.edition)
    assert shown_schemas(fresh) == [HUMAN]


def test_a_duplicate_starts_where_the_other_stands_and_changes_nothing_of_it() -> None:
    template = _published(HUMAN)
    _saved(template, WISHES)
    copy = duplicate_template(template, free_name(template.name))
    assert (copy.name, shown_schemas(copy), newest_version(copy)) == ("Care (copy)", [WISHES], None)
    assert free_name("Care") == "Care (copy 2)"
    assert free_name("Carefree") == "Carefree"


# archive and default --------------------------------------------------------------------------------------------------


def test_what_is_archived_gives_its_name_free_and_comes_back_only_to_a_free_one() -> None:
    template = _published(HUMAN)
    archive(template)
    other = create_template("care", "", [])
    with pytest.raises(BadTemplate, match="has this name by now"):
        unarchive(template)
    archive(other)
    unarchive(template)
    template.refresh_from_db()
    assert template.archived_at is None


def test_one_template_is_the_default_and_cannot_be_archived() -> None:
    first, second = _published(HUMAN), _published(WISHES, name="Other")
    make_default(first)
    make_default(second, applies_outside=True)
    assert list(Template.objects.filter(is_default=True)) == [second]
    version = default_version()
    assert version is not None
    assert version.template == second
    with pytest.raises(BadTemplate, match="Make another one the default first"):
        archive(second)
    end_default()
    assert default_version() is None
    archive(second)
    with pytest.raises(BadTemplate, match="archived"):
        make_default(second)


def test_a_draft_alone_is_no_default() -> None:
    with pytest.raises(BadTemplate, match="Publish a version first"):
        make_default(create_template("Care", "", [HUMAN]))
