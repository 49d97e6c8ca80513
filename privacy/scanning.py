"""Looking through Letta for what belongs to nobody, and removing what a person decided to remove."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import Detail, record, record_each
from memory_sdk import LettaError
from memory_sdk.orphans import Orphan as Seen
from memory_sdk.orphans import OrphanPage
from memory_ui.locks import exclusively
from memory_ui.waking import wake
from privacy.models import Orphan, Scan
from subjects.claims import claimed
from subjects.letta import agents

logger = logging.getLogger(__name__)

LOCK = "privacy-scan"
"""held by whoever looks"""
SCAN = "privacy.tasks.scan_orphans"
REMOVE = "privacy.tasks.remove_orphans"
YOUNG = timedelta(hours=1)
"""Things may hang on nothing for a moment while they are made: what is younger is no orphan yet."""
SILENCE = timedelta(seconds=30)
PAUSE = 15.0  # seconds before Letta is asked again
BLOCKS = 1000
PAGE = 50
SCRATCH_AGE = timedelta(hours=6)

Step, State = Scan.Step, Orphan.State
NEXT = {Step.BLOCKS: Step.ARCHIVES, Step.ARCHIVES: Step.FOLDERS, Step.FOLDERS: Step.AGENTS, Step.AGENTS: Step.ENDED}


def start(by: User | None) -> Scan:
    """Begin to look through Letta; while a look is under way it is that one."""
    try:
        with transaction.atomic():
            scan = Scan.objects.create(started_by=by)
            record(Action.SCANNED_ORPHANS, by=by)
            wake(SCAN)
    except IntegrityError:
        scan = Scan.objects.get(ended_at=None)
    return scan


def advance() -> float | None:
    """Take the look that is under way a page further; returns the seconds until there is more, None when it is over."""
    with exclusively(LOCK) as mine:
        scan = Scan.objects.filter(ended_at=None).first() if mine else None
        if scan is None:
            return None
        Scan.objects.filter(pk=scan.pk).update(wake_at=timezone.now() + SILENCE)
        try:
            page = _read(scan)
        except LettaError as error:
            logger.warning("scan %s: %s", scan.pk, error)
            Scan.objects.filter(pk=scan.pk).update(trouble=str(error)[:300])
            return PAUSE
        _keep(scan, page)
        if scan.step == Step.ENDED:
            return None
    return 0.0


def is_due() -> bool:
    """Whether a look stands still."""
    return Scan.objects.filter(wake_at__lte=timezone.now()).exists()


def decide(orphans: Iterable[Orphan], remove: bool, by: User) -> int:
    """Keep or remove these; returns how many were still to be decided. Removing happens in the background."""
    origin, to = ((State.FOUND, State.KEPT), State.REMOVING) if remove else ((State.FOUND,), State.KEPT)
    with transaction.atomic():
        # In one order: of two officers who decide on the same ones the second waits, and finds them decided.
        locked = Orphan.objects.select_for_update().order_by("pk").filter(pk__in=[one.pk for one in orphans])
        chosen = list(locked.filter(state__in=origin))
        Orphan.objects.filter(pk__in=[one.pk for one in chosen]).update(
            state=to, decided_at=timezone.now(), decided_by=by, trouble=""
        )
        if chosen and remove:
            wake(REMOVE)
        elif chosen:
            record_each(Action.KEPT_ORPHAN, by=by, of=[(None, _told(one)) for one in chosen])
    return len(chosen)


def remove_decided(limit: int = 50) -> float | None:
    """Remove some of what was decided to be removed, and ask again whether it is gone.

    Returns the seconds until there is more to do, None when there is nothing or all of it is too young.
    """
    stuck = 0
    with exclusively("privacy-orphans") as mine:
        # What Letta did not let go of goes to the end, so that it holds up nothing else.
        waiting = list(_ripe().order_by("last_seen_at", "pk")[:limit]) if mine else []
        for orphan in waiting:
            # Somebody may have taken it meanwhile: then it is theirs.
            try:
                if claimed(orphan.kind, [orphan.letta_id]) or not _is_alone(orphan):
                    _end(orphan, State.CLAIMED)
                else:
                    stuck += not _remove(orphan)
            except LettaError as error:
                Orphan.objects.filter(pk=orphan.pk).update(trouble=str(error)[:300])
                return PAUSE
    return PAUSE if stuck else 0.0 if len(waiting) == limit else None


def _ripe() -> QuerySet[Orphan]:
    """What may be removed now. Letta does not tell when a block was made: then it has to be known here for a while."""
    is_old = Q(created_at__isnull=False) | Q(first_seen_at__lte=timezone.now() - YOUNG)
    return Orphan.objects.filter(is_old, state=State.REMOVING)


def _read(scan: Scan) -> OrphanPage:
    removal, after = agents().removal, scan.after or None
    match scan.step:
        case Step.BLOCKS:
            return removal.orphaned_blocks(BLOCKS)
        case Step.ARCHIVES:
            return removal.orphaned_archives(after, PAGE)
        case Step.FOLDERS:
            return removal.orphaned_folders(after, PAGE)
        case _:
            return OrphanPage(tuple(_scratch_agents()))


def _scratch_agents() -> Iterable[Seen]:
    """Agents that were made to try something on, and stayed behind."""
    for agent in agents().find_scratch_agents():
        if agent.created_at is None or timezone.now() - agent.created_at > SCRATCH_AGE:
            yield Seen("agent", agent.id, agent.name, None, agent.created_at)


@transaction.atomic
def _keep(scan: Scan, page: OrphanPage) -> None:
    now = timezone.now()
    old = [one for one in page.orphans if one.created_at is None or now - one.created_at > YOUNG]
    kind = old[0].kind if old else ""
    owned = claimed(kind, [one.id for one in old])
    found = [one for one in old if one.id not in owned]
    Orphan.objects.bulk_create(
        [
            Orphan(
                kind=one.kind,
                letta_id=one.id,
                name=one.name[:200],
                characters=one.characters,
                created_at=one.created_at,
                first_seen_at=now,
                last_seen_at=now,
            )
            for one in found
        ],
        update_conflicts=True,
        unique_fields=["kind", "letta_id"],
        update_fields=["last_seen_at", "characters"],
    )
    scan.found = F("found") + len(found)
    scan.looked_at = F("looked_at") + 1
    scan.trouble = ""
    if page.is_lacking:
        scan.lacking = f"{scan.lacking} {scan.get_step_display()}".strip()
    scan.after = page.after or ""
    if page.after is None:
        scan.step = NEXT[Step(scan.step)]
        if scan.step == Step.ENDED:
            scan.ended_at, scan.wake_at = now, None
    scan.save()


def _is_alone(orphan: Orphan) -> bool:
    return orphan.kind == Orphan.Kind.AGENT or agents().removal.is_alone(orphan.kind, orphan.letta_id)


def _remove(orphan: Orphan) -> bool:
    """Returns whether it is gone."""
    removal = agents().removal
    if orphan.kind == Orphan.Kind.AGENT:
        agents().delete_agent(orphan.letta_id)
    else:
        removal.delete(orphan.kind, orphan.letta_id)
    if removal.is_there(orphan.kind, orphan.letta_id):
        trouble = "Letta took the removal and still answers for it."
        Orphan.objects.filter(pk=orphan.pk).update(trouble=trouble, last_seen_at=timezone.now())
        return False
    _end(orphan, State.REMOVED)
    return True


@transaction.atomic
def _end(orphan: Orphan, state: Orphan.State) -> None:
    if Orphan.objects.filter(pk=orphan.pk, state=State.REMOVING).update(state=state, trouble="") and state == State.REMOVED:
        record(Action.REMOVED_ORPHAN, by=orphan.decided_by, detail=_told(orphan))


def _told(orphan: Orphan) -> Detail:
    return {"kind": Orphan.Kind(orphan.kind), "letta": orphan.letta_id}
