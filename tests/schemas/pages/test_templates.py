"""The pages of templates: the list, presets, publishing, versions, and what becomes of a template."""

from collections.abc import Callable, Sized
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from accounts.models import User
from schemas.models import SharedBlock, Template
from schemas.presets import PRESETS
from tests.schemas.conftest import written_draft, written_template
from tests.schemas.pages.conftest import HUMAN, WISHES, draft_of

Assert = Callable[..., AbstractContextManager[Sized]]


# the list -------------------------------------------------------------------------------------------------------------


def test_the_list_costs_the_same_for_one_template_and_for_many(
    reader: Client, db: None, django_assert_num_queries: Assert
) -> None:
    written_template("Only", [HUMAN])
    reader.get("/templates/")
    with django_assert_num_queries(5) as first:  # session, person, templates, versions, labels
        page = reader.get("/templates/").text
    assert "Only" in page
    for number in range(30):
        written_draft(written_template(f"More {number:02}", [HUMAN], [HUMAN, WISHES]), HUMAN)
    with django_assert_num_queries(len(first)):
        page = reader.get("/templates/").text
    assert "human, wishes" in page
    assert "More 24" in page
    assert "More 25" not in page
    after = str(Template.objects.get(name="More 24").pk)
    assert "More 25" in reader.get("/templates/", {"after": after}).text


def test_an_empty_list_says_what_a_template_is_for_and_who_may_begin(admin: Client, reader: Client) -> None:
    assert "No templates yet" in admin.get("/templates/").text
    assert 'href="/templates/new/"' in admin.get("/templates/").text
    assert 'href="/templates/new/"' not in reader.get("/templates/").text


def test_archived_templates_lie_apart(admin: Client) -> None:
    template = written_template("Old", [HUMAN])
    admin.post(f"/templates/{template.pk}/archive/")
    assert "Old" not in admin.get("/templates/").text
    assert "Old" in admin.get("/templates/?archived=1").text
    assert "Take it out of the archive" in admin.get(f"/templates/{template.pk}/").text
    assert admin.get(f"/templates/{template.pk}/edit/").status_code == 302
    admin.post(f"/templates/{template.pk}/archive/", {"back": "1"})
    assert "Old" in admin.get("/templates/").text


# presets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_a_preset_becomes_a_draft_under_a_free_name(preset: object, admin: Client, adam: User) -> None:
    file, key = preset.file, preset.key  # type: ignore[attr-defined]
    assert f'value="{key}"' in admin.get("/templates/new/").text
    response = admin.post("/templates/new/", {"preset": key})
    template = Template.objects.get()
    assert response["Location"] == f"/templates/{template.pk}/edit/"
    assert (template.name, template.created_by) == (file.name, adam)
    assert [label for label, _ in draft_of(template)] == [block.label for block in file.blocks]
    admin.post("/templates/new/", {"preset": key})
    assert Template.objects.filter(name=f"{file.name} (copy)").exists()
    assert SharedBlock.objects.count() == (1 if any(block.shared for block in file.blocks) else 0)


def test_a_preset_that_does_not_exist_makes_nothing(admin: Client) -> None:
    assert admin.post("/templates/new/", {"preset": "nothing"}).status_code == 422
    assert not Template.objects.exists()


# publishing and versions ----------------------------------------------------------------------------------------------


def test_publishing_asks_for_a_note_and_makes_the_next_version(admin: Client, adam: User) -> None:
    template = written_template("Care", [HUMAN])
    written_draft(template, HUMAN, WISHES)
    page = admin.get(f"/templates/{template.pk}/publish/").text
    assert "Publish version 2" in page
    assert "wishes" in page
    assert admin.post(f"/templates/{template.pk}/publish/", {"edition": 1, "note": ""}).status_code == 422
    response = admin.post(f"/templates/{template.pk}/publish/", {"edition": 1, "note": "Wishes."})
    assert response["Location"] == f"/templates/{template.pk}/versions/2/"
    version = template.versions.get(number=2)
    assert (version.note, version.published_by) == ("Wishes.", adam)
    assert "It never changes." in admin.get(response["Location"]).text


def test_an_unchanged_draft_is_not_published(admin: Client) -> None:
    template = written_template("Care", [HUMAN])
    assert "nothing to publish" in admin.get(f"/templates/{template.pk}/publish/").text
    written_draft(template, HUMAN)
    response = admin.post(f"/templates/{template.pk}/publish/", {"edition": 1, "note": "Again."})
    assert (response.status_code, "the same as version 1" in response.text) == (422, True)


def test_publishing_what_somebody_changed_meanwhile_shows_it_first(admin: Client) -> None:
    template = written_template("Care", [HUMAN])
    written_draft(template, WISHES)
    response = admin.post(f"/templates/{template.pk}/publish/", {"edition": 0, "note": "Mine."})
    assert response.status_code == 409
    assert "Mine." in response.text
    assert template.versions.filter(number=2).count() == 0


def test_a_version_that_is_not_there_is_not_found(reader: Client) -> None:
    template = written_template("Care", [HUMAN])
    written_draft(template, WISHES)
    assert reader.get(f"/templates/{template.pk}/versions/2/").status_code == 404
    assert reader.get(f"/templates/{template.pk}/export/?version=2").status_code == 404


@pytest.mark.parametrize("query", ["", "older=1&newer=2", "older=1&newer=0", "older=2", "older=9&newer=1", "older=x"])
def test_any_two_versions_are_compared(query: str, reader: Client) -> None:
    template = written_template("Care", [HUMAN], [{**HUMAN, "description": "Who they really are."}, WISHES])
    written_draft(template, WISHES)
    response = reader.get(f"/templates/{template.pk}/compare/?{query}")
    assert response.status_code == 200
    if query == "older=1&newer=2":
        assert "<ins>really </ins>" in response.text
        assert [change.kind for change in response.context["changes"]] == ["changed", "added"]
    assert ("No such version" in response.text) == ("9" in query)


def test_pages_of_a_template_cost_no_query_per_block(reader: Client, django_assert_num_queries: Assert) -> None:
    shared = SharedBlock.objects.create(label="policies", value="Be brief.", limit=50)
    small = written_template("Small", [HUMAN])
    blocks: list[dict[str, object]] = [{"label": f"b{number}"} for number in range(20)]
    large = written_template("Large", [HUMAN], [*blocks, {"label": "policies", "shared_block": shared}])
    reader.get(f"/templates/{small.pk}/")
    for template, more in ((small, 0), (large, 1)):  # one for the shared blocks, however many
        with django_assert_num_queries(5 + more):
            page = reader.get(f"/templates/{template.pk}/").text
    assert "Be brief." in page
    with django_assert_num_queries(6):
        reader.get(f"/templates/{large.pk}/versions/2/")


def test_what_was_typed_is_escaped_on_every_page(admin: Client) -> None:
    evil = "<script>alert(1)</script>"
    template = written_template(evil, [{"label": "a", "description": evil, "value": evil}], purpose=evil)
    written_draft(template, {"label": "a", "description": evil + "x", "value": "x" + evil})
    urls = ("", "edit/", "publish/", "compare/?older=1&newer=0", "versions/1/")
    for url in ("/templates/", "/subjects/new/", *(f"/templates/{template.pk}/{part}" for part in urls)):
        text = admin.get(url).text
        assert evil not in text
        assert "&lt;script&gt;" in text


# what becomes of it ---------------------------------------------------------------------------------------------------


def test_a_duplicate_opens_in_the_editor(admin: Client) -> None:
    template = written_template("Care", [HUMAN])
    response = admin.post(f"/templates/{template.pk}/duplicate/")
    copy = Template.objects.get(name="Care (copy)")
    assert response["Location"] == f"/templates/{copy.pk}/edit/"
    assert draft_of(copy) == [("human", 100)]


def test_the_default_is_set_and_taken_back_and_is_not_archived(admin: Client) -> None:
    template = written_template("Care", [HUMAN])
    url = f"/templates/{template.pk}/default/"
    admin.post(url, {"is_default": "on", "applies_outside": "on"})
    template.refresh_from_db()
    assert (template.is_default, template.applies_outside) == (True, True)
    page = admin.post(f"/templates/{template.pk}/archive/", follow=True).text
    assert "Make another one the default first" in page
    admin.post(url, {"applies_outside": "on"})
    template.refresh_from_db()
    assert (template.is_default, template.applies_outside, template.archived_at) == (False, False, None)


def test_a_draft_is_discarded_unless_it_changed_meanwhile(admin: Client) -> None:
    template = written_template("Care", [HUMAN])
    written_draft(template, WISHES)
    url = f"/templates/{template.pk}/discard/"
    assert "Nothing was overwritten" in admin.post(url, {"edition": 0}, follow=True).text
    assert draft_of(template) == [("wishes", 50)]
    admin.post(url, {"edition": 1})
    assert draft_of(template) == []
