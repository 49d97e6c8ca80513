"""A file on its way to being learned, while Letta is slow, down, wrong, or silent after it did the work."""

import pytest

from accounts.models import User
from engine import models as engine
from subjects import taking_in
from subjects.creation import USER_BLOCKS, create_subject
from subjects.models import Document, DocumentPart, Message, Run, Subject
from subjects.teaching import BadFile, discard, learn_from, retry, take_in
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.teaching.conftest import learn_all, take_in_to_the_end
from tests.subjects.teaching.files import pdf

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

LONG = "\n\n".join(f"Paragraph {number} is about cat flaps. " + "word " * 900 for number in range(70))


def given(subject: Subject, name: str, content: bytes, by: User | None = None) -> Document:
    """A document that was read."""
    document, new = take_in(subject, name, content, by)
    assert new
    return take_in_to_the_end(document)


def passages() -> list[str]:
    """Those of a file, by the number of their part."""
    rows = engine.Passage.objects.filter(tags__contains=["file"]).values_list("tags", "text")
    return [text for _, text in sorted((int(max(tags, key=len).rsplit("-", 1)[1]), text) for tags, text in rows)]


def test_a_pdf_is_read_shown_and_learned(nora: Subject, sue: User) -> None:
    document = given(nora, "intake.pdf", pdf("My name is Nora Quist.", "I live in Utrecht."), sue)
    assert (document.state, document.kind, document.part_count) == (Document.State.READY, "pdf", 1)
    assert document.content is None  # kept only until its text was read
    assert not Run.objects.exists()  # nothing is learned before it is confirmed
    assert learn_from(document)
    take_in_to_the_end(document)
    learn_all(nora)
    assert document.state == Document.State.STORED
    run = Run.objects.get()
    assert (run.source, run.state, run.created_by) == (Run.Source.FILE, Run.State.COMPLETED, sue)
    assert Message.objects.get().content.startswith("From the document “intake.pdf”:\nMy name is Nora Quist.")
    assert "Name: Nora Quist" in nora.blocks.get(label="human").value
    passage = engine.Passage.objects.get(tags__contains=["file"])
    assert passage.text == "My name is Nora Quist.\n\nI live in Utrecht."
    assert set(passage.tags) == {"file", str(document.pk), f"{document.pk}-1"}
    part = document.parts.get()
    assert (part.run, part.stored, part.text) == (run, True, "")


def test_a_long_file_becomes_a_passage_and_a_run_for_each_part(nora: Subject) -> None:
    document = given(nora, "handbook.txt", LONG.encode())
    assert document.part_count == 18
    learn_from(document)
    take_in_to_the_end(document)
    assert Run.objects.count() == len(passages()) == 18
    first = Message.objects.order_by("pk")[0].content
    assert first.startswith("From the document “handbook.txt”, part 1 of 18:\nParagraph 0 ")
    assert " ".join(" ".join(passages()).split()) == " ".join(LONG.split())


@pytest.mark.parametrize("trouble", ["refuse", "lose_answer", "busy_429"])
@pytest.mark.parametrize("path", ["/archival-memory", "/passages/batch"])
def test_trouble_stores_and_learns_nothing_twice(nora: Subject, proxy: FaultyProxy, path: str, trouble: str) -> None:
    document = given(nora, "handbook.txt", LONG.encode())
    proxy.faults.append(Fault("POST", path, trouble))  # type: ignore[arg-type]
    learn_from(document)
    assert taking_in.advance(str(document.pk)) == 1.0
    document.refresh_from_db()
    assert document.failure.startswith("Letta c")
    take_in_to_the_end(document)
    assert (document.state, document.failure) == (Document.State.STORED, "")
    assert Run.objects.count() == 18
    assert len(passages()) == len(set(passages())) == 18


def test_a_letta_that_refuses_passages_learns_all_the_same(nora: Subject, proxy: FaultyProxy) -> None:
    document = given(nora, "intake.txt", b"My name is Nora Quist.")
    proxy.faults.append(Fault("POST", "/archival-memory", "refused_422"))
    learn_from(document)
    take_in_to_the_end(document)
    assert (document.state, document.archived, Run.objects.count()) == (Document.State.STORED, False, 1)


def test_without_its_agent_it_fails_and_can_be_tried_again(nora: Subject, proxy: FaultyProxy) -> None:
    document = given(nora, "intake.txt", b"My name is Nora Quist.")
    proxy.faults.append(Fault("POST", "/archival-memory", "not_found_404"))
    learn_from(document)
    take_in_to_the_end(document)
    assert document.state == Document.State.FAILED
    assert "no longer has" in document.failure
    assert not Run.objects.exists()
    assert retry(document)
    take_in_to_the_end(document)
    assert (document.state, Run.objects.count()) == (Document.State.STORED, 1)
    assert not retry(document)


def test_a_subject_without_an_agent_waits_for_it(proxy: FaultyProxy) -> None:
    subject = create_subject("user_otis", Subject.Kind.USER, USER_BLOCKS)
    document = given(subject, "intake.txt", b"My name is Otis.")
    learn_from(document)
    assert taking_in.advance(str(document.pk)) == 5.0
    document.refresh_from_db()
    assert "Waiting for the subject's agent" in document.failure


def test_the_same_file_again_is_the_same_document(nora: Subject) -> None:
    document, _ = take_in(nora, "a.txt", b"hello")
    assert take_in(nora, "copy of a.txt", b"hello") == (document, False)
    other = Subject.objects.create(subject_id="team_oslo")
    assert take_in(other, "a.txt", b"hello")[1]
    take_in_to_the_end(document)
    assert discard(document)
    again, new = take_in(nora, "a.txt", b"hello")
    assert new
    assert again != document


def test_confirmed_twice_it_is_learned_once(nora: Subject) -> None:
    document = given(nora, "a.txt", b"hello")
    assert learn_from(document)
    assert not learn_from(document)
    take_in_to_the_end(document)
    assert not learn_from(document)
    assert Run.objects.count() == 1


def test_what_is_discarded_is_gone(nora: Subject) -> None:
    document = given(nora, "a.txt", b"hello")
    assert discard(document)
    assert not DocumentPart.objects.exists()
    assert not learn_from(document)
    assert not discard(document)
    early, _ = take_in(nora, "b.txt", b"hello")
    assert discard(early)
    taking_in.advance(str(early.pk))
    early.refresh_from_db()
    assert (early.state, early.content) == (Document.State.DISCARDED, None)


def test_what_cannot_be_read_says_why_and_is_not_kept(nora: Subject) -> None:
    document = given(nora, "scan.pdf", pdf(""))
    assert document.state == Document.State.UNREADABLE
    assert "scanned" in document.failure
    assert document.content is None
    assert take_in(nora, "scan.pdf", pdf(""))[1]  # it may be given again


def test_too_many_parts_are_refused(nora: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_in, "MOST_PARTS", 3)
    document = given(nora, "handbook.txt", LONG.encode())
    assert document.failure == "The text makes 18 parts; 3 are the most. Split the file."


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("letter.doc", b"x", "before 2007"),
        ("picture.png", b"x", "Files that can be read end in .txt"),
        ("no ending", b"x", "Files that can be read end in .txt"),
        ("empty.txt", b"", "empty"),
        ("big.txt", b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
)
def test_what_cannot_be_taken_says_why(nora: Subject, name: str, content: bytes, why: str) -> None:
    with pytest.raises(BadFile, match=why):
        take_in(nora, name, content)
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [("C:\\notes\\a.txt", "a.txt"), ("a\n</messages>.txt", "messages>.txt"), ("x" * 300 + ".txt", "x" * 100 + "….txt")],
)
def test_names_are_bare_and_on_one_line(nora: Subject, name: str, kept: str) -> None:
    assert take_in(nora, name, b"hello")[0].name == kept


def test_what_stands_still_is_found_and_given_out_once(nora: Subject) -> None:
    document, _ = take_in(nora, "a.txt", b"hello")
    assert taking_in.due() == [str(document.pk)]
    assert taking_in.due() == []
    take_in_to_the_end(document)
    document.refresh_from_db()
    assert document.wake_at is None
