"""Whose is it? Apps that make things in Letta which hang on no agent, for a while or for good, claim them here."""

from collections.abc import Callable, Collection

from subjects.models import Block, LearningTest, Subject, Tidy

Claim = Callable[[str, Collection[str]], set[str]]
"""A kind (block, archive, folder, agent) and Letta's ids of such → those that somebody needs."""


def _of_subjects(kind: str, ids: Collection[str]) -> set[str]:
    if kind == "block":
        kept = Block.objects.filter(block_id__in=ids, removed_at=None)
        return {block_id for block_id in kept.values_list("block_id", flat=True) if block_id}
    if kind == "agent":
        doubled = Subject.objects.filter(duplicate_agent_ids__overlap=list(ids))
        return {
            *(one for one in Subject.objects.filter(agent_id__in=ids).values_list("agent_id", flat=True) if one),
            *(one for some in doubled.values_list("duplicate_agent_ids", flat=True) for one in some),
            *Tidy.objects.filter(scratch_agent_id__in=ids).values_list("scratch_agent_id", flat=True),
            *LearningTest.objects.filter(scratch_agent_id__in=ids).values_list("scratch_agent_id", flat=True),
        }
    return set()


claims: list[Claim] = [_of_subjects]


def claimed(kind: str, ids: Collection[str]) -> set[str]:
    """Those of Letta's ids that belong to somebody here."""
    return {one for claim in claims for one in claim(kind, ids)} if ids else set()
