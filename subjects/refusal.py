"""What a person sees who tries to change a frozen subject, wherever they tried it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from memory_ui.unsent import form_stays
from subjects.frozen import Frozen

LOCKED = 423
GetResponse = Callable[[HttpRequest], HttpResponse]


class FrozenRefusal:
    """Middleware: turns `Frozen` into a page, or for HTMX into a toast on the page, which stays as it is."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """423 in words. What was typed stays in the form that was sent: in place, or one step back."""
        if not isinstance(exception, Frozen):
            return None
        if getattr(request, "htmx", False):
            return form_stays(request, str(exception))
        return render(request, "423.html", {"sentence": str(exception)}, status=LOCKED)
