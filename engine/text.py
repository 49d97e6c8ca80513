"""Text as Postgres can keep it."""

from typing import Any


def storable(value: Any) -> Any:
    """The same text, list or mapping without what Postgres refuses: NUL characters and halves of surrogate pairs.

    Letta drops NUL characters silently as well.
    """
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value
