"""What a person sees who tries to change a frozen subject, wherever they tried it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRefresh

from subjects.frozen import Frozen

LOCKED = 423
GetResponse = Callable[[HttpRequest], HttpResponse]


class FrozenRefusal:
    """Middleware: turns `Frozen` into a page, or for HTMX into a note on the page, loaded anew."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """423 in words. What was typed stays in the form that was sent, one step back."""
        if not isinstance(exception, Frozen):
            return None
        if getattr(request, "htmx", False):
            messages.warning(request, str(exception))
            return HttpResponseClientRefresh()  # the page says since when
        return render(request, "423.html", {"sentence": str(exception)}, status=LOCKED)
