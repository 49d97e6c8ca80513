"""Names, tags and what an argument may contain."""

import pytest

from memory_sdk.names import (
    MAX_LIMIT,
    MAX_SUBJECT_ID,
    agent_name,
    agent_tags,
    checked_key,
    checked_label,
    checked_limit,
    checked_subject_id,
    checked_text,
    match_rank,
    subject_id_of,
)


@pytest.mark.parametrize("subject_id", ["user_sarah", "team-1", "Zoë", "O'Brien", "two words", "7", "x" * MAX_SUBJECT_ID])
def test_a_subject_id_letta_takes_as_part_of_an_agent_name_is_accepted(subject_id: str) -> None:
    assert checked_subject_id(subject_id) == subject_id


@pytest.mark.parametrize(
    "subject_id",
    ["", " ", " led", "trailed ", "a@b.example", "a/b", "a:b", "a\nb", "line\n", "x" * (MAX_SUBJECT_ID + 1), None, 7],
)
def test_a_subject_id_letta_would_refuse_is_a_value_error_that_names_the_argument(subject_id: object) -> None:
    with pytest.raises(ValueError, match=r"^user_id "):
        checked_subject_id(subject_id, "user_id")


def test_the_tag_of_all_memory_agents_is_nobodys_subject_id() -> None:
    with pytest.raises(ValueError, match="tag of every memory agent"):
        checked_subject_id("ai-memory-sdk")


@pytest.mark.parametrize("label", ["human", "user_name", "api-key", "v1.2", "höhe"])
def test_a_label_that_is_safe_in_prompts_and_addresses_is_accepted(label: str) -> None:
    assert checked_label(label) == label


@pytest.mark.parametrize("label", ["", "two words", "a/b", "<b>", "-led", "x" * 101, 'q"', None])
def test_any_other_label_is_a_value_error_that_names_the_argument(label: object) -> None:
    with pytest.raises(ValueError, match=r"^label "):
        checked_label(label)


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1, True, 10.0, "10"])
def test_a_limit_that_is_no_count_of_characters_is_refused(limit: object) -> None:
    with pytest.raises(ValueError, match=r"^char_limit "):
        checked_limit(limit)


@pytest.mark.parametrize("limit", [1, 10_000, MAX_LIMIT])
def test_a_count_of_characters_is_a_limit(limit: int) -> None:
    assert checked_limit(limit) == limit


def test_text_loses_nul_characters_and_must_be_unicode() -> None:
    assert checked_text("a\x00b", "value") == "ab"
    with pytest.raises(ValueError, match=r"^value contains a lone surrogate"):
        checked_text("\ud800", "value")


@pytest.mark.parametrize("key", ["", "a b", "schlüssel", "x" * 201, None])
def test_an_idempotency_key_must_fit_a_header(key: object) -> None:
    with pytest.raises(ValueError, match=r"^idempotency_key "):
        checked_key(key)


def test_agents_are_named_and_tagged_as_the_original_sdks_do() -> None:
    assert agent_name("ann", "subject") == "subconscious_agent_subject_ann"
    assert agent_tags("ann", "subject") == ["subj:ann", "ann", "ai-memory-sdk"]
    assert agent_name("ann", "user") == "subconscious_agent_user_ann"
    assert agent_tags("ann", "user") == ["ann", "ai-memory-sdk"]


@pytest.mark.parametrize(
    ("name", "tags", "rank"),
    [
        ("anything", ["subj:ann", "ann", "ai-memory-sdk"], 0),
        ("subconscious_agent_user_ann", ["ann", "ai-memory-sdk"], 1),
        ("subconscious_agent_user_ann", ["ann"], 2),  # letta-memory 0.1
        ("a support bot", ["ann"], None),  # another program's tag
        ("subconscious_agent_user_bob", ["ai-memory-sdk", "bob"], None),
        ("subconscious_agent_user_bob", ["bob", "ann", "ai-memory-sdk"], None),  # a further tag of Bob's
        ("anything", ["subj:bob", "bob", "ann", "ai-memory-sdk"], None),
    ],
)
def test_only_the_agents_of_the_subject_match(name: str, tags: list[str], rank: int | None) -> None:
    assert match_rank("ann", name, tags) == rank


@pytest.mark.parametrize(
    ("name", "tags", "subject_id"),
    [
        ("subconscious_agent_subject_ann", ["ai-memory-sdk", "ann", "subj:ann"], "ann"),
        ("subconscious_agent_user_ann", ["ann", "gold", "ai-memory-sdk"], "ann"),
        ("renamed", ["ann", "ai-memory-sdk"], "ann"),
        ("renamed", ["ann", "gold", "ai-memory-sdk"], None),
        ("a support bot", ["ann"], None),
    ],
)
def test_an_agent_tells_its_subject(name: str, tags: list[str], subject_id: str | None) -> None:
    assert subject_id_of(name, tags) == subject_id
