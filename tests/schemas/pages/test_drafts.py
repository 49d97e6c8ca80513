"""The editor of a draft: rows and what is said about them, and that nobody overwrites anything unseen."""

from collections.abc import Callable, Mapping

import pytest
from django.test import Client

from accounts.models import User
from schemas.models import BlockSchema, SharedBlock, Template, Version
from tests.schemas.conftest import written_template
from tests.schemas.pages.conftest import HUMAN, WISHES, draft_of
from tests.subjects.pages.conftest import HTMX


def _posted(template: Template, *rows: Mapping[str, object], **fields: object) -> dict[str, object]:
    """The editor's form, as the browser would send it."""
    data: dict[str, object] = {"edition": template.edition, "name": template.name, "purpose": template.purpose}
    data |= {"blocks-TOTAL_FORMS": len(rows), "blocks-INITIAL_FORMS": len(rows), "action": "save"}
    for place, row in enumerate(rows):
        data |= {f"blocks-{place}-{name}": value for name, value in {"limit": 5000, **row}.items()}
    return data | fields


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
    assert said in response.text.replace("&#39;", "'")
    assert draft_of(template) == []


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
    assert "&lt;wishes description=&#34;&amp;lt;b&amp;gt;&#34;&gt;" in text, "the prompt, escaped"
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
    assert draft_of(template) == []


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
    assert draft_of(template) == [("human", 100), ("wishes", 50)]
    changes = {change.label: change.kind for change in response.context["theirs"]}
    assert changes == {"human": "changed", "wishes": "removed"}
    template.refresh_from_db()
    assert f'name="edition" value="{template.edition}"' in response.text
    assert admin.post(url, {**ours, "edition": template.edition}).status_code == 302
    assert draft_of(template) == [("human", 70)]
