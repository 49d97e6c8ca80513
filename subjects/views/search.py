"""One search over everything: ids of subjects, what is remembered, and what was said."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_shown
from memory_ui.keyset import Cursor, Page, cursor_of
from subjects.list_forms import QUERY
from subjects.listing import beginning_with
from subjects.opening import opened_by
from subjects.searching import Terms, TooMuch, find_blocks, find_messages, terms_of
from subjects.snippets import snippet

FIRST = 10
"""hits of each section on the page of all of them"""
ALONE = 25


@dataclass
class Section:
    """The hits of one sort. `hits`: the rows, those of texts with their `snippet`."""

    name: str
    title: str
    page: Page[Any] = field(default_factory=lambda: Page([]))
    hits: list[dict[str, Any]] = field(default_factory=list)
    trouble: str = ""


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def search_detail(request: StaffRequest) -> HttpResponse:
    """What was found for `q`, in three sections; with `in`, one of them alone and paged."""
    text = request.GET.get("q", "").replace("\x00", "")[:QUERY]
    only = request.GET.get("in", "")
    context: dict[str, Any] = {"search": text.strip(), "only": only}
    terms = terms_of(text)
    if terms is None:
        context["opened"] = opened_by(request.user)
    else:
        looks = _looks(text.strip(), terms)
        chosen = {only: looks[only]} if only in looks else looks
        cursor, size = (cursor_of(request.GET), ALONE) if len(chosen) == 1 else (Cursor(), FIRST)
        context["sections"] = [_section(name, *look, cursor, size, terms) for name, look in chosen.items()]
        # An id is no memory; what stands in blocks and messages is.
        texts = [section for section in context["sections"] if section.name != "subjects"]
        shown = (hit["row"].subject_id for section in texts for hit in section.hits)
        note_shown(request, Action.WAS_SHOWN_IN_SEARCH, shown)
        context["found"] = any(section.hits or section.trouble for section in context["sections"])
    return render(request, "subjects/search_detail.html", context)


Look = Callable[[Cursor, int], Page[Any]]


def _looks(text: str, terms: Terms) -> dict[str, tuple[str, Look]]:
    return {
        "subjects": ("Subjects", lambda cursor, size: beginning_with(text, cursor, size)),
        "blocks": ("In memory", lambda cursor, size: find_blocks(terms, cursor, size)),
        "messages": ("In messages", lambda cursor, size: find_messages(terms, cursor, size)),
    }


def _section(name: str, title: str, look: Look, cursor: Cursor, size: int, terms: Terms) -> Section:
    section = Section(name, title)
    try:
        section.page = look(cursor, size)
    except TooMuch as error:
        section.trouble = str(error)
    texts = {"blocks": "value", "messages": "content"}
    section.hits = [
        {"row": row, "snippet": snippet(getattr(row, texts[name]), terms) if name in texts else None}
        for row in section.page.rows
    ]
    return section
