"""Conversations from JSON Lines: stored once, bad lines named by number, however often the import is run."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from subjects.importing import import_lines
from subjects.models import Message, Run, Subject

pytestmark = pytest.mark.django_db


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


GOOD = line(id="c1", domain="invented", messages=[{"role": "user", "content": "hello"}, {"role": "user", "content": " "}])


def test_a_line_becomes_a_run_of_a_user_named_like_the_conversation() -> None:
    [imported] = import_lines([GOOD])
    assert imported.new
    assert imported.run is not None
    assert imported.run.source == Run.Source.IMPORTED
    assert imported.run.subject.subject_id == "c1"
    assert set(imported.run.subject.blocks.values_list("label", flat=True)) == {"human", "summary"}
    assert list(imported.run.messages.values_list("role", "content")) == [("user", "hello")], "a silent turn is left out"


def test_importing_again_stores_nothing_new() -> None:
    list(import_lines([GOOD]))
    [again] = import_lines([GOOD])
    assert not again.new
    assert (Subject.objects.count(), Run.objects.count(), Message.objects.count()) == (1, 1, 1)


def test_an_interrupted_import_goes_on_where_it_was() -> None:
    lines = [line(id=f"c{n}", messages=[{"role": "user", "content": "hello"}]) for n in range(4)]
    interrupted = import_lines(lines)
    next(interrupted)
    next(interrupted)
    interrupted.close()
    assert [imported.new for imported in import_lines(lines)] == [False, False, True, True]


def test_the_subject_is_the_one_asked_for_then_the_lines_own() -> None:
    own = line(id="c2", subject_id="user_own", messages=[{"role": "user", "content": "hello"}])
    assert [imported.run.subject.subject_id for imported in import_lines([own]) if imported.run] == ["user_own"]
    assert [imported.run.subject.subject_id for imported in import_lines([own], "user_all") if imported.run] == ["user_all"]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (b"{not json\n", "not valid JSON"),
        (b"\xff\xfe\n", "not valid JSON"),
        (b"[1]\n", "the line"),
        (line(messages=[{"role": "user", "content": "x"}]), "id"),
        (line(id="c", messages=[]), "messages"),
        (line(id="c", messages=[{"role": "user", "content": ""}]), "none has any text"),
        (line(id="c", messages=[{"role": "robot", "content": "secret words"}]), "messages.0.role"),
        (line(id="c", messages=[{"role": "user", "content": "a\x00b"}]), "messages.0.content"),
        (line(id="not/allowed", messages=[{"role": "user", "content": "x"}]), "subject id"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(bad: bytes, problem: str) -> None:
    first, second = import_lines([bad, GOOD])
    assert first.number == 1
    assert problem in first.problem
    assert "secret words" not in first.problem
    assert second.new


def test_the_command_counts_and_names_bad_lines(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "conversations.jsonl"
    file.write_bytes(GOOD + b"{broken\n")
    out = io.StringIO()
    call_command("import_conversations", str(file), stdout=out)
    assert "1 conversations stored, 0 were there already, 1 lines left out." in out.getvalue()
    assert "line 2: not valid JSON" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_said() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_conversations", "no-such-file.jsonl")
