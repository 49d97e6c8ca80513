"""Inviting people: a link that works once and for seven days, sent by e-mail or copied by the admin who made it.

The link holds a random secret of which only the digest is stored. It is signed too, so that one that is cut short or made
up is told apart from one that has run out.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.changes import Change, announce
from accounts.models import Invitation, User
from accounts.roles import Role

GOOD_FOR = timedelta(days=7)


class CannotInvite(Exception):
    """The address cannot be invited; the message says why."""


class BadLink(Exception):
    """The link does not lead in; the message says why and what to do."""


@transaction.atomic
def invite(email: str, role: Role, *, is_approver: bool = False, by: User) -> tuple[Invitation, str]:
    """Invite whoever reads `email`; returns the invitation and the secret part of the link, which is not stored.

    Raises:
        CannotInvite: there is an account or a waiting invitation with this address.
    """
    email = User.objects.normalize_email(email).lower()
    known = User.objects.filter(email=email).first()
    if known is not None:
        closed = "" if known.is_active else " It is deactivated: open it and reactivate it."
        raise CannotInvite(f"There is an account with this address already.{closed}")
    waiting = Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None)
    if waiting.filter(expires_at__gt=timezone.now()).exists():
        raise CannotInvite("This address is invited already. Make a new link in the list of invitations, or withdraw it.")
    for expired in waiting:
        _revoke(expired, by)
    invitation = Invitation(email=email, role=role, is_approver=is_approver, invited_by=by)
    token = _new_link(invitation)
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError:
        raise CannotInvite("Somebody else invited this address a moment ago.") from None
    announce(Change.INVITED, by, invitation=invitation.pk, role=role, approver=is_approver)
    return invitation, token


@transaction.atomic
def renew(invitation_pk: UUID, by: User) -> tuple[Invitation, str]:
    """A new link, good for seven days, for an invitation that nobody has taken up; the one before works no more.

    Raises:
        Invitation.DoesNotExist: there is no such invitation, or it is over.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation_pk, accepted_at=None, revoked_at=None)
    token = _new_link(invitation)
    invitation.save(update_fields=["digest", "expires_at"])
    announce(Change.RENEWED_INVITATION, by, invitation=invitation.pk)
    return invitation, token


@transaction.atomic
def revoke(invitation_pk: UUID, by: User) -> None:
    """Withdraw an invitation; its link works no more. Nothing happens to one that is over.

    Raises:
        Invitation.DoesNotExist: there is no such invitation.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation_pk)
    if invitation.is_open:
        _revoke(invitation, by)


def found(token: str, *, lock: bool = False) -> Invitation:
    """The invitation that a link belongs to and that can be accepted now.

    Raises:
        BadLink: it leads nowhere, or no more.
    """
    try:
        key, _, secret = _signer().unsign(token).partition(".")
        rows = Invitation.objects.select_for_update() if lock else Invitation.objects.all()
        invitation = rows.get(pk=UUID(key))
    except (BadSignature, ValueError, Invitation.DoesNotExist):
        raise BadLink("The link is not whole. Copy all of it from where you got it, or ask for a new one.") from None
    if invitation.accepted_at:
        raise BadLink("This link was used already. If that was you, sign in; if not, tell an admin.")
    if invitation.revoked_at:
        raise BadLink("This invitation was withdrawn. Ask an admin if you think that is a mistake.")
    if not constant_time_compare(invitation.digest, Invitation.digest_of(secret)):
        raise BadLink("There is a newer link for this invitation. Use that one.")
    if invitation.expires_at <= timezone.now():
        raise BadLink("This link was good for seven days, and they are over. Ask an admin for a new one.")
    return invitation


@transaction.atomic
def accept(token: str, name: str, password: str) -> User:
    """Make the account that the link is for; the link works no more.

    Raises:
        BadLink: it leads nowhere, or no more, or there is an account with this address meanwhile.
    """
    invitation = found(token, lock=True)
    try:
        with transaction.atomic():
            person = User.objects.create_user(
                invitation.email, password, name=name, role=invitation.role, is_approver=invitation.is_approver
            )
    except IntegrityError:
        raise BadLink("There is an account with this address already. Sign in with it.") from None
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    role = Role(person.role)
    announce(Change.ACCEPTED_INVITATION, person, invitation=invitation.pk, role=role, approver=person.is_approver)
    return person


def send(invitation: Invitation, link: str) -> str:
    """E-mail the link to the invited; returns why that did not work, in a sentence, or nothing."""
    text = render_to_string("accounts/mail/invitation.txt", {"invitation": invitation, "link": link})
    message = EmailMessage("You are invited to memory", text, settings.DEFAULT_FROM_EMAIL, [invitation.email])
    try:
        message.send()
    except OSError as error:  # of smtplib too; what the server says may repeat the address
        kind = type(error).__name__
        return f"The e-mail could not be sent: the mail server in EMAIL_URL refused it or did not answer ({kind})."
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())
    return ""


def _signer() -> Signer:
    return Signer(sep=".", salt="accounts.invitation")


def _new_link(invitation: Invitation) -> str:
    secret = secrets.token_urlsafe(24)
    invitation.digest = Invitation.digest_of(secret)
    invitation.expires_at = timezone.now() + GOOD_FOR
    return _signer().sign(f"{invitation.pk.hex}.{secret}")


def _revoke(invitation: Invitation, by: User) -> None:
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    announce(Change.REVOKED_INVITATION, by, invitation=invitation.pk)
