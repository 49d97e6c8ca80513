"""What each kind of the privacy desk's work waits for: requests, lists being filed, previews, looks for orphans."""

from datetime import datetime, timedelta

from memory_ui.waiting import Wait, Workers, waiting_for
from privacy import previewing, scanning
from privacy.beginning import ready
from privacy.models import Batch, Erasure, Preview, Request, Scan
from privacy.working import AT_ONCE

Step = Erasure.Step
TOGETHER = "A few requests are carried out at a time, so that learning has workers, too."
ERASING = {
    Step.FREEZE: "The subject is being frozen.",
    Step.SETTLE: "Waiting until nothing is being learned about the person any more.",
    Step.COLLECT: "Letta is asked for all that it has of the person.",
    Step.LEDGER: "The ledger is being written.",
    Step.LETTA: "Letta is deleting it, one thing after another.",
    Step.OURS: "The rows here are being deleted.",
    Step.VACUUM: "The tables are vacuumed once for all who are erased just now.",
    Step.VERIFY: "Letta and every table are asked once more for each id.",
    Step.RECEIPT: "The receipt is being signed.",
}
ANSWERING = {
    Request.Kind.ACCESS: "Letta and the tables are being read. A long history takes minutes.",
    Request.Kind.PORTABILITY: "Letta and the tables are being read. A long history takes minutes.",
    Request.Kind.RESTRICTION: "Letta is asked to end what is being learned.",
}


def wait_of_request(request: Request, erasure: Erasure | None, on_hold: bool) -> Wait:
    """What a request waits for that was approved or is being carried out. A hold is told by the page itself."""
    if request.state == Request.State.APPROVED and not on_hold:
        since = request.approved_at or request.filed_at
        return waiting_for(since, reason=_no_room, before=ready().filter(approved_at__lt=since))
    if request.state != Request.State.WORKING:
        return Wait()
    if request.failure:  # says that it is tried again: true while there are workers
        return Workers().wait
    if erasure is not None:
        return waiting_for(erasure.step_at, doing=ERASING.get(Step(erasure.step), ""))
    since = request.begun_at or request.filed_at
    return waiting_for(since, doing=ANSWERING.get(Request.Kind(request.kind), "A worker is beginning with it."))


def wait_of_batch(batch: Batch, under_way: bool) -> Wait:
    """What a list waits for: to be filed, and then that its requests are carried out."""
    if batch.state == Batch.State.FILING:
        looked_at = batch.filed + batch.unknown + batch.already
        return waiting_for(
            batch.filed_at,
            doing="A worker is filing them, a hundred at a time.",
            lock="" if looked_at else f"privacy-batch-{batch.pk}",
            before=Batch.objects.filter(wake_at__isnull=False, filed_at__lt=batch.filed_at),
        )
    return waiting_for(batch.ended_at or batch.filed_at, doing=TOGETHER) if under_way else Wait()


def wait_of_preview(preview: Preview) -> Wait:
    """What a preview waits for that is to be counted. It is asked for again every minute, so its time says little."""
    if preview.taken_at is not None:
        return Wait()
    return Workers().wait or waiting_for(
        preview.asked_at,
        doing="Letta is asked for all that it has of the person.",
        lock=previewing.lock_name(preview.request_id),
    )


def wait_of_scan(scan: Scan) -> Wait:
    """What a look for orphans waits for."""
    if scan.ended_at is not None:
        return Wait()
    return waiting_for(
        scan.started_at,
        trouble=scan.trouble,
        again=_asked_again(scan.wake_at),
        doing="Letta answers a page at a time.",
        lock="" if scan.looked_at else scanning.LOCK,
    )


def _no_room() -> str:
    working = Request.objects.filter(state=Request.State.WORKING, wake_at__isnull=False)[:AT_ONCE].count()
    return f"Waiting for one of the {AT_ONCE} requests that are being carried out to end." if working >= AT_ONCE else ""


def _asked_again(wake_at: datetime | None) -> datetime | None:
    return wake_at - scanning.SILENCE + timedelta(seconds=scanning.PAUSE) if wake_at else None
