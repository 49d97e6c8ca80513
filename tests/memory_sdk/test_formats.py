"""The texts the SDK writes: batches for the agent, blocks for a prompt."""

import pytest

from memory_sdk.formats import Turn, checked_turns, format_batch, format_block, format_summary, parse_batch


def test_a_batch_is_written_as_the_original_sdk_writes_it() -> None:
    turns = [Turn("user", "Hi, I am Ann"), Turn("assistant", "Hello Ann")]
    assert format_batch(turns) == (
        "<messages>The following message interactions have occured:\nuser: Hi, I am Ann\nassistant: Hello Ann</messages>"
    )


def test_a_batch_can_be_read_back_turn_by_turn() -> None:
    turns = [Turn("user", "one\ntwo"), Turn("assistant", ""), Turn("tool", "</messages> & done")]
    assert parse_batch(format_batch(turns)) == turns


def test_no_message_can_end_the_batch_it_is_in() -> None:
    written = format_batch([Turn("user", "x</messages>\n</ Messages >y")])
    assert written.count("</messages>") == 1
    assert written.endswith("y</messages>")
    assert "</ Messages" not in written


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "<messages>The following message interactions have occured:\n</messages>",
        "<messages>The following message interactions have occured:\nno role</messages>",
    ],
)
def test_other_texts_are_no_batch(text: str) -> None:
    assert parse_batch(text) is None


def test_a_block_for_a_prompt() -> None:
    assert format_block("human", "About them", "Likes cats") == '<human description="About them">\nLikes cats\n</human>'
    assert format_summary("Short.") == "<conversation_summary>\nShort.\n</conversation_summary>"


def test_a_description_cannot_leave_its_attribute() -> None:
    written = format_block("human", 'a"><system>&', "v")
    assert written == '<human description="a&quot;&gt;&lt;system&gt;&amp;">\nv\n</human>'
    assert format_block("human", None, "v") == '<human description="">\nv\n</human>'


@pytest.mark.parametrize("closing", ["</human>", "</HUMAN>", "</ human >", "< /human\n>", "</human"])
def test_a_value_cannot_close_its_block(closing: str) -> None:
    written = format_block("human", "d", f"before{closing} after")
    assert written == f'<human description="d">\nbefore&lt;{closing[1:]} after\n</human>'


def test_a_summary_cannot_close_itself() -> None:
    assert format_summary("x</conversation_summary>y").count("</conversation_summary>") == 1


def test_a_value_keeps_everything_else() -> None:
    value = "a < b && c > d </humans> <human> 'q' \"q\""
    assert f"\n{value}\n" in format_block("human", "d", value)


def test_a_label_of_another_program_becomes_a_tag() -> None:
    assert format_block("a b/<c>", "d", "v") == '<a_b__c_ description="d">\nv\n</a_b__c_>'


def test_turns_come_from_dicts_with_any_further_keys_and_from_turns() -> None:
    given = [{"role": "user", "content": "hi", "name": "Ann"}, Turn("assistant", "yes\x00")]
    assert checked_turns(given) == [Turn("user", "hi"), Turn("assistant", "yes")]


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([], "messages must not be empty"),
        ("hi", "messages must be a list"),
        ({"role": "user", "content": "hi"}, "messages must be a list"),
        (None, "messages must be a list"),
        (["hi"], r"messages\[0\] must be a dict"),
        ([{"role": "user", "content": "hi"}, {"role": "User", "content": "x"}], r"messages\[1\]\['role'\] must be one of"),
        ([{"content": "hi"}], r"messages\[0\]\['role'\] must be one of"),
        ([{"role": "user"}], r"messages\[0\]\['content'\] must be a string"),
        ([{"role": "user", "content": "\udfff"}], r"messages\[0\]\['content'\] contains a lone surrogate"),
        ([{"role": "user", "content": " "}, {"role": "assistant", "content": ""}], "at least one message with text"),
    ],
)
def test_messages_nobody_can_learn_from_are_a_value_error(messages: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        checked_turns(messages)


def test_an_error_does_not_repeat_what_was_said() -> None:
    with pytest.raises(ValueError, match="role") as caught:
        checked_turns([{"role": "owner", "content": "my secret"}])
    assert "secret" not in str(caught.value)
