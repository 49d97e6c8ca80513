"""How pages are drawn: by Jinja2, whole or one of their fragments, with the words that templates may say.

`page.html#status` is the block `status` of `page.html` alone, for a poll or a form that was sent in place. Jinja2 makes
Python of a template, once for each process; the same page took Django's own templates four times as long.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import cache, partial
from pathlib import Path
from types import FunctionType
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.forms import BoundField, renderers
from django.http import HttpRequest
from django.template import TemplateDoesNotExist, defaultfilters
from django.template.backends.jinja2 import Jinja2, Template
from django.template.backends.utils import csrf_input
from django.templatetags.static import static
from django.urls import get_resolver, get_script_prefix, reverse
from django.urls.converters import IntConverter, UUIDConverter
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.safestring import SafeString
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]  # the stubs lack it
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]  # `escape` without its mark

from memory_ui import words
from memory_ui.filters import drawing_of, with_typed

SPARED = "!$&'()*+,;=/~:@"
"""signs that may stand in the path of an address as they are (RFC 3986)"""
CURSORS = ("before", "after", "seen")
"""parameters that say where on a list somebody is"""
_FILTERS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(defaultfilters, name)
        for name in ("capfirst", "filesizeformat", "floatformat", "pluralize", "urlencode", "yesno")
    },
    "intcomma": intcomma,
    **{
        one.__name__: one
        for one in (
            words.agent_address, words.as_duration, words.ends_of, words.lines_of, words.number, words.of_percent,
            words.plain_length, words.share_of, words.short_id, words.toast_of, words.whole_number,
        )
    },
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    one.__name__: one for one in (words.ago, words.at, words.counted, words.elapsed, words.room_left, words.soon)
}


def teach(*, filters: Iterable[Callable[..., Any]] = (), functions: Iterable[Callable[..., Any]] = ()) -> None:
    """Let templates say these by their names. For apps, in `ready`: before the first page is drawn."""
    _FILTERS.update({one.__name__: one for one in filters})
    _FUNCTIONS.update({one.__name__: one for one in functions})


def truncatechars(text: Any, length: int) -> str:
    """A text, cut short to `length` characters with `…` as the last. A list asks in every line, and most are short."""
    whole = str(text)
    return whole if len(whole) <= length else defaultfilters.truncatechars(whole, length)


def date(moment: Any, form: str) -> str:
    """A moment in the reader's zone, written as `form` says in Django's letters."""
    return str(defaultfilters.date(template_localtime(moment), form))


_PREFIX: ContextVar[str] = ContextVar("prefix", default="")
"""what all addresses of a site under a path begin with, while a page is drawn; Django looks it up in a slower place"""


def url(name: str, *args: Any) -> str:
    """The address of a page. A list asks for one in every line, so what is the same in all of them is found once."""
    form, writers = _address(name, len(args))
    if form is None or not all(args):
        return reverse(name, args=args)  # which says what is missing
    prefix = _PREFIX.get() or get_script_prefix()
    return prefix + form % tuple([write(arg) for write, arg in zip(writers, args, strict=True)])


@cache
def _address(name: str, number: int) -> tuple[str | None, list[Callable[[Any], str]]]:
    """An address with places for `number` arguments, and what writes each of them; None for one of another kind."""
    for forms, _pattern, _defaults, converters in get_resolver().reverse_dict.getlist(name):
        for form, parameters in forms:
            if len(parameters) == number:
                return form % dict.fromkeys(parameters, "%s"), [_writer(converters.get(one)) for one in parameters]
    return None, []


def _writer(converter: object) -> Callable[[Any], str]:
    if isinstance(converter, UUIDConverter | IntConverter):
        return str
    return lambda text: quote(str(text), safe=SPARED)


@jinja2.pass_context
def query(context: jinja2.runtime.Context, **changes: object) -> str:
    """The query string of this page with `changes`; empty values are left out, and cursors unless given anew."""
    given = context["request"].GET.lists()
    kept = {name: values for name, values in given if name not in CURSORS and name not in changes and any(values[-1:])}
    kept |= {name: [str(value)] for name, value in changes.items() if value not in (None, "")}
    return f"?{urlencode(kept, doseq=True)}"


class Unknown(jinja2.ChainableUndefined):
    """What a template does not know: empty, neither more nor less than anything, and so is whatever would hang on it."""

    __slots__ = ()

    def __call__(self, *args: object, **kwargs: object) -> "Unknown":  # type: ignore[override]  # Jinja2 raises
        return self

    def __lt__(self, other: object) -> bool:  # type: ignore[override]
        return False

    __le__ = __gt__ = __ge__ = __lt__  # type: ignore[assignment]


class _Context(jinja2.runtime.Context):
    """What a template knows. A page calls our words by the hundred: those that want nothing of it are called as they are."""

    def call(self, called: Any, /, *args: Any, _block_vars: Any = None, _loop_vars: Any = None, **kwargs: Any) -> Any:
        if type(called) is FunctionType and not hasattr(called, "jinja_pass_arg"):
            return called(*args, **kwargs)
        return super().call(called, *args, _block_vars=_block_vars, _loop_vars=_loop_vars, **kwargs)


class _Generator(CodeGenerator):
    """What makes Python of a template. What is written out is escaped as ever, but not marked as escaped: nobody asks."""

    def _output_child_pre(self, node: jinja2.nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")


def _written(value: Any) -> str:
    """`value` for HTML: escaped, unless it has been."""
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    return value if kind is Markup or kind is SafeString else escape(value)


class _Environment(jinja2.Environment):
    code_generator_class = _Generator
    context_class = _Context
    written = staticmethod(_written)


def environment(**options: Any) -> jinja2.Environment:
    """Jinja2 as templates here want it."""
    made = _Environment(**options | {"undefined": Unknown}, lstrip_blocks=True)  # options escape
    made.filters.update(_FILTERS, date=date, truncatechars=truncatechars)
    made.globals.update(_FUNCTIONS, query=query, static=cache(static), url=url)
    made.globals["field"] = lambda field: _field(made, field)
    made.tests["none"] = lambda value: value is None or isinstance(value, jinja2.Undefined)
    return made


_DRAWINGS: dict[tuple[object, ...], list[str]] = {}
MOST_DRAWINGS = 200
_TYPED = "\ue000"  # for private use: in no word of ours, and drawn as it is


def _field(pages: jinja2.Environment, field: BoundField) -> Markup:
    """A form's field with its label, help and errors. What is the same on every page is drawn once in a process.

    Where something is typed, that is what stands around it; what was typed is put in each time, and not kept.
    """
    key, typed = drawing_of(field)
    if key is None:
        return Markup(_drawing(pages, field))  # noqa: S704  # escaped
    found = _DRAWINGS.get(key)
    if found is None:
        found = _drawing(pages, with_typed(field, _TYPED) if typed else field).split(_TYPED)
        if len(_DRAWINGS) >= MOST_DRAWINGS:
            _DRAWINGS.clear()  # choices come and go
        _DRAWINGS[key] = found
    return Markup(str(escape(typed)).join(found))  # noqa: S704  # escaped


def _drawing(pages: jinja2.Environment, field: BoundField) -> str:
    return pages.get_template("_field.html").render(field=field)


class Widgets(renderers.Jinja2):
    """Draws form fields: by our templates where they are quicker, else by Django's."""

    @cached_property
    def engine(self) -> Jinja2:
        django_own = Path(renderers.__file__).parent / "jinja2"
        folders = [settings.BASE_DIR / "templates", django_own]
        return Jinja2({"APP_DIRS": False, "DIRS": folders, "NAME": "widgets", "OPTIONS": {}})


class Pages(Jinja2):
    """Django's backend for Jinja2, with fragments."""

    def get_template(self, template_name: str) -> "Page":
        """A page, or with `#name` behind it one of its blocks.

        Raises:
            TemplateDoesNotExist: there is no such page, or no such block in it.
        """
        name, _, fragment = template_name.partition("#")
        template = super().get_template(name).template
        if not fragment:
            return Page(template, self)
        if fragment not in template.blocks:
            raise TemplateDoesNotExist(template_name, backend=self)
        return Page(template, self, fragment)


class Page(Template):
    """A template that can be drawn: all of it, or the block `fragment`."""

    def __init__(self, template: jinja2.Template, backend: Pages, fragment: str = "") -> None:
        super().__init__(template, backend)
        self.fragment = fragment

    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        """Draw it. What a view gives goes before what every page knows."""
        known: dict[str, Any] = {}
        if request is not None:
            known = {
                # Once a page, however many forms it has.
                "request": request, "csrf_input": SimpleLazyObject(partial(csrf_input, request)),
            }  # fmt: skip
            for processor in self.backend.template_context_processors:
                known |= processor(request)
        known |= context or {}
        prefix = _PREFIX.set(get_script_prefix())
        try:
            with words.in_one_zone():
                return self._drawn(known)
        finally:
            _PREFIX.reset(prefix)

    def _drawn(self, known: dict[str, Any]) -> str:
        if not self.fragment:
            return self.template.render(known)
        try:
            return "".join(self.template.blocks[self.fragment](self.template.new_context(known)))
        except Exception:  # as Jinja2 does for a whole page: raised anew, with the template's lines in its trace
            self.template.environment.handle_exception()
