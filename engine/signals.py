"""Word of what programs read and change over /v1, for whoever keeps a record of it. This app keeps none."""

from enum import Enum

from django.dispatch import Signal


class Kind(Enum):
    """What a program did with the memory of agents."""

    READ = "read"
    CHANGED = "changed"
    TAUGHT = "taught"
    DELETED = "deleted"


memory_touched = Signal()
"""Sent with `kind` (a Kind), `key` (accounts.ApiKey; None is the key of the settings) and `agents` (a set of agent ids), for
every answered request of a program but not for those of this process itself. Inside the transaction of a change, so that
what a receiver writes stands or falls with it; before a read is answered, so that a receiver that fails keeps it back."""
