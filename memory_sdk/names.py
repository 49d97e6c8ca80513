"""Names and tags by which the SDK, ai-memory-sdk and letta-memory find one subject's agent, and what they may contain.

ai-memory-sdk 0.2.0 names agents `subconscious_agent_subject_<id>` (tags `subj:<id>`, `<id>`, `ai-memory-sdk`) or
`subconscious_agent_user_<id>` (tags `<id>`, `ai-memory-sdk`); letta-memory 0.1.5 tags its user agents `<id>` only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

SDK_TAG = "ai-memory-sdk"
SUBJECT_TAG_PREFIX = "subj:"
SUBJECT_AGENT_PREFIX = "subconscious_agent_subject_"
USER_AGENT_PREFIX = "subconscious_agent_user_"

HUMAN_LABEL = "human"
SUMMARY_LABEL = "summary"

MAX_SUBJECT_ID = 200  # characters
MAX_LABEL = 100  # characters
MAX_KEY = 200  # characters
MAX_LIMIT = 2_147_483_647  # characters; Letta keeps a block's limit in a 32-bit column and answers 500 past it

Kind = Literal["subject", "user"]

# Letta 0.16.8 answers 500 to an agent name outside these, and the subject id is part of the name.
_SUBJECT_ID = re.compile(r"[\w'-](?:[\w '-]*[\w'-])?")
# Letta takes any label, but it becomes an XML-like tag in prompts and a path segment in URLs.
_LABEL = re.compile(r"\w[\w.-]*")
_KEY = re.compile(rf"[!-~]{{1,{MAX_KEY}}}")  # it travels in a header


def checked_subject_id(subject_id: object, name: str = "subject_id") -> str:
    """The subject id, or ValueError naming the argument `name` when Letta would refuse it."""
    if not isinstance(subject_id, str) or not subject_id:
        raise ValueError(f"{name} must be a non-empty string.")
    if len(subject_id) > MAX_SUBJECT_ID:
        raise ValueError(f"{name} must be at most {MAX_SUBJECT_ID} characters long.")
    if not _SUBJECT_ID.fullmatch(subject_id):
        raise ValueError(f"{name} may contain letters, digits, underscores, hyphens, apostrophes and inner spaces only.")
    if subject_id == SDK_TAG:
        raise ValueError(f"{name} must not be {SDK_TAG!r}: it is the tag of every memory agent.")
    return subject_id


def checked_label(label: object, name: str = "label") -> str:
    """A label for a new block, or ValueError naming the argument `name`."""
    if not isinstance(label, str) or not label:
        raise ValueError(f"{name} must be a non-empty string.")
    if len(label) > MAX_LABEL:
        raise ValueError(f"{name} must be at most {MAX_LABEL} characters long.")
    if not _LABEL.fullmatch(label):
        raise ValueError(
            f"{name} may contain letters, digits, underscores, and after the first character hyphens and dots only."
        )
    return label


def checked_key(key: object, name: str = "idempotency_key") -> str:
    """An idempotency key, or ValueError naming the argument `name`."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError(f"{name} must be 1 to {MAX_KEY} visible ASCII characters.")
    return key


def checked_limit(limit: object, name: str = "char_limit") -> int:
    """A block's limit in characters, or ValueError naming the argument `name`."""
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"{name} must be a whole number of characters from 1 to {MAX_LIMIT}.")
    return limit


def checked_text(text: object, name: str) -> str:
    """A text that can be sent as UTF-8, without NUL characters (Postgres cannot store them), or ValueError."""
    if not isinstance(text, str):
        raise ValueError(f"{name} must be a string.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{name} contains a lone surrogate, which is not valid Unicode text.") from None
    return text.replace("\x00", "")


def agent_name(subject_id: str, kind: Kind) -> str:
    """The Letta agent name of a subject."""
    return f"{SUBJECT_AGENT_PREFIX if kind == 'subject' else USER_AGENT_PREFIX}{subject_id}"


def agent_tags(subject_id: str, kind: Kind) -> list[str]:
    """The tags a new agent gets, in the originals' order."""
    tags = [subject_id, SDK_TAG]
    return [f"{SUBJECT_TAG_PREFIX}{subject_id}", *tags] if kind == "subject" else tags


def lookup_tags(subject_id: str) -> list[str]:
    """The tags to search with, any of which may match; `match_rank` then tells who is meant."""
    return [f"{SUBJECT_TAG_PREFIX}{subject_id}", subject_id]


def match_rank(subject_id: str, name: str, tags: Sequence[str]) -> int | None:
    """How well an agent fits a subject id: 0 is best, None is somebody else's agent that shares a tag."""
    if subject_id_of(name, tags) not in (None, subject_id):
        return None  # a further tag does not make it a second person's memory
    if f"{SUBJECT_TAG_PREFIX}{subject_id}" in tags:
        return 0
    if subject_id in tags and SDK_TAG in tags:
        return 1
    if subject_id in tags and name in (agent_name(subject_id, "user"), agent_name(subject_id, "subject")):
        return 2
    return None


def subject_id_of(name: str, tags: Sequence[str]) -> str | None:
    """The subject id an agent belongs to, read from its tags, else from its name; None when it is no memory agent."""
    for tag in tags:
        if tag.startswith(SUBJECT_TAG_PREFIX):
            return tag.removeprefix(SUBJECT_TAG_PREFIX) or None
    for prefix in (SUBJECT_AGENT_PREFIX, USER_AGENT_PREFIX):
        if name.startswith(prefix) and (found := name.removeprefix(prefix)) in tags:
            return found
    others = [tag for tag in tags if tag != SDK_TAG]
    return others[0] if SDK_TAG in tags and len(others) == 1 else None
