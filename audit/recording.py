"""Writing the record: the one door through which entries come in."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import ApiKey, User
from audit.actions import Action, ActorKind, Reason
from audit.asking import why_of
from audit.current import current
from audit.riding import ride
from memory_ui.commits import unawaited

MOST_DETAILS = 20
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# With a digit: a reference has one, a name seldom.
TICKET = re.compile(r"(?=.*[0-9])[A-Za-z0-9._#/-]{1,40}")
# Ours, and Letta's: agent-…, block-…, run-….
_OPAQUE_ID = re.compile(r"(?:[a-z]{1,20}-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

# Takes Postgres half as long as a list of one.
_ONE = """
    insert into audit_entry
        (actor_kind, actor, action, run, reason, ticket, request, privacy_request, subject, detail)
    select %s, %s, %s, %s, %s, %s, %s, %s, %s, %s
"""
_SAME = """
    insert into audit_entry
        (actor_kind, actor, action, run, reason, ticket, request, privacy_request, detail, subject)
    select %s, %s, %s, %s, %s, %s, %s, %s, %s, each.subject
    from unnest(%s::uuid[]) as each (subject)
"""
_EACH = """
    insert into audit_entry
        (actor_kind, actor, action, run, reason, ticket, request, privacy_request, subject, detail)
    select %s, %s, %s, %s, %s, %s, %s, %s, each.subject, each.detail
    from unnest(%s::uuid[], %s::jsonb[]) as each (subject, detail)
"""


@dataclass(frozen=True)
class Actor:
    """Who did it, where there is no row to point to."""

    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor(ActorKind.SYSTEM)
SETTINGS_KEY = Actor(ActorKind.API_KEY)
"""The key that the settings give (`ENGINE_API_KEY`): it has no row."""

Detail = Mapping[str, int | str | bool | UUID]


def record(
    action: Action,
    *,
    by: User | ApiKey | Actor | None,
    subject: UUID | None = None,
    subjects: Iterable[UUID] | None = None,
    run: UUID | None = None,
    request_id: UUID | None = None,
    privacy_request: UUID | None = None,
    reason: Reason | None = None,
    ticket: str = "",
    detail: Detail | None = None,
    lazily: bool = False,
    rides: bool = False,
) -> None:
    """Add to the record that `by` did `action`. Joins the open transaction: the entry stands or falls with the change.

    Args:
        by: the person or the API key; None is memory_ui itself.
        subject: `Subject.id`, never the outside name.
        subjects: instead of `subject`, several: one entry for each, in one statement; none of them, no entry.
        run: `Run.id`
        request_id: the HTTP request; by itself the one that is being answered, if any.
        privacy_request: `PrivacyRequest.id`, when it is done for one.
        reason: why; by itself what the person gave for this subject in this session, if asked.
        ticket: a reference in another system, `[A-Za-z0-9._#/-]{1,40}` with a digit.
        detail: facts by name (`[a-z0-9_]`, at most 20): whole numbers, yes or no, UUIDs, Letta's ids, members of an Enum
            such as TextChoices. A bare text is refused, so that nothing personal gets in by accident: counts
            instead of contents, `Role(user.role)` instead of `user.role`.
        lazily: for reads, outside of a transaction: do not wait until the entry is on the disk. Only should Postgres itself
            crash within the next 0.6 seconds is it lost.
        rides: for what the request that is being answered will show: lazily, and with its next query (`riding`).

    Raises:
        ValueError: detail or ticket is not of that form. The value stands in no message.
    """
    facts = detail or {}
    of = [(subject, facts)] if subjects is None else [(one, facts) for one in dict.fromkeys(subjects)]
    if ticket and not is_ticket(ticket):
        raise ValueError("ticket: up to 40 letters, digits and . _ # / - only, with a digit")
    _write(action, _actor(by), of, run, request_id, privacy_request, (reason, ticket), lazily, rides)


def record_each(
    action: Action,
    *,
    by: User | ApiKey | Actor | None,
    of: Sequence[tuple[UUID | None, Detail]],
    run: UUID | None = None,
    lazily: bool = False,
) -> None:
    """Add an entry for each of several subjects, or for each of several changes of one, in one statement.

    Args:
        of: `Subject.id`, if any, and the facts of that entry, as for `record`.
    """
    _write(action, _actor(by), list(of), run, None, None, (None, ""), lazily)


def _write(
    action: Action,
    actor: Actor,
    of: Sequence[tuple[UUID | None, Detail]],
    run: UUID | None,
    request_id: UUID | None,
    privacy_request: UUID | None,
    why: tuple[Reason | None, str],
    lazily: bool,
    rides: bool = False,
) -> None:
    if not of:
        return
    reason, ticket = why
    now = current()
    if now is not None:
        request_id = request_id or now.id
        # What memory_ui does by itself during a person's request it does for a reason of its own.
        if reason is None and actor.kind == ActorKind.PERSON:
            given = why_of(now.http, of[0][0]) or why_of(now.http, None)
            reason, ticket = (given.reason, ticket or given.ticket) if given else (None, ticket)
    why_given = reason.value if reason else ""
    same = [actor.kind.value, actor.id, action.value, run, why_given, ticket, request_id, privacy_request]
    subjects, facts = [subject for subject, _ in of], of[0][1]
    values: list[Any]
    if len(of) == 1:
        statement, beside, values = _ONE, "from", [*same, subjects[0], _stored(facts)]
    elif all(detail is facts for _, detail in of):
        statement, beside, values = _SAME, "cross join", [*same, _stored(facts), _array(subjects)]
    else:
        statement, beside, values = _EACH, "cross join", [*same, subjects, [_stored(detail) for _, detail in of]]
    if lazily or rides:
        statement = f"{statement} {beside} {unawaited()}"
    if rides and now is not None and not connection.in_atomic_block:
        ride(statement, values)
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _stored(detail: Detail) -> str:
    return json.dumps(checked(detail))


def _array(subjects: Sequence[UUID | None]) -> str:
    """As Postgres writes an array: a page shows many, and adapting each by itself takes longer than storing it."""
    return "{" + ",".join("NULL" if subject is None else str(subject) for subject in subjects) + "}"


def is_ticket(text: str) -> bool:
    """Whether `text` has the form of a reference in another system."""
    return TICKET.fullmatch(text) is not None


def checked(detail: Detail) -> dict[str, int | str | bool]:
    """`detail` as it is stored.

    Raises:
        ValueError: a name or a value that could hold a text.
    """
    if len(detail) > MOST_DETAILS:
        raise ValueError(f"detail: at most {MOST_DETAILS} facts")
    return {_checked_name(name): _checked_value(name, value) for name, value in detail.items()}


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("detail: names are up to 40 of a-z, 0-9 and _")
    return name


def _checked_value(name: str, value: object) -> int | str | bool:
    if isinstance(value, Enum):
        value = value.value
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{0,40}", value):
            return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str) and _OPAQUE_ID.fullmatch(value):
        return value
    raise ValueError(f"detail {name}: a whole number, yes or no, an opaque id or a member of an Enum, no text")


def _actor(by: User | ApiKey | Actor | None) -> Actor:
    if by is None:
        return SYSTEM
    if isinstance(by, Actor):
        return by
    if isinstance(by, ApiKey):
        return Actor(ActorKind.API_KEY, by.pk)
    return Actor(ActorKind.PERSON, by.pk)
