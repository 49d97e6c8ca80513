"""What a rollout wants of each subject: on the way to its version, or on the way back to where each one was."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from accounts.models import User
from schemas.applying import Errand, LeftOut
from schemas.facts import Facts
from schemas.models import Rollout, RolloutItem, Standing
from schemas.planning import Asked, Plan, Target, plan
from schemas.rolling_back import plan_back
from schemas.starting import have_in_letta
from schemas.undoing import Before
from subjects.models import Block, Subject


class Forward:
    """Bringing subjects to the version."""

    back = False

    def __init__(self, rollout: Rollout) -> None:
        self.target = Target(rollout.version, rollout.created_at.date())
        self.asked = Asked.of(rollout)
        self.reason = self.target.name
        self.editor: User | None = rollout.started_by

    def prepare(self, subjects: Iterable[UUID]) -> None:
        """The version says it all."""

    def plan(self, item: RolloutItem, subject: Subject, blocks: Sequence[Block], facts: Facts) -> Plan:
        """What separates the subject from the version, as far as it is put right."""
        return plan(self.target, self.asked, subject.subject_id, blocks, facts, item.bases)

    def version_after(self, item: RolloutItem) -> UUID | None:
        """The version."""
        return self.target.version.pk


class Backward:
    """Bringing subjects back to where they were before a rollout."""

    back = True

    def __init__(self, rollout: Rollout) -> None:
        assert rollout.undoes_id is not None
        self.target = Target(rollout.version, rollout.created_at.date())
        self.reason = f"Back from {self.target.name}"
        self.editor: User | None = rollout.started_by
        self._undoes = rollout.undoes_id
        self._noted: dict[UUID, Before] = {}
        self._versions: dict[UUID, UUID] = {}

    def prepare(self, subjects: Iterable[UUID]) -> None:
        """What was noted of these subjects when they were changed, and where they are now."""
        keys = list(subjects)
        items = RolloutItem.objects.filter(rollout=self._undoes, subject__in=keys, before__isnull=False)
        self._noted = {item.subject_id: Before.stored(item) for item in items.only("subject", "before")}
        self._versions = dict(Standing.objects.filter(subject__in=keys).values_list("subject_id", "version_id"))

    def plan(self, item: RolloutItem, subject: Subject, blocks: Sequence[Block], facts: Facts) -> Plan:
        """What the rollout did, taken back where nobody has gone on from there."""
        noted = self._noted.get(subject.pk)
        if noted is None:
            return Plan()
        if str(self._versions.get(subject.pk)) not in (str(self.target.version.pk), str(noted.version)):
            raise LeftOut(RolloutItem.Reason.MOVED_ON)
        return plan_back(self.target, noted, subject, blocks, facts)

    def version_after(self, item: RolloutItem) -> UUID | None:
        """Where the subject was."""
        noted = self._noted.get(item.subject_id)
        if noted is None:
            return self._versions.get(item.subject_id)
        return UUID(noted.version) if noted.version else None


def errand_of(rollout: Rollout) -> Forward | Backward:
    """The errand of a rollout."""
    return Backward(rollout) if rollout.undoes_id else Forward(rollout)


def make_ready(errand: Errand) -> None:
    """Have in Letta what all subjects of the errand are given.

    Raises:
        LettaError: Letta refused or did not answer.
        Busy: somebody else is just seeing to it; in a moment it is there.
    """
    if isinstance(errand, Forward):
        for schema in errand.target.schemas:
            if schema.shared_block is not None:
                have_in_letta(schema.shared_block)
        errand.target = Target(errand.target.version, errand.target.day)
