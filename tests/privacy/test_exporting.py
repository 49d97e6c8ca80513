"""Access and portability: an archive of everything, complete by the table of personal fields, for the asker, for a week."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.keys import make_key
from accounts.models import Scope, User
from audit.models import Entry
from memory_sdk import NewBlock
from privacy import exporting, requesting
from privacy.archive_format import Archive, json_schema
from privacy.exporting import delete_expired
from privacy.models import Export, ExportPart, Request
from privacy.personal_fields import FIELDS
from privacy.requesting import Filer
from privacy.stores import DELETED
from subjects import delivery
from subjects.creation import create_subject
from subjects.flags import flag_line
from subjects.freezing import freeze
from subjects.learning import learn
from subjects.letta import agents
from subjects.models import Block, Document, DocumentPart, Edit, Proposal, Revision, Run, Subject, Tidy
from subjects.transcripts import Turn
from tests.faulty_proxy import Fault, FaultyProxy

pytestmark = pytest.mark.django_db(transaction=True)

ID = "user_ida"


@pytest.fixture
def subject(db: None) -> Subject:
    subject = create_subject(ID, Subject.Kind.USER, [NewBlock("human", "Who it is.", "Name: Ida\nLikes <b>tea</b>", 100)])
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    return subject


def ask(by: User, kind: str = "access", subject_id: str = ID) -> Request:
    request = requesting.file(kind, subject_id, Filer(by))
    Request.objects.filter(pk=request.pk).update(state="working", begun_at=timezone.now())
    return request


def archive_of(request: Request) -> zipfile.ZipFile:
    parts = ExportPart.objects.filter(export__request=request).order_by("position")
    return zipfile.ZipFile(io.BytesIO(b"".join(bytes(part.content) for part in parts)))


def made(by: User) -> tuple[Request, zipfile.ZipFile]:
    request = ask(by)
    assert exporting.work(request.pk) is None
    request.refresh_from_db()
    assert (request.state, request.failure) == ("done", "")
    return request, archive_of(request)


def canary(label: str, field: str) -> str:
    return f"canary-{label.lower()}-{field.lower()}".replace("_", "-")


# What is personal and yet not in the archive, each with the reason.
LEFT_OUT = {
    "subjects.Tagged.tag": "the subject has its tags itself",
    "subjects.Document.content": "its bytes lie beside the JSON, in files/",
    "privacy.ExportPart.content": "the archive itself",
}


def filled(row: Model, label: str) -> None:
    """Write a unique text into each personal field of a row."""
    for name in FIELDS[label].personal_names:
        if f"{label}.{name}" not in LEFT_OUT:
            value = canary(label, name)
            is_list = isinstance(row._meta.get_field(name), ArrayField)
            type(row)._base_manager.filter(pk=row.pk).update(**{name: [value] if is_list else value})


def test_every_personal_field_of_a_subject_is_in_the_archive(subject: Subject, sue: User, petra: User) -> None:
    block = subject.blocks.get()
    run = learn(subject, [Turn("user", "hello")], source=Run.Source.TYPED, key="k", by=sue)
    tidy = Tidy.objects.create(subject=subject)
    document = Document.objects.create(subject=subject, name="n", kind="text", size=3, sha256="s", content=b"raw")
    rows: dict[str, Model] = {
        "subjects.Subject": subject,
        "subjects.Block": block,
        "subjects.Revision": Revision.objects.get(block=block),
        "subjects.Edit": Edit.objects.create(block=block, limit=1),
        "subjects.Flag": flag_line(block, "Name: Ida", by=sue),
        "subjects.Run": run,
        "subjects.Message": run.messages.get(),
        "subjects.Document": document,
        "subjects.DocumentPart": DocumentPart.objects.create(document=document, position=0, text="t"),
        "subjects.Tidy": tidy,
        "subjects.Proposal": Proposal.objects.create(tidy=tidy, block=block, base=1),
    }
    of_subjects = {store.label for store in DELETED if FIELDS[store.label].personal and store.label.startswith("subjects.")}
    assert set(rows) == of_subjects - {"subjects.Tagged"}, "a new table about subjects has to be in the archive, too"
    for label, row in rows.items():
        filled(row, label)
    Subject.objects.filter(pk=subject.pk).update(subject_id=ID)  # by which it is found
    _, archive = made(petra)
    text = archive.read("data.json").decode()
    wanted = {
        canary(label, name)
        for label in rows
        for name in FIELDS[label].personal_names
        if f"{label}.{name}" not in LEFT_OUT and (label, name) != ("subjects.Subject", "subject_id")
    }
    assert {word for word in wanted if word not in text} == set()
    assert archive.read(f"files/{document.pk}.txt") == b"raw"


def test_the_archive_follows_its_own_schema_and_can_be_read(subject: Subject, petra: User) -> None:
    agents().create_passage(subject.agent_id or "", "Ida lives in Leiden", ["home"])
    request, archive = made(petra)
    assert sorted(archive.namelist()) == [
        "agents/0.af", "agents/0.passages.json", "data.json", "index.html", "schema.json",
    ]  # fmt: skip
    data = Archive.model_validate_json(archive.read("data.json"))
    assert json.loads(archive.read("schema.json")) == json_schema()
    assert (data.subject.subject_id, data.request) == (ID, str(request.pk))
    assert (data.blocks[0].label, data.blocks[0].value) == ("human", "Name: Ida\nLikes <b>tea</b>")
    assert "Ida lives in Leiden" in [passage.text for passage in data.passages]
    assert data.prompt[0].label == "human"
    page = archive.read("index.html").decode()
    assert "Likes &lt;b&gt;tea&lt;/b&gt;" in page, "what others wrote is text"
    assert "Ida lives in Leiden" in page
    assert "<script" not in page


def test_a_long_history_is_whole_and_in_order(subject: Subject, petra: User) -> None:
    for number in range(60):
        turns = [Turn("user", f"first {number}"), Turn("assistant", f"second {number}")]
        learn(subject, turns, source=Run.Source.TYPED, key=str(number))
    _, archive = made(petra)
    data = Archive.model_validate_json(archive.read("data.json"))
    said = [[message.content for message in run.messages] for run in data.runs]
    assert said == [[f"first {number}", f"second {number}"] for number in range(60)]


def test_who_read_it_is_in_it(subject: Subject, sue: User, petra: User, sign_in: Callable[[User], Client]) -> None:
    from audit.actions import Action
    from audit.recording import record

    record(Action.LOOKED_AT_MEMORY, by=sue, subject=subject.pk)
    _, archive = made(petra)
    data = Archive.model_validate_json(archive.read("data.json"))
    looked = [one for one in data.activity if one.action == "looked at the memory"]
    assert [(one.staff, one.role) for one in looked] == [(str(sue.pk), "support")]


def test_made_twice_it_is_one_archive(subject: Subject, petra: User) -> None:
    request = ask(petra)
    exporting.work(request.pk)
    Request.objects.filter(pk=request.pk).update(state="working")
    exporting.work(request.pk)
    export = Export.objects.get()
    assert export.parts.count() == 1
    assert archive_of(request).testzip() is None


def test_nobody_under_this_id_is_an_answer(petra: User) -> None:
    request = ask(petra, subject_id="user_nobody")
    assert exporting.work(request.pk) is None
    request.refresh_from_db()
    assert (request.state, request.failure) == ("done", exporting.NOBODY)


def test_somebody_whom_only_letta_knows_is_waited_for(petra: User) -> None:
    agents().create_agent("user_late", [])
    request = ask(petra, subject_id="user_late")
    assert exporting.work(request.pk) == exporting.PAUSE
    request.refresh_from_db()
    assert (request.state, request.failure) == ("working", exporting.COMING)


@pytest.mark.enable_socket
def test_without_letta_nothing_half_is_handed_out(proxy: FaultyProxy, petra: User) -> None:
    subject = create_subject(ID, Subject.Kind.USER, [NewBlock("human", "Who it is.", "Name: Ida", 100)])
    delivery.advance(str(subject.pk))
    request = ask(petra)
    proxy.faults.append(Fault("GET", "/archival-memory", "error_500", times=100))
    assert exporting.work(request.pk) == exporting.PAUSE
    request.refresh_from_db()
    assert (request.state, request.failure) == ("working", exporting.WAITING)
    assert not ExportPart.objects.exists()
    Request.objects.update(begun_at=timezone.now() - timedelta(hours=1))
    assert exporting.work(request.pk) is None
    request.refresh_from_db()
    assert (request.state, request.failure) == ("partial", exporting.NO_LETTA)


def test_nothing_is_kept_of_somebody_who_is_being_erased(subject: Subject, petra: User) -> None:
    request = ask(petra)
    freeze(subject, Subject.FrozenFor.ERASURE)
    exporting.work(request.pk)
    request.refresh_from_db()
    assert (request.state, request.failure) == ("partial", exporting.ERASED)
    assert not ExportPart.objects.exists()


def fetch(client: Client, request: Request) -> Any:
    return client.get(f"/privacy/requests/{request.pk}/archive/")


def test_the_asker_fetches_it_and_that_is_on_the_record(
    subject: Subject, petra: User, sign_in: Callable[[User], Client]
) -> None:
    request, _ = made(petra)
    answer = fetch(sign_in(petra), request)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert answer.headers["Content-Disposition"] == f'attachment; filename="access-{str(request.pk)[:8]}.zip"'
    assert answer.headers["Cache-Control"] == "no-store, private"
    entry = Entry.objects.get(action="downloaded-export")
    assert (entry.actor, entry.subject, entry.privacy_request) == (petra.pk, subject.pk, request.pk)


def test_nobody_else_fetches_it(subject: Subject, petra: User, sign_in: Callable[[User], Client]) -> None:
    request, _ = made(petra)
    other = User.objects.create_user("paul@example.com", name="Paul", role="privacy")
    assert fetch(sign_in(other), request).status_code == 404


def test_what_a_program_asked_for_is_taken_on_and_fetched(
    subject: Subject, adam: User, petra: User, sign_in: Callable[[User], Client]
) -> None:
    """It is answered within a second, long before an officer sees it."""
    request, _ = made(adam)
    Request.objects.filter(pk=request.pk).update(filed_key=make_key("portal", [Scope.PRIVACY], adam)[0])
    officer, address = sign_in(petra), f"/privacy/requests/{request.pk}/"
    page = officer.get(address).text
    assert "Whoever takes the request on can fetch it." in page
    assert "Take it on" in page
    assert officer.get(f"{address}archive/").status_code == 404
    page = officer.post(f"{address}assign/", {"action": "me"}, follow=True).text
    assert "Fetch the archive" in page
    assert officer.get(f"{address}archive/").status_code == 200
    Export.objects.update(state=Export.State.EXPIRED)
    assert "Take it on" not in officer.get(address).text
    assert "Nothing was changed" in officer.post(f"{address}assign/", {"action": "me"}, follow=True).text


def test_after_a_week_it_is_gone(subject: Subject, petra: User, sign_in: Callable[[User], Client]) -> None:
    request, _ = made(petra)
    assert delete_expired() == 0
    Export.objects.update(expires_at=timezone.now())
    assert fetch(sign_in(petra), request).status_code == 404
    assert delete_expired() == 1
    assert not ExportPart.objects.exists()
    assert Export.objects.get().state == "expired"


def test_a_block_that_others_share_says_so(subject: Subject, petra: User) -> None:
    block = subject.blocks.get()
    other = create_subject("user_bo", Subject.Kind.USER, [])
    Block.objects.create(subject=other, label="human", block_id=block.block_id)
    _, archive = made(petra)
    assert Archive.model_validate_json(archive.read("data.json")).blocks[0].shared
