"""One stem everywhere: view `run_detail`, URL name `run-detail`, template `subjects/run_detail.html`; and who may see it."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.source import ROOMS, dotted, modules, tree
from tests.conftest import ROOT

# Rooms of pages. The engine's views speak JSON under /v1 and are named by Letta's API.
PAGES = ("accounts", "audit", "subjects", "schemas", "privacy")
METHODS = {"require_http_methods", "require_GET", "require_POST", "require_safe"}


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry


def _views() -> list[tuple[str, Callable[..., Any]]]:
    """URL name and view of every page of ours."""
    found = [(str(one.name), one.callback) for one in _patterns(get_resolver())]
    return [(name, view) for name, view in found if view.__module__.split(".")[0] in PAGES and "views" in view.__module__]


VIEWS = _views()


def _functions() -> dict[str, tuple[Path, ast.FunctionDef]]:
    return {
        f"{dotted(path)}.{node.name}": (path, node)
        for path in modules(*PAGES)
        if ".views" in dotted(path)
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
    }


FUNCTIONS = _functions()


def _templates_of(node: ast.FunctionDef) -> list[str]:
    texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [text for text in texts if text.partition("#")[0].endswith(".html")]


def test_there_are_views() -> None:
    assert len(VIEWS) > 5


@pytest.mark.parametrize(("name", "view"), VIEWS, ids=[name for name, _ in VIEWS])
def test_url_and_view_share_a_stem(name: str, view: Callable[..., Any]) -> None:
    assert name == view.__name__.replace("_", "-")


@pytest.mark.parametrize(("name", "view"), VIEWS, ids=[name for name, _ in VIEWS])
def test_every_view_says_who_may_see_it_and_by_which_methods(name: str, view: Callable[..., Any]) -> None:
    assert hasattr(view, "permission"), "it lacks @requires(…)"
    _, node = FUNCTIONS[f"{view.__module__}.{view.__name__}"]
    decorators = {
        call.func.id for call in node.decorator_list if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
    decorators |= {one.id for one in node.decorator_list if isinstance(one, ast.Name)}
    assert decorators & METHODS, "it lacks @require_http_methods(…)"


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_view_renders_its_own_page_or_a_shared_part_and_they_exist(function: str) -> None:
    _path, node = FUNCTIONS[function]
    is_view = function in {f"{view.__module__}.{view.__name__}" for _, view in VIEWS}
    for template in _templates_of(node):
        get_template(template)
        page = Path(template.partition("#")[0]).stem
        assert page.startswith("_") or not is_view or page == node.name or page in {other for _, other in _stems()}, (
            f"{function} renders {template}"
        )


def _stems() -> list[tuple[str, str]]:
    return [(view.__module__, view.__name__) for _, view in VIEWS]


def test_every_page_template_belongs_to_a_view() -> None:
    stems = {stem for _, stem in _stems()}
    lonely = [
        str(path.relative_to(ROOT))
        for app in ROOMS
        if (ROOT / "templates" / app).is_dir()
        for path in sorted((ROOT / "templates" / app).glob("*.html"))
        if not path.stem.startswith("_") and path.stem not in stems
    ]
    assert not lonely


def test_memory_is_escaped_everywhere() -> None:
    signs = ("|safe", "autoescape off", "mark_safe", "safeseq")
    templates = sorted((ROOT / "templates").rglob("*.html"))
    wrong = [
        str(path) for path in [*templates, *modules()] if any(sign in path.read_text(encoding="utf-8") for sign in signs)
    ]
    assert not wrong
