"""Rows that are made once for the tests of a module, where making them for each would take most of its time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeVar

from django.db import transaction
from pytest_django import DjangoDbBlocker

Made = TypeVar("Made")


def lasting(make: Callable[[], Made], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """The body of a module's fixture: gives what `make` made in a transaction that ends with the module.

    Each test has its own transaction inside of that one, as ever, so that no test meets what another did to the rows.
    """
    with blocker.unblock(), ExitStack() as making:
        making.enter_context(transaction.atomic())
        made = make()
        outer = making.pop_all()
    yield made
    with blocker.unblock():
        transaction.set_rollback(True)
        outer.close()
