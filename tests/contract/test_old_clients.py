"""Programs with letta-client 0.1.307, ai-memory-sdk 0.2.0 and letta-memory 0.1.5 work on the target unchanged."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.scripted import unique
from tests.contract.targets import Target
from tests.letta.install import old_client_environment
from tests.model_answers import call, finish

PROGRAMS = Path(__file__).parent / "old"


@pytest.fixture(scope="session")
def python() -> Path:
    return old_client_environment() / "bin" / "python"


def run(python: Path, program: str, target: Target, tmp_path: Path) -> dict[str, Any]:
    """What the program prints. The first conversation that holds its word makes the model note that cats are liked."""
    word = unique("old")
    target.script.program(word, call("memory_insert", label="human", new_string="Likes cats"), finish())
    model = target.expect("any-model", engine="openai/gpt-4.1", letta=target.model)
    done = subprocess.run(
        [python, PROGRAMS / program, target.base_url, target.api_key, model, word],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_letta_client_0_1_307(python: Path, target: Target, tmp_path: Path) -> None:
    said = run(python, "letta_client_0_1.py", target, tmp_path)
    assert said["found"] == [True]
    assert "ai-memory-sdk" in said["found_tags"]
    assert said["found_blocks"] == ["human", "summary"]
    assert said["blocks"] == {"human": "Name: Ann\nLikes cats", "summary": ""}
    assert said["retrieved"] == "Name: Ann\nLikes cats"
    assert said["modified"] == "Ann likes cats."
    assert said["statuses"] == ["created", "completed"]
    assert said["kinds"][0] == "user_message"
    assert said["kinds"].count("tool_return_message") == 2
    assert said["passages"] == said["search"] == said["listed"] == ["I like cats"]
    assert said["error"] == 404
    assert said["after_detach"] == ["human"]
    assert said["after_delete"] == []


def test_ai_memory_sdk_0_2_0(python: Path, target: Target, tmp_path: Path) -> None:
    said = run(python, "ai_memory_sdk_0_2.py", target, tmp_path)
    assert said["agent"] == said["agent_again"]
    assert said["twice"] is True
    assert said["memory"] == "Name: Ann\nLikes cats"
    assert said["prompt"] == (
        '<human description="Details about the human user you are speaking to.">Name: Ann\nLikes cats</human>'
    )
    assert said["summary"] == "<conversation_summary></conversation_summary>"
    assert [text.split(" ", 1)[1] for text in said["search"]] == ["I like cats"]
    assert said["search_assistant"] == ["Noted."]
    assert said["deleted"] is None
    assert said["subject"].startswith("agent-")
    assert said["same_block"] is True
    assert said["blocks"] == ["preferences"]
    assert said["preferences"] == "Likes tea"
    assert said["preferences_prompt"] == '<preferences description="What they like">Likes tea</preferences>'
    assert said["after_reset"] == "reset"
    assert said["after_delete_block"] is None


def test_letta_memory_0_1_5(python: Path, target: Target, tmp_path: Path) -> None:
    said = run(python, "letta_memory_0_1.py", target, tmp_path)
    assert said["agent"].startswith("agent-")
    assert said["memory"].strip() == "Likes cats"
    assert "Likes cats" in said["prompt"]
    assert said["summary"] == ""
    assert len(said["search"]) == 1
    assert said["search"][0].endswith("I like cats")
    assert said["reset"] == "anew"
    assert said["deleted"] is None
