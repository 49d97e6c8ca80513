"""Importing and exporting on the pages."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from schemas.models import SharedBlock, Template
from schemas.presets import PRESETS
from tests.schemas.conftest import written_draft, written_template

FILE = {"format": "memory_ui/block-template/1", "name": "Care", "blocks": [{"label": "human", "limit": 70}]}


@pytest.mark.parametrize("way", ["pasted", "uploaded"])
def test_a_file_becomes_a_draft(way: str, admin: Client) -> None:
    text = json.dumps(FILE)
    data = {"text": text} if way == "pasted" else {"file": SimpleUploadedFile("care.json", text.encode())}
    response = admin.post("/templates/import/", data)
    template = Template.objects.get()
    assert response["Location"] == f"/templates/{template.pk}/edit/"
    version = template.versions.get()
    assert (template.name, version.number, version.schemas.get().limit) == ("Care", None, 70)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Choose a file, or paste its text below."),
        ({"text": "{"}, "Line 1, character 2 is not JSON"),
        ({"text": json.dumps({**FILE, "blocks": [{"label": "a", "limit": 0}]})}, "blocks[0].limit must be from 1"),
        ({"text": json.dumps({**FILE, "name": "Taken"})}, "There is a template of this name already"),
    ],
)
def test_a_wrong_file_is_said_in_place(data: dict[str, str], said: str, admin: Client) -> None:
    written_template("Taken")
    response = admin.post("/templates/import/", data)
    assert (response.status_code, said in response.text) == (422, True)
    assert Template.objects.count() == 1


def test_another_name_helps_where_it_is_taken(admin: Client) -> None:
    written_template("Care")
    admin.post("/templates/import/", {"text": json.dumps(FILE), "name": "Care two"})
    assert Template.objects.filter(name="Care two").exists()


def _choice(template: Template) -> str:
    template.refresh_from_db()
    return f"{template.pk}:{template.edition}"


def _labels(template: Template, number: int | None) -> list[str]:
    return list(template.versions.get(number=number).schemas.values_list("label", flat=True))


def test_a_file_can_become_the_draft_of_a_template_that_is_there(admin: Client) -> None:
    template = written_template("Customers", [{"label": "human"}])
    written_draft(template, {"label": "wishes"})
    page = admin.get(f"/templates/import/?into={template.pk}").text
    assert f'value="{_choice(template)}" selected>the draft of Customers (in place of the one it has)<' in page
    response = admin.post("/templates/import/", {"text": json.dumps(FILE), "into": _choice(template)}, follow=True)
    assert response.redirect_chain == [(f"/templates/{template.pk}/edit/", 302)]
    assert "The draft of Customers is what the file says." in response.text
    template = Template.objects.get()
    assert (template.name, _labels(template, None), _labels(template, 1)) == ("Customers", ["human"], ["human"])
    assert template.versions.get(number=None).schemas.get().limit == 70


def test_a_draft_that_somebody_changed_meanwhile_is_not_overwritten_unseen(admin: Client) -> None:
    template = written_template("Customers", [{"label": "human"}])
    seen = _choice(template)
    admin.post("/templates/import/", {"text": json.dumps({**FILE, "blocks": [{"label": "theirs"}]}), "into": seen})
    policies = [{"label": "policies", "shared": True}]
    mine = {"text": json.dumps({**FILE, "blocks": policies}), "into": seen}
    response = admin.post("/templates/import/", mine)
    assert (response.status_code, _labels(template, None)) == (409, ["theirs"])
    assert "Customers was changed since this page was opened. Nothing was overwritten" in response.text
    assert not SharedBlock.objects.exists(), "nothing is made for a file that was not taken"
    assert f'value="{_choice(template)}" selected>' in response.text
    admin.post("/templates/import/", {**mine, "into": _choice(template)})
    assert _labels(template, None) == ["policies"]


def test_a_file_that_says_what_the_last_version_says_leaves_no_draft(admin: Client) -> None:
    template = written_template("Customers", [{"label": "human", "limit": 70}])
    written_draft(template, {"label": "wishes"})
    response = admin.post("/templates/import/", {"text": json.dumps(FILE), "into": _choice(template)}, follow=True)
    assert response.redirect_chain == [(f"/templates/{template.pk}/", 302)]
    assert "there is no draft to publish" in response.text
    assert not template.versions.filter(number=None).exists()


@pytest.mark.parametrize("into", ["nonsense", "00000000-0000-0000-0000-000000000000:1", "{pk}:", "{pk}:99999999999999"])
def test_a_choice_that_is_none_is_refused_in_place(into: str, admin: Client) -> None:
    template = written_template("Customers", [{"label": "human"}])
    into = into.format(pk=template.pk)
    assert admin.get("/templates/import/", {"into": into}).status_code == 200
    response = admin.post("/templates/import/", {"text": json.dumps(FILE), "into": into})
    assert (response.status_code, "That template is archived or gone" in response.text) == (422, True)
    assert Template.objects.count() == 1


def test_a_shared_block_that_reads_otherwise_here_is_told(admin: Client) -> None:
    SharedBlock.objects.create(label="policies", value="Ours.")
    blocks = [{"label": "policies", "value": "Theirs.", "shared": True}]
    page = admin.post("/templates/import/", {"text": json.dumps({**FILE, "blocks": blocks})}, follow=True).text
    assert "The shared block policies is here already and reads differently. It is used as it is." in page
    assert SharedBlock.objects.get().value == "Ours."


def test_what_is_exported_can_be_imported_and_is_the_same(admin: Client) -> None:
    for preset in PRESETS:
        admin.post("/templates/new/", {"preset": preset.key})
    for template in list(Template.objects.all()):
        response = admin.get(f"/templates/{template.pk}/export/")
        assert response["Content-Type"].startswith("application/json")
        assert response["Content-Disposition"].endswith('-draft.json"')
        admin.post("/templates/import/", {"text": response.text, "name": f"{template.name} again"})
        again = Template.objects.get(name=f"{template.name} again")
        text = admin.get(f"/templates/{again.pk}/export/").text
        assert text.replace(f'"{again.name}"', f'"{template.name}"') == response.text


def test_a_version_is_exported_as_it_was_and_without_one_the_draft(admin: Client) -> None:
    template = written_template("Größe / Care", [{"label": "human"}])
    written_draft(template, {"label": "wishes"})
    first = admin.get(f"/templates/{template.pk}/export/?version=1")
    assert first["Content-Disposition"] == 'attachment; filename="groe-care-v1.json"'
    assert [block["label"] for block in first.json()["blocks"]] == ["human"]
    assert [block["label"] for block in admin.get(f"/templates/{template.pk}/export/").json()["blocks"]] == ["wishes"]


def test_the_format_is_served(admin: Client) -> None:
    response = admin.get("/templates/format/")
    assert response["Content-Type"].startswith("application/schema+json")
    assert json.loads(response.content)["title"] == "Block template"
