"""A record to work on: entries of a few people, sealed in small batches."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from accounts.models import User
from audit import sealing
from audit.actions import Action
from audit.models import Entry
from audit.recording import record


@contextmanager
def triggers_off() -> Iterator[None]:
    """What a superuser can do who means harm: the triggers of both tables rest."""
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_entry disable trigger user; alter table audit_seal disable trigger user")
        yield
        cursor.execute("alter table audit_entry enable trigger user; alter table audit_seal enable trigger user")


@pytest.fixture
def write(sue: User) -> Callable[[int], list[int]]:
    """Adds entries; returns their numbers."""

    def entries(number: int) -> list[int]:
        for place in range(number):
            record(Action.LOOKED_AT_MEMORY, by=sue, subject=uuid.uuid4(), detail={"place": place})
        return sorted(Entry.objects.order_by("-id").values_list("id", flat=True)[:number])

    return entries


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seals of ten entries instead of thousands."""
    monkeypatch.setattr(sealing, "BATCH", 10)
