"""Where a page of a list starts, read from its address."""

from django.http import QueryDict

from subjects.browsing import Cursor


def cursor_of(parameters: QueryDict) -> Cursor:
    """The cursor in `?after=` or `?before=`."""
    before = parameters.get("before")
    return Cursor(before, backwards=True) if before else Cursor(parameters.get("after"))
