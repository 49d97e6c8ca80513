"""What rollouts, and shared blocks on their way to many subjects, wait for."""

from memory_ui.waiting import Wait, Workers, waiting_for
from schemas import previewing
from schemas.models import Distribution, Rollout, SharedBlock
from schemas.rolling_out import MOST_AT_ONCE
from schemas.tending import SILENCE


def wait_of_rollout(rollout: Rollout) -> Wait:
    """What a rollout waits for that is counted or under way."""
    if rollout.state == Rollout.State.COUNTING:
        return waiting_for(
            rollout.created_at,
            doing="A worker is comparing them, five hundred at a time.",
            lock="" if rollout.looked_at else previewing.lock_name(rollout.pk),
        )
    if rollout.state != Rollout.State.RUNNING:
        return Wait()
    if rollout.trouble:  # the page says it, and when Letta is asked again: true while there are workers
        return Workers().wait
    since = rollout.pace_at or rollout.started_at or rollout.created_at
    doing = "Letta is asked subject by subject. Who is learning, or being worked on, is tried again after that."
    return waiting_for(since, reason=lambda: _behind_others(rollout), doing=doing)


def wait_of_distribution(order: Distribution) -> Wait:
    """What an order waits for that attaches a shared block to many subjects, or takes it off them."""
    if order.state == Distribution.State.CHOOSING:
        lock = "" if order.total else f"distribution:{order.pk}"
        return waiting_for(order.created_at, doing="A worker is listing the subjects.", lock=lock)
    if order.state != Distribution.State.RUNNING:
        return Wait()
    return waiting_for(
        order.started_at or order.created_at,
        trouble=order.trouble,
        again=order.wake_at - SILENCE if order.wake_at else None,
        doing="Letta is asked for a few subjects at a time.",
    )


def wait_of_following(shared: SharedBlock) -> Wait:
    """What a shared block waits for: to be made in Letta, or for its copies to follow a change."""
    if shared.archived_at is not None or not (shared.following_since or not shared.block_id):
        return Wait()
    if shared.following_since is None:
        return waiting_for(shared.created_at, doing="Letta is asked to make it.", lock=f"shared:{shared.pk}")
    doing = "A worker is writing them, a few hundred at a time."
    return waiting_for(shared.following_since, doing=doing, lock=f"following:{shared.pk}")


def _behind_others(rollout: Rollout) -> str:
    running = Rollout.objects.filter(state=Rollout.State.RUNNING).order_by("started_at", "pk")
    first = list(running.values_list("pk", flat=True)[:MOST_AT_ONCE])
    if rollout.pk in first or len(first) < MOST_AT_ONCE:
        return ""
    return f"Waiting for one of the {MOST_AT_ONCE} rollouts that began before it to end."
