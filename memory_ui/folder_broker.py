"""The folder as a broker: kombu's filesystem transport, with messages that appear whole or not at all.

Kombu's own transport creates a message's file first and fills it then. A worker that looks in between reads an empty
file, cannot parse it, and the whole worker dies of that (celery/kombu#1551). Under load it takes minutes.
"""

import logging
import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """A channel whose messages are written beside the queue and then renamed into it."""

    def _lookup(self, exchange: Any, routing_key: Any, default: Any = None) -> list[str]:
        # Every queue of ours is reached by its own name. Kombu keeps the bindings in files, which are truncated before
        # they are locked: two processes that start together may find them empty, and lose a message or die of it.
        return [routing_key or exchange]

    def _queue_bind(self, exchange: Any, routing_key: Any, pattern: Any, queue: Any) -> None:
        """Nothing to remember: see `_lookup`."""

    def _put(self, queue: str, payload: Any, **options: Any) -> None:  # type: ignore[override]  # its bases disagree on names
        folder = Path(self.data_folder_out)
        # Only names that end in `.msg` belong to a queue.
        hidden = folder / f".{uuid.uuid4()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            hidden.write_text(dumps(payload))
            hidden.rename(folder / f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg")
        except OSError as error:
            hidden.unlink(missing_ok=True)
            raise ChannelError(f"No message can be written to {folder}: {error.strerror}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        folder.mkdir(parents=True, exist_ok=True)  # somebody may have cleared it away under a running worker
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            try:
                text = (folder / name).read_text()
                (folder / name).unlink()  # whoever removes it has it
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ChannelError(f"No message can be read from {folder}: {error.strerror}") from error
            try:
                return loads(text)
            except ValueError:  # cut short when the machine went down; the sweeps know what it was for
                logger.warning("an unreadable message was dropped")
        raise Empty


class Transport(filesystem.Transport):
    """Kombu's filesystem transport with these channels."""

    Channel = Channel
