"""Sealing: closing entries into batches, each with a hash over its entries and the seal before.

Entries are committed in another order than they are numbered, and numbers go missing when a change is rolled back. So a
seal names its entries one by one instead of a range, and takes what is committed and in no seal yet. Which numbers may
still turn up is known from Postgres: a number is given only to a transaction that has a number of its own, and a seal's
transaction gets its number after it has read the entries. Once every transaction older than the seal's is over, no entry
up to the seal's last can still turn up: those are *settled*, and one that no seal names was not written by this program.
"""

import logging

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from audit.hashing import GENESIS, entry_hash, packed, seal_hash, unpacked
from audit.models import Entry, Seal
from memory_ui.locks import exclusively

logger = logging.getLogger(__name__)

BATCH = 10_000
MOST_AT_ONCE = 500_000
"""entries that one call seals; what is left waits for the next"""


def seal_entries() -> int:
    """Seal all that is committed; returns how many entries. While another worker does it: none."""
    with exclusively("audit:seal") as mine:
        if not mine:
            return 0
        newest = Seal.objects.order_by("-number").first()
        before = newest.settled_id if newest else 0
        # In this order: what is settled now is committed by now, so that looking for it afterwards finds all of it.
        settled = settled_id(newest)
        waiting = unsealed_ids(before)
        for begin in range(0, len(waiting), BATCH):
            is_last = begin + BATCH >= len(waiting) < MOST_AT_ONCE
            newest = _seal(waiting[begin : begin + BATCH], settled if is_last else before, newest)
    if newest and waiting:
        # Whoever can change the database can hash anew, but not change logs that went elsewhere: `verify_audit --head`.
        logger.info("audit log sealed: seal %d, hash %s", newest.number, newest.hash)
    return len(waiting)


def settled_id(newest: Seal | None) -> int:
    """Up to here no entry is still being written."""
    if newest is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint from pg_current_snapshot() as s"
        )
        oldest_running, next_to_come = cursor.fetchone() or (0, 0)
    # A seal "of the future" comes from another server, by way of a backup: nothing of that time runs here.
    over = Q(xid__lte=oldest_running) | Q(xid__gt=next_to_come)
    later = Seal.objects.filter(over, last_id__gt=newest.settled_id)
    return later.aggregate(last=Max("last_id"))["last"] or newest.settled_id


def unsealed_ids(settled: int) -> list[int]:
    """Entries after `settled` that are in no seal, by ascending id, at most MOST_AT_ONCE.

    `settled`: what the newest seal calls so; up to there everything is sealed.
    """
    sealed = {
        row.id
        for rows in Seal.objects.filter(last_id__gt=settled).values_list("rows", flat=True)
        for row in unpacked(bytes(rows))
    }
    found = Entry.objects.filter(id__gt=settled).order_by("id").values_list("id", flat=True)
    return [number for number in found[: MOST_AT_ONCE + len(sealed)] if number not in sealed][:MOST_AT_ONCE]


@transaction.atomic(durable=True)
def _seal(ids: list[int], settled: int, newest: Seal | None) -> Seal:
    entries = Entry.objects.filter(id__in=ids).order_by("id")
    rows = [(entry.pk, entry_hash(entry)) for entry in entries.iterator()]
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint")  # after reading: see above
        [xid] = cursor.fetchone() or (0,)
    seal = Seal(
        number=newest.number + 1 if newest else 1,
        at=timezone.now(),
        first_id=rows[0][0],
        last_id=rows[-1][0],
        count=len(rows),
        rows=packed(rows),
        settled_id=settled,
        xid=xid,
        previous_hash=newest.hash if newest else GENESIS,
    )
    seal.hash = seal_hash(seal, rows)
    seal.save(force_insert=True)
    return seal
