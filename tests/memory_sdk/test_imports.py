"""What importing the SDK costs, and who may import what."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import memory_sdk

SDK = Path(memory_sdk.__file__).parent


def imported_by(statement: str) -> set[str]:
    """The top-level modules a fresh process has after `statement`."""
    code = f"import sys\n{statement}\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=SDK.parent, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import memory_sdk",
        "from memory_sdk import Agents, AsyncMemory, Memory, NewBlock, Turn, RunFailed; Memory('key'); Agents('key')",
        "import memory_sdk.formats, memory_sdk.names, memory_sdk.models",
    ],
)
def test_nothing_heavy_is_loaded_before_the_first_call(statement: str) -> None:
    assert imported_by(statement) & {"letta_client", "httpx", "pydantic", "django"} == set()


def test_only_the_connection_knows_letta_client_and_nothing_knows_django() -> None:
    for path in SDK.rglob("*.py"):
        tree = ast.parse(path.read_text())
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        roots = {name.split(".")[0] for name in names}
        assert not roots & {"django", "engine", "accounts", "audit", "subjects", "privacy", "memory_ui"}, path.name
        assert ("letta_client" in roots) is (path.name == "connection.py"), path.name


def test_every_public_name_is_there() -> None:
    for name in memory_sdk.__all__:
        assert getattr(memory_sdk, name).__name__ == name
    assert dir(memory_sdk) == memory_sdk.__all__
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        memory_sdk.Nothing  # type: ignore[attr-defined]  # noqa: B018


def test_the_types_are_shipped() -> None:
    assert (SDK / "py.typed").exists()
