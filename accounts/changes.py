"""What was done to people and keys, told to whoever keeps a record of it.

A signal, because the record (`audit`) stands above this room. Receivers run inside the transaction of the change: what
they raise undoes it, so that nothing happens unrecorded.
"""

from enum import Enum

from django.dispatch import Signal

from accounts.models import User


class Change(Enum):
    """One thing that was done, with the facts that go with it: our own ids, roles, scopes, yes or no. No personal text."""

    INVITED = "invited"
    """invitation, role, approver"""
    RENEWED_INVITATION = "renewed-invitation"
    """invitation"""
    REVOKED_INVITATION = "revoked-invitation"
    """invitation"""
    ACCEPTED_INVITATION = "accepted-invitation"
    """invitation, role, approver; done by the new person"""
    ROLE = "role"
    """person, role, before"""
    APPROVER = "approver"
    """person, approver"""
    DEACTIVATED = "deactivated"
    """person"""
    REACTIVATED = "reactivated"
    """person"""
    MADE_KEY = "made-key"
    """key, and of each scope whether the key has it"""
    REVOKED_KEY = "revoked-key"
    """key"""


changed = Signal()
"""Sent with `change` (Change), `by` (User) and `facts` (a dict)."""


def announce(change: Change, by: User, **facts: object) -> None:
    """Tell it, in the open transaction."""
    changed.send(sender=Change, change=change, by=by, facts=facts)
