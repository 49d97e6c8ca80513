"""Why runs fail, as it is counted: reasons are told apart by how they begin, and named in addresses by a digest of that.

A reason may hold words of Letta's, and an address is written down in many places; a digest says nothing by itself.
"""

import re
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from memory_ui.prepared import prepared
from subjects.models import REASON, Run, RunHour

REMEMBERED = timedelta(days=30)
MOST_KNOWN = 200
MOST_OFFERED = 20
NONE_GIVEN = "No reason was given."


def digest_of(reason: str) -> str:
    """What names `reason` in an address. None given is a reason like any other."""
    return md5(reason[:REASON].encode(), usedforsecurity=False).hexdigest()


def digest_in(text: str) -> str:
    """The digest that `text` is, or that of the reason whose words it is; empty for nothing."""
    return text if not text or re.fullmatch("[0-9a-f]{32}", text) else digest_of(text)


def in_words(reason: str) -> str:
    """`reason` for a reader: it may be cut, or be none."""
    return (f"{reason}…" if len(reason) >= REASON else reason) or NONE_GIVEN


def offered(chosen: str = "") -> list[tuple[str, str]]:
    """The reasons to choose from, as digest and words: the most frequent of late, and the one that is chosen."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    known = [(digest_of(reason), in_words(reason)) for reason, _ in _known(hour - REMEMBERED)]
    common = known[:MOST_OFFERED]
    if chosen and chosen not in dict(common):
        common.append((chosen, dict(known).get(chosen, "the one in the address")))
    return common


@prepared
def _known(since: datetime) -> QuerySet[RunHour, tuple[Any, ...]]:
    failed = RunHour.objects.filter(state=Run.State.FAILED, hour__gte=since)
    return failed.values_list("reason").annotate(total=Sum("runs")).order_by("-total", "reason")[:MOST_KNOWN]
