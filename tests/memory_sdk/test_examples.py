"""The programs in examples/, started as a reader would start them; a scripted endpoint stands in for the model."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memory_sdk import Memory
from tests.contract.targets import Target
from tests.model_answers import Answer, call, finish

ROOT = Path(__file__).parents[2]

Start = Callable[..., str]


@pytest.fixture
def start(server: Target) -> Start:
    """Runs an example to its end and gives what it printed."""

    def run(name: str, *arguments: str, says: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", f"examples.{name}", *arguments],
            cwd=ROOT,
            input=says,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "LETTA_BASE_URL": server.base_url,
                "LETTA_API_KEY": server.api_key,
                "LETTA_MODEL": server.model,
                "LETTA_EMBEDDING": server.embedding,
                "OPENAI_BASE_URL": server.script.url,
                "OPENAI_API_KEY": "any",
            },
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    return run


def learn(label: str, line: str) -> tuple[Answer, Answer]:
    """A memory agent's two answers: write the line, end the run."""
    return call("memory_insert", label=label, new_string=line, insert_line=-1), finish()


def test_chat_remembers_from_one_session_to_the_next(
    start: Start, server: Target, memory: Memory, subject_id: str, says: Callable[..., str]
) -> None:
    hello = says("I am Ann", Answer(content="Hello Ann!"), *learn("human", "Name: Ann"))
    out = start("chat", subject_id, says=f"{hello}\n\nexit\nnot read\n")
    assert out.startswith("Chat (type 'exit' to leave)\nAI: Hello Ann!\n")
    assert "Name: Ann\n</human>" in out
    assert "not read" not in out

    again = says("Who am I?", Answer(content="You are Ann."), *learn("summary", "Ann asked for her name."))
    assert "AI: You are Ann." in start("chat", subject_id, says=again)
    asked = server.script.requests(again.split()[0])[0]["messages"]
    assert "Name: Ann" in asked[0]["content"]
    assert asked[-1] == {"role": "user", "content": again}
    assert "Ann asked for her name." in (memory.get_summary(subject_id) or "")


def test_subject_keeps_blocks_of_its_own(start: Start, server: Target, memory: Memory, subject_id: str) -> None:
    server.script.program("kickoff was on 4 May", *learn("people", "Tomas: importer"))
    try:
        out = start("subject", subject_id)
    finally:
        server.script.program("kickoff was on 4 May")
    assert '<status description="Where the project stands, newest first, with dates.">' in out
    assert "Ines: project lead" in out
    assert "Tomas: importer" in (memory.get_memory("people", subject_id=subject_id) or "")


def test_archival_search_finds_what_was_said_by_whom(start: Start, subject_id: str) -> None:
    out = start("archival_search", subject_id, "Gazelle")
    parts = re.split(r"^(.+) about 'Gazelle':\n", out, flags=re.MULTILINE)[1:]
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    asked, answered = "My bike is a red Gazelle", "A red Gazelle with a child seat, got it."
    assert {title: (asked in text, answered in text) for title, text in found.items()} == {
        "What the user said": (True, False),
        "What the assistant said": (False, True),
        "Everything": (True, True),
    }


def test_customer_support_learns_a_conversation_in_one_run(
    start: Start, server: Target, memory: Memory, subject_id: str, says: Callable[..., str]
) -> None:
    first = says("The importer fails", Answer(content="Which file?"), Answer(content="Try it now."))
    marker = first.split()[0]
    server.script.program(marker, *learn("issues", "Importer fails (open)"))
    out = start("customer_support", subject_id, says=f"{first}\nA CSV file\n")
    assert out.startswith("Assistant: Which file?\nAssistant: Try it now.\n")
    assert "Importer fails (open)\n</issues>" in out
    assert len(server.script.requests(marker)) == 4  # two answers, one run of two steps
    assert memory.search(subject_id, "importer file", tags=["assistant"]) is not None
    assert {block.label for block in memory.list_blocks(subject_id)} == {"customer", "issues", "preferences"}
