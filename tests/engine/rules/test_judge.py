"""The judge of the learner counts what is found and what is wrong, and keeps personal text to itself."""

import json
from pathlib import Path

import pytest

from tests.bench.judge_learner import main

GOOD = {
    "id": "one",
    "messages": [{"role": "user", "content": "my name is tilda marsh and my phone number is 555-123-4567"}],
    "facts": {"name": ["tilda marsh"], "phone_number": ["5551234567"]},
}
MISSED = {"id": "two", "messages": [{"role": "user", "content": "hello"}], "facts": {"name": ["gorav"]}}
WRONG = {"id": "three", "messages": [{"role": "user", "content": "my name is tilda"}], "facts": {"name": ["gorav"]}}


def file_of(folder: Path, *conversations: object) -> str:
    path = folder / "judged.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in conversations), encoding="utf-8")
    return str(path)


def test_all_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([file_of(tmp_path, GOOD)]) == 0
    assert "name               1 of    1 found  100.0%" in capsys.readouterr().out


def test_missed_and_wrong_names_fail_and_are_told_by_id_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([file_of(tmp_path, GOOD, MISSED, WRONG)]) == 1
    printed = capsys.readouterr().out
    assert "missed name: two, three" in printed
    assert "wrong: three" in printed
    assert "gorav" not in printed
    assert "tilda" not in printed.lower()


def test_show_prints_the_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([file_of(tmp_path, MISSED), "--show"])
    assert "two 'gorav'" in capsys.readouterr().out


def test_a_part_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([file_of(tmp_path, MISSED, GOOD), "--part", "2/2"]) == 0
    assert capsys.readouterr().out.startswith("1 conversations")
