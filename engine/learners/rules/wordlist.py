"""How this package keeps its word lists: as plain text, so that they stay readable and easy to extend."""


def listed(text: str) -> frozenset[str]:
    """The words of `text`, a list kept as prose."""
    return frozenset(text.split())
