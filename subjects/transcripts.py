"""Conversations as people bring them, JSON, JSON Lines or plain `role: text`, read into turns.

What is wrong is refused whole, naming the line and the fix; what is only empty is left out and listed, so that the
preview can say so. Nothing here touches the database.
"""

import json
import re
from dataclasses import dataclass, field

from subjects.speakers import ROLES, role_of, spoken

MAX_BYTES = 5 * 1024 * 1024
TOO_LARGE = "This is larger than 5 MB. Split it, or use manage.py import_conversations."
MAX_CONVERSATIONS = 500
MAX_TURNS = 2_000  # in one conversation
MAX_CONTENT = 100_000  # characters in one turn


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation: who said it (`user`, `assistant`, `system` or `tool`) and what."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that was left out: where (`line 3`, `message 2`) and why."""

    where: str
    why: str


@dataclass(slots=True)
class Conversation:
    """The turns of one conversation; `name` is the id it came with, empty without one."""

    name: str = ""
    turns: list[Turn] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was read: `format` in words, the conversations with at least one turn, and what was left out."""

    format: str
    conversations: list[Conversation]
    ignored: list[Ignored]

    @property
    def turn_count(self) -> int:
        """Turns of all conversations together."""
        return sum(len(conversation.turns) for conversation in self.conversations)


class BadTranscript(ValueError):
    """The text cannot be read as a conversation. The message names the place and the fix."""


def decode(data: bytes) -> str:
    """The text of an uploaded file: UTF-8, or UTF-16 with a byte-order mark.

    Raises:
        BadTranscript: too large, or in another encoding.
    """
    if len(data) > MAX_BYTES:
        raise BadTranscript(
            f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it, or use manage.py import_conversations."
        )
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadTranscript(f"Line {line} is not UTF-8 text. Save the file as UTF-8 and try again.") from error


def parse(text: str) -> Transcript:
    """Read `text` in whichever of the three formats it is.

    Raises:
        BadTranscript: nothing to read, or something that cannot be read.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise BadTranscript(
            f"The text is larger than {MAX_BYTES // 1024 // 1024} MB. Split it, or use manage.py import_conversations."
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise BadTranscript("There is nothing here yet. Give at least one message.")
    reader = _Reader()
    if _looks_like_json(text):
        kind = reader.read_json(text)
    else:
        kind = "a transcript"
        reader.read_lines(text)
    return reader.transcript(kind)


def _looks_like_json(text: str) -> bool:
    # "[14:06] user: hello" opens with a bracket too: only what goes on like JSON is JSON.
    return re.match(r'\s*(\{\s*["}]|\[\s*[\[{\]"])', text) is not None


class _Reader:
    """Collects conversations and what was left out."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self.ignored: list[Ignored] = []

    def transcript(self, kind: str) -> Transcript:
        conversations = [c for c in self.conversations if c.turns]
        if not conversations:
            raise BadTranscript("No message in it has any text. Give at least one message with a role and a text.")
        if len(conversations) > MAX_CONVERSATIONS:
            raise BadTranscript(
                f"There are {len(conversations):,} conversations; {MAX_CONVERSATIONS} fit here at once. "
                "Split the file, or use manage.py import_conversations."
            )
        return Transcript(kind, conversations, self.ignored)

    # JSON

    def read_json(self, text: str) -> str:
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            lines = _json_lines(text)
            if lines is None:
                raise BadTranscript(
                    f"Line {error.lineno}, column {error.colno} is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}."
                ) from error
            self._read_json_lines(lines)
            return "JSON Lines"
        except RecursionError as error:
            raise BadTranscript("This JSON is nested too deeply to be a conversation.") from error
        except ValueError as error:  # Python reads no number of thousands of digits
            raise BadTranscript("This JSON has a number too long to read.") from error
        if isinstance(value, list) and any(_is_conversation(item) for item in value):
            for number, item in enumerate(value, 1):
                self.conversation(item, f"Conversation {number}")
        else:
            self.conversation(value, "")
        return "JSON"

    def _read_json_lines(self, lines: list[tuple[int, object]]) -> None:
        single: Conversation | None = None
        for number, value in lines:
            where = f"Line {number}"
            if isinstance(value, dict) and "role" in value and "messages" not in value:
                if single is None:
                    single = Conversation()
                    self.conversations.append(single)
                self._add(single, value, where)
            else:
                self.conversation(value, where)
        if single is not None and len(self.conversations) > 1:
            raise BadTranscript("Some lines are single messages, others whole conversations. Put one kind in a file.")

    def conversation(self, value: object, where: str) -> None:
        if isinstance(value, dict) and "role" in value and "messages" not in value:
            messages: object = [value]
            name = ""
        elif isinstance(value, dict):
            messages = value.get("messages")
            given = value.get("id", "")
            name = _clean(str(given), where)[:200] if isinstance(given, str | int) else ""
        else:
            messages, name = value, ""
        if not isinstance(messages, list):
            raise BadTranscript(
                f"{_start(where)}no messages found. A conversation is a list of messages, "
                '{"role": "user", "content": "…"}, or an object with "messages".'
            )
        conversation = Conversation(name)
        self.conversations.append(conversation)
        for number, message in enumerate(messages, 1):
            self._add(conversation, message, f"{where}, message {number}" if where else f"Message {number}")

    def _add(self, conversation: Conversation, message: object, where: str) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadTranscript(f'{where} has no role. Write it as {{"role": "user", "content": "…"}}.')
        role = role_of(message["role"])
        if role is None:
            raise BadTranscript(f"{where} has a role that is not known: it must be one of {', '.join(ROLES)}.")
        self._turn(conversation, role, _text_of(message.get("content"), where), where)

    def _turn(self, conversation: Conversation, role: str, text: str, where: str) -> None:
        text = _clean(text, where).strip()
        if not text:
            self.ignored.append(Ignored(where[:1].lower() + where[1:], f"a message of {role} without text"))
            return
        if len(text) > MAX_CONTENT:
            raise BadTranscript(f"{where} has {len(text):,} characters; a message may have {MAX_CONTENT:,}. Split it.")
        if len(conversation.turns) == MAX_TURNS:
            raise BadTranscript(f"{where} is beyond {MAX_TURNS:,} messages, the most one conversation may have. Split it.")
        conversation.turns.append(Turn(role, text))

    # role: text

    def read_lines(self, text: str) -> None:
        conversation = Conversation()
        self.conversations.append(conversation)
        started = False
        for first, role, content in spoken(text):
            if role is None:
                if content.strip():
                    raise BadTranscript(
                        f"Line {first} does not say who speaks. Start each message with user: or assistant: "
                        "(system: and tool: are known too), or give JSON."
                    )
                continue
            started = True
            self._turn(conversation, role, content, f"Line {first}")
        assert started or not conversation.turns


def _json_lines(text: str) -> list[tuple[int, object]] | None:
    """(line number, value) of every non-empty line; None when the first line alone is no JSON, so it is not JSON Lines."""
    found: list[tuple[int, object]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append((number, json.loads(line)))
        except json.JSONDecodeError as error:
            if not found:
                return None
            raise BadTranscript(f"Line {number} is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}.") from error
        except RecursionError as error:
            raise BadTranscript(f"Line {number} is nested too deeply to be a conversation.") from error
        except ValueError as error:
            raise BadTranscript(f"Line {number} has a number too long to read.") from error
    return found


def _is_conversation(item: object) -> bool:
    return isinstance(item, list) or (isinstance(item, dict) and "messages" in item)


def _text_of(content: object, where: str) -> str:
    """The text of a message's content: a string, nothing, or a list of parts of which the text parts count."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, str | dict) for part in content):
        texts = [part if isinstance(part, str) else part.get("text") for part in content]
        return "\n".join(text for text in texts if isinstance(text, str))
    raise BadTranscript(f'{where} has no text: "content" must be a string.')


def _clean(text: str, where: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadTranscript(f"{_start(where)}half of a character (a lone surrogate) in it. Remove it.") from error
    # Postgres cannot store NUL; nobody means one in a conversation.
    return text.replace("\x00", "").replace("\r\n", "\n")


def _start(where: str) -> str:
    return f"{where}: " if where else ""
