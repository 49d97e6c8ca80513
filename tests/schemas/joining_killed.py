"""A worker killed (-9) where a subject is given what it lacks: `python -m tests.schemas.joining_killed SUBJECT CALL`.

`CALL`: the request to Letta after whose answer it dies, before anything is written down: create_block, attach_block.
"""

import os
import signal
import sys
from typing import Any

import django


def main(subject_pk: str, call: str) -> None:
    """Give the subject what it lacks, and die after the call."""
    from memory_sdk.agents import Agents
    from schemas import joining

    asked = getattr(Agents, call)

    def ask_and_die(*arguments: Any, **options: Any) -> None:
        asked(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(Agents, call, ask_and_die)
    joining.give_missing(subject_pk)


if __name__ == "__main__":
    django.setup()
    main(*sys.argv[1:])
