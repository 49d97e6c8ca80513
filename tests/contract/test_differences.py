"""The table of differences and the tests that assert them name each other."""

import ast
import re
from pathlib import Path

import pytest

from tests.contract.differences import DIFFERENCES

HERE = Path(__file__).parent


def uses() -> dict[str, set[str]]:
    """Row → the tests that ask `expect` for it."""
    found: dict[str, set[str]] = {}
    for file in sorted(HERE.glob("test_*.py")):
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                for row in re.findall(r'\.expect\(\s*"([a-z-]+)"', ast.unparse(function).replace("'", '"')):
                    found.setdefault(row, set()).add(f"{file.name}::{function.name}")
    return found


def test_every_row_is_asserted_and_every_assertion_has_a_row() -> None:
    assert sorted(uses()) == sorted(DIFFERENCES)


@pytest.mark.parametrize("row", sorted(DIFFERENCES))
def test_each_row_names_a_test_that_asserts_it(row: str) -> None:
    difference = DIFFERENCES[row]
    assert difference.test in uses()[row]
    assert difference.letta
    assert difference.reason
