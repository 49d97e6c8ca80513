"""Long answers go out compressed: a page of four hundred turns is a tenth of its size then."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

LEAST = 32 * 1024
"""bytes; what is shorter goes out in about the time that compressing it takes, and first loads are light without it"""
TEXTS = ("text/html", "application/json", "text/csv")
"""what is made here and is long; static files were compressed when they were collected, archives are so by nature"""


class Compression(GZipMiddleware):
    """Middleware: texts from LEAST bytes on, and those that are streamed, by gzip for whoever takes it.

    Django's adds a random length (against BREACH: pages hold words of strangers beside a form's token). What carries an
    ETag stays as it is: Django would make the tag a weak one, and `If-Match` compares strong ones, byte for byte.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, compressed if that is worth it; otherwise untouched."""
        if not _is_worth_it(response):
            return response
        return super().process_response(request, response)


def _is_worth_it(response: HttpResponseBase) -> bool:
    if response.has_header("ETag") or response.headers.get("Content-Type", "").partition(";")[0] not in TEXTS:
        return False
    return response.streaming or len(response.content) >= LEAST  # type: ignore[attr-defined]
