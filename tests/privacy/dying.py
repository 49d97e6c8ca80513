"""A worker that is killed (-9) at a step of an erasure: `python -m tests.privacy.dying REQUEST STEP before|after`.

`after`: the step is done and kept; `before`: it is done, and not kept yet. Ends well only when the erasure has ended.
"""

import os
import signal
import sys

import django

django.setup()

from privacy import erasing  # noqa: E402
from privacy.erasures import Erasure  # noqa: E402
from privacy.models import Request  # noqa: E402

request_pk, fatal, moment = sys.argv[1:]
go_to = erasing._go_to


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _go_to(erasure: Erasure, step: Erasure.Step) -> None:
    last = erasure.step
    if last == fatal and moment == "before":
        die()
    go_to(erasure, step)
    if last == fatal:
        die()


erasing._go_to = _go_to
if fatal == "receipt":
    vars(erasing)["finish"] = lambda *_: die()  # the receipt is written, and not committed yet
from tests.privacy.carrying import carry_out  # noqa: E402

carry_out(Request.objects.get(pk=request_pk))
