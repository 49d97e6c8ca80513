"""What README.md says is true: variables, commands, files."""

import ast
import re

import pytest

from tests.architecture.source import modules, tree
from tests.conftest import ROOT
from tests.services.shape import compose, image_command

README = (ROOT / "README.md").read_text(encoding="utf-8")
READERS = {"text", "integer", "boolean", "words", "folder"}


def variables_read() -> set[str]:
    """The names that the code asks memory_ui.environment for."""
    calls = [node for path in modules() for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    names = [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in READERS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "environment"
        and isinstance(call.args[0], ast.Constant)
    ]
    return {str(name) for name in names}


def table() -> dict[str, str]:
    """README's table of variables: name and what it says of an unset one."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", README, re.MULTILINE))


def test_every_variable_is_in_the_table_and_no_other() -> None:
    assert set(table()) == variables_read()


def test_only_the_readers_read_the_environment() -> None:
    """A variable read past them has no `_FILE` and no place in the table."""
    elsewhere = [
        str(path.relative_to(ROOT))
        for path in modules("accounts", "audit", "engine", "subjects", "schemas", "privacy", "memory_ui")
        if re.search(r"os\.environ\[|os\.environ\.get|os\.getenv|environ\.get", path.read_text(encoding="utf-8"))
    ]
    # They read none of ours: one sets DATABASE_URL for its own process, one hands PATH and LANG on to a process of its own.
    assert set(elsewhere) <= {"memory_ui/environment.py", "memory_ui/embedded_postgres.py", "subjects/taking_in.py"}


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    pages = (
        README
        + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        + (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
    )
    named = set(re.findall(r"(?:`|^|[^\w])make ([a-z-]+)(?=`|  |\n)", pages, re.MULTILINE))
    assert {"run", "test", "lint", "bench"} <= named
    assert named <= targets


@pytest.mark.parametrize("command", sorted(set(re.findall(r"manage\.py ([a-z_]+)", README))))
def test_every_management_command_it_names_exists(command: str) -> None:
    assert list(ROOT.glob(f"*/management/commands/{command}.py")) or command in {"migrate", "collectstatic"}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(((?!http)[^)]+)\)", README))))
def test_every_file_it_links_to_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_it_shows_only_names_the_sdk_has() -> None:
    import memory_sdk

    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code
    for node in ast.walk(ast.parse(code.group(1))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert hasattr(memory_sdk.Memory, node.func.attr), node.func.attr


def test_compose_sets_only_variables_that_exist() -> None:
    known = variables_read() | {"WEB_CONCURRENCY"}  # gunicorn's own
    for name in ("migrate", "web", "worker", "beat"):
        assert set(compose()["services"][name]["environment"]) <= known


def test_compose_refuses_to_start_without_its_secrets() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert re.search(r"SECRET_KEY: \$\{SECRET_KEY:\?", text)
    assert not re.search(r"\$\{POSTGRES_PASSWORD(?!:\?)", text), "a default password"


def test_compose_and_the_image_run_what_make_run_does() -> None:
    from memory_ui.start import web_command, worker_command

    worker = compose()["services"]["worker"]["command"]
    for option in ("-Q", "--pool"):
        assert worker[worker.index(option) + 1] == worker_command()[worker_command().index(option) + 1]
    assert image_command()[:2] == web_command("")[:2]
    assert compose()["services"]["beat"]["command"][:5] == ["celery", "--quiet", "-A", "memory_ui", "beat"]


def test_the_image_holds_every_room_and_does_not_run_as_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[1] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "examples"}
    assert rooms | {"static", "templates", "manage.py", "requirements/run.txt"} <= let_in
    assert all((ROOT / path).exists() for path in let_in)
    assert re.search(r"^USER [1-9]\d*$", dockerfile, re.MULTILINE)
    assert dockerfile.index("\nUSER ") < dockerfile.index("\nCMD ")
