"""What can go wrong between this SDK and Letta, each error saying whether trying again can help.

Messages are short sentences for logs and pages: they name the call and the status and never quote memory text,
because Letta's own error bodies repeat the input they refuse.
"""

from __future__ import annotations


class LettaError(Exception):
    """A call to Letta failed.

    `permanent`: the same call will fail again, so do not retry it. `status`: the HTTP status, None without an answer.
    """

    def __init__(self, message: str, *, permanent: bool, status: int | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.status = status


class Refused(LettaError):
    """Letta answered 4xx: it understood and will not do it. Permanent."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message, permanent=True, status=status)


class NotFound(Refused):
    """Letta answered 404: the agent, block, run or archive does not exist (any more)."""


class Unauthorized(Refused):
    """Letta answered 401 or 403: the API key is missing, wrong or not allowed to do this."""


class Unavailable(LettaError):
    """No usable answer: no connection, time-out, 408, 429, 5xx or an unreadable body. Not permanent.

    After a write this means *uncertain*: it may have happened. `Agents.find_run` tells for a batch of messages.
    `retry_after`: the seconds to wait that Letta asked for, None when it asked for nothing.
    """

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, permanent=False, status=status)
        self.retry_after = retry_after


class RunFailed(LettaError):
    """A learning run ended without learning: failed, cancelled, or completed with an error as its stop reason.

    `reason`: one sentence; `run_id`: which run; `cancelled`: somebody stopped it.
    """

    def __init__(self, run_id: str, reason: str, *, cancelled: bool = False) -> None:
        super().__init__(f"Run {run_id} did not learn: {reason}", permanent=True)
        self.run_id = run_id
        self.reason = reason
        self.cancelled = cancelled
