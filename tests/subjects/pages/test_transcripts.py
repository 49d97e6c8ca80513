"""Conversations in every format people bring, and what is said of those that cannot be read."""

import json

import pytest

from subjects import transcripts
from subjects.transcripts import BadTranscript, Turn, decode, parse


def turns(text: str) -> list[tuple[str, str]]:
    [conversation] = parse(text).conversations
    return [(turn.role, turn.content) for turn in conversation.turns]


HELLO = [("user", "hello"), ("assistant", "hi")]


@pytest.mark.parametrize(
    "text",
    [
        "user: hello\nassistant: hi",
        "User: hello\r\nAssistant: hi\r\n",
        "\ufeffUSER: hello\n\n\nassistant :hi\n",
        "**Customer:** hello\n**Agent:** hi",
        "- human: hello\n- ai: hi",
        "[2026-11-20 14:06] user: hello\n[14:07] bot: hi",
        "user：hello\nassistant：hi",
        '[{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]',
        '{"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}], "id": 7}',
        '{"role": "user", "content": "hello"}\n{"role": "assistant", "content": "hi"}\n',
        '\n{"role": "human", "content": "hello"}\n\n{"role": "model", "content": [{"type": "text", "text": "hi"}]}',
        '[[{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]]',
    ],
)
def test_one_conversation_in_every_format(text: str) -> None:
    assert turns(text) == HELLO


def test_a_turn_goes_on_over_lines_and_keeps_them() -> None:
    text = "one\n  two\n\nNote: three"
    assert turns(f"user: {text}\nassistant: ok") == [("user", text), ("assistant", "ok")]


def test_words_that_are_no_roles_start_no_turn() -> None:
    assert turns("user: see http://user:pass@example.com and\nSarah: said\nuserland: no") == [
        ("user", "see http://user:pass@example.com and\nSarah: said\nuserland: no")
    ]


def test_one_message_is_a_conversation() -> None:
    assert turns('{"role": "user", "content": "hello"}') == [("user", "hello")]


def test_json_lines_of_conversations_keep_their_ids_and_order() -> None:
    text = "\n".join(json.dumps({"id": f"c{n}", "messages": [{"role": "user", "content": f"m{n}"}]}) for n in range(3))
    transcript = parse(text)
    assert transcript.format == "JSON Lines"
    assert [(c.name, c.turns) for c in transcript.conversations] == [(f"c{n}", [Turn("user", f"m{n}")]) for n in range(3)]
    assert transcript.turn_count == 3


def test_a_json_list_of_conversations_is_several() -> None:
    text = json.dumps([{"id": "a", "messages": [{"role": "user", "content": "x"}]}, [{"role": "user", "content": "y"}]])
    assert [c.turns[0].content for c in parse(text).conversations] == ["x", "y"]


def test_empty_messages_are_left_out_and_listed() -> None:
    said = [("user", " "), ("tool", None), ("user", "x")]
    transcript = parse(json.dumps([{"role": role, "content": content} for role, content in said]))
    assert [(item.where, item.why) for item in transcript.ignored] == [
        ("message 1", "a message of user without text"),
        ("message 2", "a message of tool without text"),
    ]
    assert transcript.conversations[0].turns == [Turn("user", "x")]


def test_the_roles_of_other_programs_are_understood() -> None:
    text = "\n".join(json.dumps({"role": role, "content": role}) for role in ("developer", "function", "Client", "support"))
    assert [role for role, _ in turns(text)] == ["system", "tool", "user", "assistant"]


def test_nul_is_dropped_and_unicode_kept() -> None:
    assert turns("user: a\x00b 👨‍👩‍👧 猫 e\u0301") == [("user", "ab 👨‍👩‍👧 猫 e\u0301")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing here yet"),
        (" \n\t", "nothing here yet"),
        ("hello there", "Line 1 does not say who speaks. Start each message with user: or assistant:"),
        ("\n\nSarah: hello\nuser: hi", "Line 3 does not say who speaks"),
        ('[{"role": "user", "content": "a"', "Line 1, column 33 is not valid JSON"),
        ('[\n {"role": "user" "content": "a"}\n]', "Line 2, column 18 is not valid JSON"),
        ('{"role": "user", "content": "a"}\n{"role": "user", content: "b"}', "Line 2 is not valid JSON"),
        ('{"role": "user", "content": "a"}\n{"messages": []}', "Put one kind in a file"),
        ('[{"role": "wizard", "content": "a"}]', "Message 1 has a role that is not known: it must be one of user"),
        ('[{"content": "a"}]', "Message 1 has no role"),
        ('["a", "b"]', "Message 1 has no role"),
        ('[{"role": "user", "content": 7}]', 'Message 1 has no text: "content" must be a string'),
        ('{"text": "a"}', "no messages found"),
        ('{"id": "a", "messages": [{"role": "x", "content": "a"}]}\n{"id": "b"}', "Line 1, message 1 has a role"),
        ('{"id": "a", "messages": []}\n{"id": "b"}', "Line 2: no messages found"),
        ('[{"role": "user", "content": ""}]', "No message in it has any text"),
        ("user:\nassistant:  ", "No message in it has any text"),
        ('[{"role": "user", "content": "\\ud83d"}]', "half of a character"),
        ("[" * 200_000, "nested too deeply"),
        ('[{"role": "user", "content": ' + "1" * 5000 + "}]", "a number too long to read"),
        ('{"role": "user", "content": "a"}\n' + "1" * 5000, "Line 2 has a number too long to read"),
        ("user: " + "x" * (transcripts.MAX_CONTENT + 1), "Line 1 has 100,001 characters; a message may have 100,000"),
        ("user: x\n" * (transcripts.MAX_TURNS + 1), "Line 2001 is beyond 2,000 messages"),
        ("user: " + "x\n" * 3_000_000, "larger than 5 MB"),
        ('{"messages": [{"role": "user", "content": "x"}]}\n' * 501, "There are 501 conversations; 500 fit here at once"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_place_and_the_fix(text: str, said: str) -> None:
    with pytest.raises(BadTranscript) as error:
        parse(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("user: café".encode(), "user: café"),
        ("\ufeffuser: café".encode(), "user: café"),
        ("user: café".encode("utf-16"), "user: café"),
    ],
)
def test_files_in_unicode_are_read(data: bytes, text: str) -> None:
    assert decode(data) == text


def test_files_in_other_encodings_are_refused_by_line() -> None:
    with pytest.raises(BadTranscript, match="Line 2 is not UTF-8 text"):
        decode("user: hello\nassistant: café".encode("latin-1"))
    with pytest.raises(BadTranscript, match="larger than 5 MB"):
        decode(b"x" * (transcripts.MAX_BYTES + 1))
