"""`manage.py templates`: out to files, changed there, and in again."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from schemas.models import Template
from tests.schemas.conftest import written_draft, written_template

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command("templates", *words, stdout=out, stderr=out)
    return out.getvalue()


def labels(template: Template, number: int | None) -> list[str]:
    return list(template.versions.get(number=number).schemas.values_list("label", flat=True))


def test_out_changed_in_and_published(tmp_path: Path) -> None:
    care = written_template("Größe & Care", [{"label": "old"}], [{"label": "human", "limit": 70}])
    written_draft(care, {"label": "unfinished"})
    written_draft(Template.objects.create(name="Never published"), {"label": "human"})
    written_template("Put away", [{"label": "human"}], archived_at=care.created_at)
    told = said("export", str(tmp_path / "made"))
    assert "Never published: nothing is published yet, left out" in told
    [path] = (tmp_path / "made").iterdir()
    assert path.name == "groe-care.json"
    file = json.loads(path.read_text())
    assert [block["label"] for block in file["blocks"]] == ["human"]

    with pytest.raises(CommandError, match="Somebody's draft says something else: Größe & Care"):
        said("import", str(path))
    assert labels(care, None) == ["unfinished"]
    assert said("import", str(path), "--replace-drafts") == "Größe & Care: nothing new\n"
    assert not care.versions.filter(number=None).exists()
    path.write_text(json.dumps({**file, "blocks": [*file["blocks"], {"label": "wishes"}]}))
    assert said("import", str(path)) == "Größe & Care: a draft, to be looked at and published\n"
    assert labels(care, None) == ["human", "wishes"]
    # The draft is what the file says, so nobody's work is lost.
    assert said("import", str(path), "--publish", "Wishes.") == "Größe & Care: published as version 3\n"
    assert (labels(care, 3), care.versions.get(number=3).note) == (["human", "wishes"], "Wishes.")
    assert said("import", str(path), "--publish", "Wishes.") == "Größe & Care: nothing new\n"
    path.write_text(json.dumps({**file, "name": "Another"}))
    assert said("import", str(path), "--publish", "First.") == "Another: published as version 1\n"


def test_one_wrong_file_leaves_everything_as_it_is(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"format": "memory_ui/block-template/1", "name": "Good", "blocks": [{"label": "human"}]}))
    bad.write_text(
        json.dumps({"format": "memory_ui/block-template/1", "name": "Bad", "blocks": [{"label": "a", "limit": 0}]})
    )
    with pytest.raises(CommandError, match=r"bad\.json: blocks\[0\]\.limit must be from 1"):
        said("import", str(good), str(bad))
    assert not Template.objects.exists()
    with pytest.raises(CommandError, match=r"nowhere\.json cannot be read: No such file"):
        said("import", str(tmp_path / "nowhere.json"))


def test_what_cannot_be_published_or_written_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text(json.dumps({"format": "memory_ui/block-template/1", "name": "Empty", "blocks": []}))
    with pytest.raises(CommandError, match="no blocks"):
        said("import", str(empty), "--publish", "First.")
    with pytest.raises(CommandError, match="cannot be written"):
        said("export", str(empty / "below a file"))
