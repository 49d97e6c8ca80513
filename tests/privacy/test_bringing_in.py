"""What was handed out comes in again elsewhere, with blocks and passages. Never twice, never somebody who was erased."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from memory_sdk import NewBlock
from privacy import exporting, ledger
from privacy.bringing_in import BadArchive, bring_in
from privacy.hashing import keyed_hash
from privacy.models import ExportPart, Request
from privacy.requesting import Filer, file
from subjects import delivery, sync
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Subject

pytestmark = pytest.mark.django_db(transaction=True)

ID = "user_ida"


@pytest.fixture
def archive(petra: User, tmp_path: Path) -> Path:
    """Ida's archive; Ida herself is gone from here and from Letta."""
    subject = create_subject(ID, Subject.Kind.USER, [NewBlock("human", "Who it is.", "Name: Ida", 100)])
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    agents().create_passage(subject.agent_id or "", "Ida lives in Leiden", ["home"])
    request = file("portability", ID, Filer(petra))
    Request.objects.filter(pk=request.pk).update(state="working")
    exporting.work(request.pk)
    path = tmp_path / "archive.zip"
    path.write_bytes(b"".join(bytes(part.content) for part in ExportPart.objects.order_by("position")))
    agents().delete_subject(ID)
    Subject.objects.all().delete()
    return path


def test_it_comes_in_with_blocks_and_passages(archive: Path, sue: User) -> None:
    done = bring_in(archive, sue)
    [agent_id] = done.agent_ids
    assert [(one.label, one.value) for one in agents().list_blocks(agent_id)] == [("human", "Name: Ida")]
    texts = {one.text: one.tags for one in agents().list_passages(agent_id)}
    assert texts["Ida lives in Leiden"] == ("home",)
    sync.sync(None, whole=True)
    subject = Subject.objects.get()
    assert (subject.subject_id, subject.agent_id) == (ID, agent_id)
    assert subject.blocks.get().value == "Name: Ida"


def test_never_twice(archive: Path, sue: User) -> None:
    bring_in(archive, sue)
    with pytest.raises(BadArchive, match="has an agent for this id already"):
        bring_in(archive, sue)


def test_somebody_with_two_agents_comes_in_whole(archive: Path, sue: User, tmp_path: Path) -> None:
    both = tmp_path / "both.zip"
    with zipfile.ZipFile(archive) as one, zipfile.ZipFile(both, "w") as two:
        for number in range(2):
            two.writestr(f"agents/{number}.af", one.read("agents/0.af"))
    assert len(bring_in(both, sue).agent_ids) == 2


def test_never_somebody_who_was_erased(archive: Path, sue: User) -> None:
    ledger.enter(keyed_hash(ID), Request.objects.get().pk)
    with pytest.raises(BadArchive, match="was erased after a privacy request"):
        bring_in(archive, sue)
    assert agents().find_agent(ID) is None


def test_a_bare_agent_file_comes_in(archive: Path, sue: User, tmp_path: Path) -> None:
    bare = tmp_path / "agent.af"
    bare.write_bytes(zipfile.ZipFile(archive).read("agents/0.af"))
    assert bring_in(bare, sue).passages == 0


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nothing", "no agent file"),
        (b"{}", "no agent file"),
        (json.dumps({"agents": [{"name": "n", "tags": ["x"]}]}).encode(), "do not say whose memory"),
        (zipped(readme__txt="hello"), "no agent file"),
        (zipped(a__af="{}", a__passages__json="{"), "not as this program writes them"),
    ],
)
def test_what_is_none_is_refused_in_words(sue: User, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(BadArchive, match=words):
        bring_in(path, sue)


def test_the_command_says_what_was_made_and_who_may(
    archive: Path, sue: User, petra: User, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="to create subjects, one has to be Support or Admin"):
        call_command("import_archive", str(archive), "--by", petra.email)
    call_command("import_archive", str(archive), "--by", sue.email)
    assert "1 agents and" in capsys.readouterr().out
