"""Which subjects are still here. The record knows ids alone; the app that keeps the subjects tells (`tell_by`)."""

from collections.abc import Callable, Collection
from uuid import UUID

Known = Callable[[Collection[UUID]], set[UUID]]


class _Teller:
    ask: Known | None = None


def tell_by(ask: Known) -> None:
    """From now on `ask` says which of some subjects are still here."""
    _Teller.ask = staticmethod(ask)


def known(ids: Collection[UUID]) -> set[UUID]:
    """Those of `ids` that are still here."""
    return _Teller.ask(ids) if _Teller.ask and ids else set()
