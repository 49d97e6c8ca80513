"""What is done to people and API keys, recorded as it is done: `accounts` tells, this listens, one transaction."""

from typing import Any

from accounts.changes import Change
from accounts.models import User
from audit.actions import Action
from audit.recording import record

ACTIONS = {
    Change.INVITED: Action.INVITED_PERSON,
    Change.RENEWED_INVITATION: Action.RENEWED_INVITATION,
    Change.REVOKED_INVITATION: Action.WITHDREW_INVITATION,
    Change.ACCEPTED_INVITATION: Action.ACCEPTED_INVITATION,
    Change.ROLE: Action.CHANGED_ROLE,
    Change.APPROVER: Action.CHANGED_APPROVER,
    Change.DEACTIVATED: Action.DEACTIVATED_PERSON,
    Change.REACTIVATED: Action.REACTIVATED_PERSON,
    Change.MADE_KEY: Action.MADE_KEY,
    Change.REVOKED_KEY: Action.REVOKED_KEY,
}


def note_change(*, change: Change, by: User, facts: dict[str, Any], **signal: object) -> None:
    """Receiver of `accounts.changes.changed`."""
    record(ACTIONS[change], by=by, detail=facts)
