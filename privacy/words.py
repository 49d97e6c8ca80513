"""The clock and the state of a request, as pages show them."""

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from memory_ui.words import exact
from privacy.clock import colour_of, words_of
from privacy.models import Event, Request

DOTS = {
    Request.State.RECEIVED: "",
    Request.State.WAITING: "change",
    Request.State.APPROVED: "queued",
    Request.State.WORKING: "learning",
    Request.State.DONE: "completed",
    Request.State.PARTIAL: "failed",
    Request.State.REFUSED: "cancelled",
    Request.State.WITHDRAWN: "cancelled",
}


BY_ITSELF = {
    Event.Action.FILED: "Filed",
    Event.Action.CONFIRMED: "Confirmed",
    Event.Action.APPROVED: "Approved",
    Event.Action.BEGUN: "The work began",
    Event.Action.ENDED: "The work ended",
}
"""What is said of an event that no person of the console brought about."""


def told(event: Event) -> str:
    """An event as a sentence without its full stop: `Petra extended the time by 60 days: There are many requests DPO-1`."""
    if event.by:
        said = f"{event.by} {event.get_action_display()}"
    else:
        said = BY_ITSELF.get(Event.Action(event.action), event.get_action_display().capitalize())
    if event.whom:
        said += " to themselves" if event.whom == event.by else f" to {event.whom}"
    return f"{said}: {event.detail}" if event.detail else said


def dot(state: str) -> str:
    """The mark beside the name of a state."""
    return DOTS[Request.State(state)]


def written_out(moment: str) -> SafeString | str:
    """A time of a receipt, ISO 8601, as it is read and printed: `20 November 2026, 14:06 UTC`, the seconds on hover.

    What is no time is given back as it is: a receipt that somebody changed is shown, too.
    """
    try:
        parsed = datetime.fromisoformat(moment)
    except (TypeError, ValueError):
        return moment
    if parsed.tzinfo is None:
        return moment
    utc = parsed.astimezone(UTC)
    words = f"{utc.day} {utc:%B %Y, %H:%M} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', f"{utc:%Y-%m-%dT%H:%M:%SZ}", exact(utc), words)


def due(request: Request) -> SafeString:
    """`due in 12 days`, amber in the last week and red after it, with the exact time on hover."""
    now = timezone.now()
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        colour_of(request.due_at, now),
        request.due_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        exact(request.due_at),
        words_of(request.due_at, now),
    )
