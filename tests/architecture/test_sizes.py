"""Files and views stay small enough to read in one go."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import dotted, modules, tree
from tests.conftest import ROOT

FILE_LINES = 300
TEST_LINES = 320  # tests of one thing stay together a little longer
VIEW_LINES = 45
SAME_WORDS = ("utils", "helpers", "common", "misc", "services")

# Longer ones, each with the reason why it is not split by noun.
LONGER: dict[str, str] = {}


def _files() -> list[str]:
    python = [*modules(), *sorted((ROOT / "tests").rglob("*.py"))]
    scripts = [path for path in sorted((ROOT / "static").glob("*")) if path.suffix == ".js"]
    return [str(path.relative_to(ROOT)) for path in [*python, *scripts]]


def test_files_stay_within_about_300_lines() -> None:
    lines = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in _files()}
    long = {name for name, count in lines.items() if count > (TEST_LINES if name.startswith("tests/") else FILE_LINES)}
    assert not long - set(LONGER), "split them by noun, or say in LONGER why not"
    assert not set(LONGER) - long, "no longer so long: take them from LONGER"


def test_modules_are_named_for_what_they_do() -> None:
    assert not [name for path in modules() if (name := dotted(path)).split(".")[-1] in SAME_WORDS]


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        dotted(path) for path in modules() if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree(path))
    ]
    assert not [name for name in silent if not name.endswith(".apps")]


@pytest.mark.parametrize("path", [path for path in modules() if ".views" in dotted(path)], ids=dotted)
def test_views_stay_within_45_lines(path: Path) -> None:
    long = [
        node.name
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > VIEW_LINES
    ]
    assert not long
