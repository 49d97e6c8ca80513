"""What a rollout will do or did, in the words of its page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas.applying import LeftOut, left_out
from schemas.differences import Difference, Kind
from schemas.errands import errand_of
from schemas.facts import Facts
from schemas.models import Rollout, RolloutItem
from schemas.planning import Asked, Plan
from subjects.diffs import Segment, diff, shortened
from subjects.models import Block, Subject
from subjects.wanted import Wanted

_FORWARD = {
    Kind.MISSING: "added, with its starting value",
    Kind.EXTRA: "taken off the subject; our history keeps what it said",
    Kind.DESCRIPTION: "set to the version’s",
    Kind.LIMIT: "set to the version’s",
    Kind.READ_ONLY: "set to the version’s",
    Kind.OVER_LIMIT: "told in the result; nothing is cut",
    Kind.UNSHARED: "told in the result; a block that holds memory is not replaced",
    Kind.VALUE: "replaced by the starting value",
}
_BACK = {
    Kind.MISSING: "given back, with what it said last",
    Kind.EXTRA: "taken off again, as it has not been written to",
    Kind.DESCRIPTION: "set back",
    Kind.LIMIT: "set back",
    Kind.READ_ONLY: "set back",
    Kind.VALUE: "set back to the value before",
}
_BACK_WORDS = {
    Kind.MISSING: "block that was taken off",
    Kind.EXTRA: "block that was added",
    Kind.DESCRIPTION: "changed description",
    Kind.LIMIT: "changed limit",
    Kind.READ_ONLY: "changed read-only mark",
    Kind.VALUE: "changed value",
}


@dataclass(frozen=True, slots=True)
class Line:
    """How many subjects and blocks differ in one way, and what happens to them."""

    kind: Kind
    words: str
    subjects: int
    blocks: int
    what: str
    done: bool
    """Whether it is put right, or only told."""


@dataclass(frozen=True, slots=True)
class SampleChange:
    """One difference of a sample, as `_diff.html` shows it."""

    label: str
    notes: list[str] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sample:
    """What would happen to one subject. `notes`: what is told and left."""

    subject: Subject
    changes: list[SampleChange]
    notes: list[str]


def lines_of(rollout: Rollout) -> list[Line]:
    """What was counted, kind by kind."""
    asked, back = Asked.of(rollout), rollout.undoes_id is not None
    lines = []
    for kind in Kind:
        subjects, blocks = rollout.found.get(kind.value, (0, 0))
        if not subjects:
            continue
        done = back or asked.covers(kind)
        what = (
            (_BACK if back else _FORWARD).get(kind, "")
            if done or kind in (Kind.OVER_LIMIT, Kind.UNSHARED)
            else "left as it is"
        )
        lines.append(Line(kind, _BACK_WORDS.get(kind, kind.words) if back else kind.words, subjects, blocks, what, done))
    return lines


def left_out_of(rollout: Rollout) -> list[tuple[str, int]]:
    """Why subjects are left out, in words, and how many."""
    return [
        (reason.label, rollout.left_out[reason.value]) for reason in RolloutItem.Reason if rollout.left_out.get(reason.value)
    ]


def whom(rollout: Rollout) -> list[str]:
    """Who the selection is, in a few words each."""
    if rollout.undoes_id is not None:
        return ["everybody whom that rollout changed"]
    share = f"{rollout.percent:g} % of " if rollout.percent < 100 else ""
    if rollout.subject_pks is not None:
        return [f"{share}a list of {len(rollout.subject_pks):,} subject{'' if len(rollout.subject_pks) == 1 else 's'}"]
    return [share + "everybody", *_filters(Wanted.from_json(rollout.filters))]


def _filters(wanted: Wanted) -> Iterator[str]:
    if wanted.q:
        yield f"id begins with {wanted.q}"
    if wanted.kind:
        yield f"kind {wanted.kind}"
    if wanted.label:
        yield f"has the block {wanted.label}"
    if wanted.tag:
        yield f"has the tag {wanted.tag}"
    if wanted.since:
        yield f"learned since {wanted.since:%Y-%m-%d %H:%M} UTC"
    if wanted.until:
        yield f"learned before {wanted.until:%Y-%m-%d %H:%M} UTC"
    if wanted.failed:
        yield "last run failed"
    if wanted.doubled:
        yield "doubled agents in Letta"
    for name, _ in wanted.added:
        yield f"filtered by {name}"


def asked_of(rollout: Rollout) -> list[str]:
    """What it does and what it leaves, in a few words each."""
    if rollout.undoes_id is not None:
        return ["what was changed is set back, unless somebody changed it since"]
    values = {
        Rollout.Values.LEAVE.value: "values are not touched",
        Rollout.Values.UNTOUCHED.value: "starting values are set where nobody has changed the value",
        Rollout.Values.ALWAYS.value: "all values are replaced by starting values",
    }
    return [
        "missing blocks are added" if rollout.add_missing else "missing blocks stay missing",
        "descriptions, limits and read-only marks are set" if rollout.update_described else "descriptions and limits stay",
        "extra blocks are taken off" if rollout.extras == Rollout.Extras.DETACH else "extra blocks stay",
        values[rollout.values],
    ]


def samples_of(rollout: Rollout) -> list[Sample]:
    """What would happen to a few subjects, as they are now. Seven queries, however many they are."""
    items = list(RolloutItem.objects.filter(pk__in=rollout.samples).select_related("subject").order_by("pk"))
    blocks: dict[Any, list[Block]] = {item.subject_id: [] for item in items}
    for block in Block.objects.filter(subject__in=blocks, removed_at=None, block_id__isnull=False):
        blocks[block.subject_id].append(block)
    errand = errand_of(rollout)
    errand.prepare(blocks)
    facts = Facts.of([block for mine in blocks.values() for block in mine])
    samples = []
    for item in items:
        if left_out(item.subject) is not None:
            continue
        try:
            plan = errand.plan(item, item.subject, blocks[item.subject_id], facts)
        except LeftOut:
            continue
        samples.append(Sample(item.subject, list(_changes(plan)), plan.notes))
    return samples


def _changes(plan: Plan) -> Iterator[SampleChange]:
    set_now = {change.block.label: change for change in plan.changes}
    new = {addition.label: addition for addition in plan.additions}
    off = {block.label: block for block in plan.removals}
    for one in plan.found:
        if one.kind == Kind.MISSING and one.label in new:
            value = new[one.label].shared.value if new[one.label].shared else new[one.label].value  # type: ignore[union-attr]
            yield SampleChange(one.label, ["A new block"], shortened(diff("", value)))
        elif one.kind == Kind.EXTRA and one.label in off:
            yield SampleChange(one.label, ["Taken off"], shortened(diff(off[one.label].value, "")))
        elif one.label in set_now and getattr(set_now[one.label], str(one.kind), None) is not None:
            yield _set(one)


def _set(one: Difference) -> SampleChange:
    match one.kind:
        case Kind.LIMIT:
            return SampleChange(one.label, [f"Limit: {one.has:,} → {one.wants:,} characters"])
        case Kind.READ_ONLY:
            return SampleChange(one.label, ["Becomes read-only" if one.wants else "Is no longer read-only"])
        case _:
            note = "Description" if one.kind == Kind.DESCRIPTION else "Value"
            return SampleChange(one.label, [note], shortened(diff(str(one.has), str(one.wants))))


def time_left(rollout: Rollout) -> float | None:
    """The seconds that are left at the present pace; None when that cannot be told."""
    if rollout.state != Rollout.State.RUNNING or rollout.pace <= 0 or rollout.slowness:
        return None
    return rollout.left / rollout.pace
