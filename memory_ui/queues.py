"""How many wake-up calls wait in the broker, asked of the broker itself, whichever it is."""

from celery import current_app
from django.conf import settings
from kombu.exceptions import ChannelError

QUEUES = ("celery", "engine")
PATIENCE = 2  # seconds


class NoBroker(Exception):
    """The broker does not answer. Only the kind of the error is told: its words may hold a password."""


def waiting() -> dict[str, int]:
    """The number of messages in each queue. A message is a wake-up call: several may be for the same work.

    Raises:
        NoBroker: it does not answer within `PATIENCE` seconds.
    """
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    try:
        with current_app.connection_for_read(connect_timeout=PATIENCE, transport_options=options) as connection:
            channel = connection.channel()
            return {queue: _depth(channel, queue) for queue in QUEUES}
    except Exception as error:  # every broker has exceptions of its own
        raise NoBroker(type(error).__name__) from None


def _depth(channel: object, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue=queue, passive=True).message_count)  # type: ignore[attr-defined]
    except ChannelError:
        return 0  # Redis and files know a queue only while something is in it
