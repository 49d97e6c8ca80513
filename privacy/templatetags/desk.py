"""The clock and the state of a request, as pages show them."""

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from privacy.clock import colour_of, words_of
from privacy.models import Request
from subjects.templatetags.words import exact

register = template.Library()

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


@register.filter
def dot(state: str) -> str:
    """The mark beside the name of a state."""
    return DOTS[Request.State(state)]


@register.simple_tag
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
