"""Making and revoking API keys."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from accounts.changes import Change, announce
from accounts.models import ApiKey, Scope, User


class NameTaken(Exception):
    """A key that works has this name already."""


@transaction.atomic
def make_key(name: str, scopes: Sequence[Scope], by: User) -> tuple[ApiKey, str]:
    """A new key; returns its row and the key itself, which cannot be read again.

    Raises:
        NameTaken: names are what keys are told apart by, so two that work never share one.
    """
    # A page that was sent twice finds the first one's name; two people at the same moment are let be.
    if ApiKey.objects.filter(name__iexact=name, revoked_at=None).exists():
        raise NameTaken
    row, key = ApiKey.issue(name, by, scopes)
    announce(Change.MADE_KEY, by, key=row.pk, **{scope.value: scope in scopes for scope in Scope})
    return row, key


@transaction.atomic
def revoke_key(key_pk: UUID, by: User) -> ApiKey:
    """Refuse a key from now on. Nothing happens to one that was revoked before.

    Raises:
        ApiKey.DoesNotExist: there is no such key.
    """
    key = ApiKey.objects.select_for_update().get(pk=key_pk)
    if key.revoked_at is None:
        key.revoke()
        announce(Change.REVOKED_KEY, by, key=key.pk)
    return key
