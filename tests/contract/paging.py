"""Walks lists the way letta-client does, and by hand."""

from collections.abc import Callable
from typing import Any, Protocol


class Page(Protocol):
    """What letta-client's list calls return."""

    items: list[Any]

    def has_next_page(self) -> bool: ...
    def get_next_page(self) -> Any: ...


def pages(page: Any, most: int = 40) -> list[list[Any]]:
    """The items of this page and of all that follow, by has_next_page and get_next_page, at most `most` pages."""
    found: list[list[Any]] = []
    while page.items and len(found) < most:
        found.append(page.items)
        if not page.has_next_page():
            break
        page = page.get_next_page()
    return found


def walked(page: Any, key: Callable[[Any], Any], most: int = 40) -> list[Any]:
    """The `key` of every item of every page."""
    return [key(item) for items in pages(page, most) for item in items]
