"""Where a page of a list starts, read from its address."""

from memory_ui.keyset import cursor_of

__all__ = ["cursor_of"]
