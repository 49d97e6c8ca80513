"""Changing what a person may do: role, the mark of an approver, and whether they may sign in at all."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.changes import Change, announce
from accounts.models import User
from accounts.roles import Role

LAST_ADMIN = "This is the last active admin, and there must be one. Make somebody else an admin first. Nothing was changed."
NO_ADMIN = "You are not an admin any more: another admin changed that a moment ago. Nothing was changed."
NOT_ONESELF = "The mark of an approver is given by another admin, never by oneself. Nothing was changed."


class Refused(Exception):
    """It must not be; the message says why, in words for the page."""


@transaction.atomic
def change_person(person_pk: UUID, *, role: Role, is_approver: bool, by: User) -> User:
    """Give a person this role, and the mark of an approver or not.

    Raises:
        User.DoesNotExist: nobody has this id.
        Refused: it would leave no admin, `by` is none any more, or marks themselves.
    """
    person = _locked(person_pk, by, stays_admin=role == Role.ADMIN)
    if is_approver and not person.is_approver and person.pk == by.pk:
        raise Refused(NOT_ONESELF)
    before = Role(person.role)
    if before != role:
        announce(Change.ROLE, by, person=person.pk, role=role, before=before)
    if person.is_approver != is_approver:
        announce(Change.APPROVER, by, person=person.pk, approver=is_approver)
    person.role, person.is_approver = role, is_approver
    person.save(update_fields=["role", "is_approver"])
    return person


@transaction.atomic
def deactivate(person_pk: UUID, by: User) -> User:
    """Let a person sign in no more and end their sessions; what they did keeps their name.

    Raises:
        User.DoesNotExist: nobody has this id.
        Refused: it is the last active admin, or `by` is none any more.
    """
    person = _locked(person_pk, by, stays_admin=False)
    if person.is_active:
        User.objects.filter(pk=person.pk).update(is_active=False, sessions_ended=F("sessions_ended") + 1)
        announce(Change.DEACTIVATED, by, person=person.pk)
    person.refresh_from_db()
    return person


@transaction.atomic
def reactivate(person_pk: UUID, by: User) -> User:
    """Let a person sign in again, with the role and the password they had.

    Raises:
        User.DoesNotExist: nobody has this id.
        Refused: `by` is no admin any more.
    """
    person = _locked(person_pk, by, stays_admin=True)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        announce(Change.REACTIVATED, by, person=person.pk)
    return person


def _locked(person_pk: UUID, by: User, *, stays_admin: bool) -> User:
    """The person, locked, once it is sure that an active admin will be left.

    All active admins are locked first, in one order: of two who demote each other at the same moment, the second waits
    and then finds that they are none any more.
    """
    rows = User.objects.select_for_update(no_key=True)
    admins = {admin.pk for admin in rows.filter(role=Role.ADMIN, is_active=True).order_by("pk")}
    if by.pk not in admins:
        raise Refused(NO_ADMIN)
    person = rows.get(pk=person_pk)
    if not stays_admin and admins == {person.pk}:
        raise Refused(LAST_ADMIN)
    return person
