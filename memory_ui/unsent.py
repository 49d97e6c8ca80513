"""A form that cannot be taken yet is shown again with all that was in it, to be sent once what is missing is done.

Somebody was signed out while they typed, or signed in again in another tab, or has to say why first. Nothing of it is kept
here: it goes back to the browser that sent it, on a page that no cache stores.
"""

import json
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.cache import patch_cache_control

OURS = "csrfmiddlewaretoken"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done first, in another tab. `words`: of the link, as `Sign in`; `address`: a path."""

    words: str
    address: str


def not_taken(request: HttpRequest, sentence: str, status: int, first: Step | None = None) -> HttpResponse:
    """What was posted, to be sent again: a page with all its fields, or for HTMX a toast beside the form, which stays.

    `sentence`: why it was not taken. Files have to be chosen again: a page cannot hold them.
    """
    if getattr(request, "htmx", False):
        return form_stays(request, sentence, first)
    fields = [(name, value) for name, values in request.POST.lists() if name != OURS for value in values]
    context = {
        "sentence": sentence,
        "first": first,
        "address": request.get_full_path(),
        "fields": fields,
        "texts": [value for _name, value in fields if " " in value.strip()],
        "files": [(name, [file.name for file in files]) for name, files in request.FILES.lists()],
    }
    response = render(request, "unsent.html", context, status=status)
    patch_cache_control(response, private=True, no_store=True)
    return response


def form_stays(request: HttpRequest, sentence: str, first: Step | None = None) -> HttpResponse:
    """For HTMX: a toast beside the form that was sent, which stays as it is and can be sent again."""
    text = f"{sentence} What you typed stays on this page until you leave it."
    toast = {"text": text, "first": first, "unsent": True}
    response = render(request, "_toast_beside.html", {"toast": toast, "level": "warning"})
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = json.dumps({"fresh-token": get_token(request)})
    return response
