"""What the page of a tidy-up shows: how far it is, and the diff of each block it would change."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Max

from subjects import diffs
from subjects.models import Proposal, Revision, Tidy
from subjects.revising import PART


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """One block with what would change. Also what `_diff.html` knows as a change."""

    proposal: Proposal
    label: str
    segments: list[diffs.Segment]
    before: int
    """characters"""
    after: int
    over: int
    """characters beyond the limit"""
    is_stale: bool
    """the block changed since its copy was made"""
    trouble: str
    affected: int
    """agents that share the block, when that is to be confirmed"""
    notes: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a person has yet to decide, and can."""
        return (
            self.proposal.decision == Proposal.Decision.OPEN
            and self.proposal.tidy.state == Tidy.State.READY
            and not self.is_stale
        )


def cards_of(
    tidy: Tidy, trouble: Mapping[int, str] | None = None, affected: Mapping[int, int] | None = None
) -> list[ProposalCard]:
    """The blocks a tidy-up would change, each with its diff. Two queries."""
    proposals = list(tidy.proposals.select_related("block", "tidy").annotate(latest=Max("block__revisions__number")))
    bases = {
        (revision.block_id, revision.number): revision
        for revision in Revision.objects.filter(
            block__in=[proposal.block_id for proposal in proposals], number__in=[proposal.base for proposal in proposals]
        )
    }
    cards = []
    for proposal in proposals:
        base = bases[proposal.block_id, proposal.base]
        undecided = proposal.decision == Proposal.Decision.OPEN
        cards.append(
            ProposalCard(
                proposal,
                proposal.block.label,
                diffs.diff(base.value, proposal.value),
                before=len(base.value),
                after=len(proposal.value),
                over=max(0, len(proposal.value) - base.limit),
                is_stale=undecided and proposal.latest != proposal.base,
                trouble=(trouble or {}).get(proposal.pk, ""),
                affected=(affected or {}).get(proposal.pk, 0),
            )
        )
    return cards


def parts_of(tidy: Tidy) -> tuple[int, int]:
    """Which part is being read, from 1, and about how many there are."""
    parts = max(-(-tidy.characters // PART), tidy.part + 1)
    return min(tidy.part + 1, parts), parts
