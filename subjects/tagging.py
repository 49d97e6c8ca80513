"""Which of an agent's tags say something about its subject."""

from collections.abc import Iterable

from memory_sdk.names import SDK_TAG, SUBJECT_TAG_PREFIX

LONGEST = 200  # characters our columns hold
MOST = 50


def telling(subject_id: str, tags: Iterable[str]) -> list[str]:
    """The tags but those by which programs of the SDK find the agent, in alphabetical order; MOST at most."""
    found_by = {SDK_TAG, subject_id, f"{SUBJECT_TAG_PREFIX}{subject_id}"}
    return sorted({tag for tag in tags if tag and len(tag) <= LONGEST and tag not in found_by})[:MOST]
