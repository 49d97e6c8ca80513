"""What a template does not know is drawn as nothing, so what it says is looked at here: its words, its calls, its parts."""

from pathlib import Path
from typing import Any

import pytest
from django.template import TemplateDoesNotExist, engines
from django.template.loader import get_template
from jinja2 import Environment, nodes

from memory_ui.rendering import Pages
from tests.architecture.source import modules
from tests.conftest import ROOT

FOLDER = ROOT / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
OF_JINJA = {"loop", "self", "super"}
METHODS = {"get_full_path", "items", "non_field_errors", "non_form_errors", "strip"}
"""methods that templates call; what Django makes for choices, `get_…_display`, is known by its form"""


def _environment() -> Environment:
    pages = engines.all()[0]
    assert isinstance(pages, Pages)
    return pages.env


def _tree(name: str) -> nodes.Template:
    return _environment().parse((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_every_word_that_is_called_was_taught(name: str) -> None:
    get_template(name)  # it compiles: filters are known then, and so are the parts of its language
    called = {call.node.name for call in _tree(name).find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
    assert not called - set(_environment().globals) - OF_JINJA


@pytest.mark.parametrize("name", NAMES)
def test_a_method_is_called_and_not_shown(name: str) -> None:
    """Django's own language calls whatever it comes across; here `x.get_state_display` alone would be true for ever."""
    tree = _tree(name)
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    bare = {
        one.attr for one in tree.find_all(nodes.Getattr) if id(one) not in called
        and (one.attr in METHODS or (one.attr.startswith("get_") and one.attr.endswith("_display")))
    }  # fmt: skip
    assert not bare


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_takes_in_is_there(name: str) -> None:
    tree = _tree(name)
    for one in tree.find_all((nodes.Include, nodes.Extends)):
        taken: Any = one
        assert isinstance(taken.template, nodes.Const)
        assert (FOLDER / str(taken.template.value)).is_file()


def test_every_template_has_somebody_who_draws_it() -> None:
    """Nobody keeps a page that is shown nowhere."""
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.html")]
    texts += [path.read_text(encoding="utf-8") for path in modules()]
    everything = "\n".join(texts)
    by_others = {"403_csrf.html", "404.html", "500.html"}  # Django
    asked = [
        name for name in NAMES if name not in by_others and not name.startswith(("account/", "django/", "privacy/archive/"))
    ]
    assert not [name for name in asked if f'"{name}' not in everything]


@pytest.mark.parametrize("wanted", ["subjects/run_detail.html#no-such-part", "no_such_page.html"])
def test_a_part_or_page_that_is_not_there_is_missed(wanted: str) -> None:
    with pytest.raises(TemplateDoesNotExist):
        get_template(wanted)


def test_what_is_unknown_is_empty_and_so_is_what_hangs_on_it() -> None:
    drawn = _environment().from_string(
        "{{ nobody }}{{ nobody.name.first }}{{ nobody.strip() }}"
        "{% if nobody > 1 or nobody.age <= 1 or nobody is not none %}wrong{% endif %}"
        "{% for one in nobody.all() %}wrong{% endfor %}"
    )
    assert drawn.render() == ""


def test_memory_is_escaped_wherever_it_comes_from() -> None:
    drawn = _environment().from_string(
        "{{ memory }}{{ memory|truncatechars(5) }}{{ [memory]|join(', ') }}{{ memory|capfirst }}"
    )
    assert "<" not in drawn.render(memory="<b>x</b>")


def test_no_template_calls_anything_safe() -> None:
    filters = {(name, one.name) for name in NAMES for one in _tree(name).find_all(nodes.Filter)}
    marked = {(name, "autoescape") for name in NAMES if list(_tree(name).find_all(nodes.EvalContextModifier))}
    assert not {(name, word) for name, word in filters | marked if word in ("safe", "autoescape", "tojson", "xmlattr")}


def test_every_template_lies_in_the_folder_of_its_app() -> None:
    apps = {"account", "accounts", "audit", "django", "privacy", "schemas", "subjects", "."}
    assert {str(Path(name).parent).split("/")[0] for name in NAMES} <= apps
