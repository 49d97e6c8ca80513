"""The pages of templates: the list, presets, the editor, publishing, versions, and what becomes of a template."""

from collections.abc import Callable, Mapping, Sized
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from accounts.models import User
from schemas.models import BlockSchema, SharedBlock, Template, Version
from schemas.presets import PRESETS
from tests.schemas.conftest import written_draft, written_template
from tests.subjects.pages.conftest import HTMX

Assert = Callable[..., AbstractContextManager[Sized]]

HUMAN = {"label": "human", "description": "Who they are.", "limit": 100}
WISHES = {"label": "wishes", "limit": 50}


@pytest.fixture
def admin(adam: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(adam)


@pytest.fixture
def reader(otto: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(otto)


def _posted(template: Template, *rows: Mapping[str, object], **fields: object) -> dict[str, object]:
    """The editor's form, as the browser would send it."""
    data: dict[str, object] = {"edition": template.edition, "name": template.name, "purpose": template.purpose}
    data |= {"blocks-TOTAL_FORMS": len(rows), "blocks-INITIAL_FORMS": len(rows), "action": "save"}
    for place, row in enumerate(rows):
        data |= {f"blocks-{place}-{name}": value for name, value in {"limit": 5000, **row}.items()}
    return data | fields


def _draft_of(template: Template) -> list[tuple[str, int]]:
    rows = BlockSchema.objects.filter(version__template=template, version__number=None).order_by("position")
    return list(rows.values_list("label", "limit"))


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
    assert [label for label, _ in _draft_of(template)] == [block.label for block in file.blocks]
    admin.post("/templates/new/", {"preset": key})
    assert Template.objects.filter(name=f"{file.name} (copy)").exists()
    assert SharedBlock.objects.count() == (1 if any(block.shared for block in file.blocks) else 0)


def test_a_preset_that_does_not_exist_makes_nothing(admin: Client) -> None:
    assert admin.post("/templates/new/", {"preset": "nothing"}).status_code == 422
    assert not Template.objects.exists()


# the editor -----------------------------------------------------------------------------------------------------------


def test_saving_keeps_the_rows_in_their_order_and_drops_blank_ones(admin: Client) -> None:
    template = written_template("Care")
    rows: list[dict[str, object]] = [{"label": "wishes", "value": "a\r\nb"}, {}, {"label": "human", "read_only": "on"}]
    response = admin.post(f"/templates/{template.pk}/edit/", _posted(template, *rows, name="Caring", purpose="For all."))
    assert response["Location"] == f"/templates/{template.pk}/edit/"
    template.refresh_from_db()
    assert (template.name, template.purpose) == ("Caring", "For all.")
    saved = BlockSchema.objects.filter(version__template=template).order_by("position")
    assert list(saved.values_list("label", "value", "read_only")) == [("wishes", "a\nb", False), ("human", "", True)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"label": "human"}, {"label": "human"}], "Block 1 is called human already; a label stands once."),
        ([{"label": "a b"}], "The label may contain letters, digits, underscores"),
        ([{"label": "x" * 101}], "at most 100 characters"),
        ([{"description": "no label"}], "Give the block a label, for example preferences."),
        ([{"label": "human", "limit": "0"}], "The limit must be from 1 to 1,000,000 characters."),
        ([{"label": "human", "limit": "1000001"}], "The limit must be from 1 to 1,000,000 characters."),
        ([{"label": "human", "limit": ""}], "The limit must be from 1 to 1,000,000 characters."),
        ([{"label": "human", "limit": "many"}], "The limit must be a whole number of characters."),
        ([{"label": "human", "limit": "3", "value": "abcd"}], "This has 4 characters; the limit of the block is 3."),
        ([{"label": "human", "value": "Hi\n{{ nobody }}"}], "Line 2, character 1: {{ nobody }} stands for nothing."),
        ([{"label": f"b{number}"} for number in range(31)], "A template has at most 30 blocks; remove 1."),
        ([{"shared_block": "0b0e7f6e-0000-4000-8000-000000000000"}], "This shared block is gone. Remove it here."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("action", ["save", "check"])
def test_a_mistake_is_said_in_its_place_before_anything_is_kept(
    rows: list[dict[str, object]], said: str, action: str, admin: Client
) -> None:
    template = written_template("Care", [HUMAN])
    response = admin.post(f"/templates/{template.pk}/edit/", _posted(template, *rows, action=action))
    assert response.status_code == (422 if action == "save" else 200)
    assert said in response.text.replace("&#x27;", "'")
    assert _draft_of(template) == []


@pytest.mark.parametrize(("name", "said"), [("", "Give the template a name"), ("Other", "There is a template of this name")])
def test_a_name_is_checked_too(name: str, said: str, admin: Client) -> None:
    written_template("Other")
    template = written_template("Care", [HUMAN])
    response = admin.post(f"/templates/{template.pk}/edit/", _posted(template, HUMAN, name=name))
    assert (response.status_code, said in response.text) == (422, True)


def test_while_one_types_only_what_is_said_and_the_preview_come_back(admin: Client) -> None:
    template = written_template("Care", [HUMAN])
    rows = [{"label": "human", "limit": "3", "value": "abcd"}, {"label": "wishes", "description": "<b>"}]
    data = _posted(template, *rows, action="check")
    text = admin.post(f"/templates/{template.pk}/edit/", data, headers=HTMX).text
    assert "<input" not in text
    assert "<html" not in text
    assert '<ul id="id_blocks-0-value_error" hx-swap-oob="innerHTML"><li>This has 4 characters' in text
    assert '<ul id="id_blocks-1-value_error" hx-swap-oob="innerHTML"></ul>' in text
    assert "&lt;wishes description=&quot;&amp;lt;b&amp;gt;&quot;&gt;" in text, "the prompt, escaped"
    assert not Version.objects.filter(number=None).exists()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_rows_are_added_moved_and_removed_and_nothing_typed_is_lost(headers: dict[str, str], admin: Client) -> None:
    template = written_template("Care", [HUMAN])
    rows = [{"label": "one", "value": "not {{ valid"}, {"label": "two", "read_only": "on"}, {"label": "three"}]

    def press(action: str) -> list[str]:
        data = _posted(template, *rows, action=action, name="Half typed")
        response = admin.post(f"/templates/{template.pk}/edit/", data, headers=headers)
        assert response.status_code == 200
        assert "not {{ valid" in response.text
        assert ("Half typed" in response.text) == (not headers), "what lies outside of the rows is not sent again"
        assert response.text.count("autofocus") == 1
        return [form["label"].value() for form in response.context["rows"].forms]

    assert press("add") == ["one", "two", "three", None]
    assert press("down-0") == ["two", "one", "three"]
    assert press("up-2") == ["one", "three", "two"]
    assert press("up-0") == ["one", "two", "three"]
    assert press("remove-1") == ["one", "three"]
    assert _draft_of(template) == []


def test_a_shared_block_is_put_in_by_choice_and_says_its_own_words(admin: Client) -> None:
    shared = SharedBlock.objects.create(label="policies", description="Of the company.", value="Be {brief}.", limit=9)
    template = written_template("Care", [HUMAN])
    page = admin.get(f"/templates/{template.pk}/edit/").text
    assert f'<option value="{shared.pk}">policies</option>' in page
    added = admin.post(f"/templates/{template.pk}/edit/", _posted(template, HUMAN, action="share", shared=shared.pk))
    assert "Of the company." in added.text
    assert "Be {brief}." in added.text, "the preview has it"
    admin.post(f"/templates/{template.pk}/edit/", _posted(template, HUMAN, {"shared_block": shared.pk, "limit": ""}))
    [schema] = BlockSchema.objects.filter(version__number=None, label="policies")
    assert (schema.shared_block, schema.value) == (shared, "")
    template.refresh_from_db()
    twice = _posted(template, {"label": "policies"}, {"shared_block": shared.pk})
    response = admin.post(f"/templates/{template.pk}/edit/", twice)
    assert (response.status_code, "Block 1 is called policies already" in response.text) == (422, True)


def test_who_saves_after_somebody_else_sees_both_and_overwrites_nothing_unseen(
    admin: Client, sue: User, sign_in: Callable[[User], Client]
) -> None:
    template = written_template("Care", [HUMAN])
    url = f"/templates/{template.pk}/edit/"
    ours = _posted(template, {"label": "human", "limit": 70})
    admin.post(url, _posted(template, HUMAN, WISHES))
    response = admin.post(url, ours)
    assert response.status_code == 409
    assert "Nothing was overwritten" in response.text
    assert 'value="70"' in response.text, "what was typed is still there"
    assert _draft_of(template) == [("human", 100), ("wishes", 50)]
    changes = {change.label: change.kind for change in response.context["theirs"]}
    assert changes == {"human": "changed", "wishes": "removed"}
    template.refresh_from_db()
    assert f'name="edition" value="{template.edition}"' in response.text
    assert admin.post(url, {**ours, "edition": template.edition}).status_code == 302
    assert _draft_of(template) == [("human", 70)]


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
    assert _draft_of(copy) == [("human", 100)]


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
    assert _draft_of(template) == [("wishes", 50)]
    admin.post(url, {"edition": 1})
    assert _draft_of(template) == []
