"""Shared blocks and orders as rows alone, as pages meet them: nothing of them is in Letta."""

import uuid

from accounts.models import User
from schemas.models import Distribution, Share, SharedBlock, SharedRevision
from subjects.models import Subject


def written_shared(*values: str, label: str = "policies", by: User | None = None, **fields: object) -> SharedBlock:
    """A shared block that said `values` one after the other."""
    said = values or ("Be kind.", "Be kind.\nNever promise dates.")
    shared = SharedBlock.objects.create(
        label=label, value=said[-1], description="What holds for everybody.", limit=500,
        **{"wake_at": None, "block_id": f"block-{uuid.uuid4()}", **fields},
    )  # fmt: skip
    for number, value in enumerate(said, 1):
        SharedRevision.objects.create(
            shared_block=shared, number=number, value=value, description=shared.description, limit=500,
            read_only=shared.read_only, source="created" if number == 1 else "edit", editor=by, reason="Legal asked.",
        )  # fmt: skip
    return shared


def written_order(shared: SharedBlock, *results: tuple[Subject, str, str], **fields: object) -> Distribution:
    """An order with these subjects, states and reasons, which no worker takes up."""
    state_of = {"state": "done", "wake_at": None, **fields}
    order = Distribution.objects.create(shared_block=shared, total=len(results), **state_of)
    for subject, state, reason in results:
        Share.objects.create(distribution=order, subject=subject, state=state, reason=reason)
    for state in ("changed", "same", "refused"):
        setattr(order, state, sum(one[1] == state for one in results))
    order.save()
    return order
