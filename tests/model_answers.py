"""What the scripted model endpoint answers: programmed answers, and a policy that plays a small memory agent without any."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, cast

JSON = dict[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """One function call of the model. `arguments` is sent as JSON; a str is sent as it is, valid JSON or not."""

    name: str
    arguments: JSON | str = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """One programmed answer to a chat completion.

    `delay` is in seconds. `status` other than 200 answers an OpenAI error body with `content` as its message. `raw`
    is sent as the whole response body, however malformed. `hang` holds the request open until the endpoint stops,
    `gate` until the script opens the gate of that name.
    """

    content: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    delay: float = 0.0
    status: int = 200
    raw: str | None = None
    hang: bool = False
    gate: str = ""

    @classmethod
    def from_json(cls, data: JSON) -> Answer:
        """The answer that `asdict` wrote."""
        calls = tuple(ToolCall(**call) for call in data.pop("tool_calls", ()))
        return cls(tool_calls=calls, **data)


def call(name: str, **arguments: Any) -> Answer:
    """An answer of one tool call, with the `thinking` argument that Letta adds to every tool."""
    return Answer(tool_calls=(ToolCall(name, {"thinking": "As scripted.", **arguments}),))


def finish() -> Answer:
    """The answer that ends a sleep-time agent's run."""
    return call("memory_finish_edits")


def text_of(message: JSON) -> str:
    """A chat message's content as plain text, whether it is a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def customer_line(messages: list[JSON]) -> str:
    """The last thing a customer said: the last `user: …` line of the last user message, else its last line."""
    texts = [text_of(message) for message in messages if message.get("role") == "user"]
    lines = [line.strip() for line in re.sub(r"</?messages>", "\n", texts[-1] if texts else "").splitlines()]
    said = [line.removeprefix("user: ") for line in lines if line.startswith("user: ")]
    return (said or [line for line in lines if line] or ["nothing"])[-1]


def block_label(messages: list[JSON]) -> str:
    """The block to write to: `human` if the prompt shows one, else the first block in it that is not read-only."""
    prompt = "\n".join(text_of(message) for message in messages if message.get("role") in ("system", "developer"))
    blocks = re.search(r"<memory_blocks>(.*)</memory_blocks>", prompt, re.DOTALL)
    shown = re.findall(r"<([\w./-]+)>\s*<description>(.*?)</\1>", blocks.group(1) if blocks else prompt, re.DOTALL)
    labels = [label for label, inside in shown if "read_only=true" not in inside]
    return "human" if "human" in labels or not labels else str(labels[0])


def policy(request: JSON) -> Answer:
    """What the endpoint answers when no script says otherwise."""
    messages = cast("list[JSON]", request.get("messages") or [])
    offered = {tool["function"]["name"] for tool in request.get("tools") or []}
    learned = bool(messages) and messages[-1].get("role") == "tool"
    if learned and "memory_finish_edits" in offered:
        return finish()
    if "memory_insert" in offered:
        line = customer_line(messages)
        return call("memory_insert", label=block_label(messages), new_string=line, insert_line=-1)
    if "core_memory_append" in offered and not learned:
        return call("core_memory_append", label=block_label(messages), content=customer_line(messages))
    if "send_message" in offered:
        return call("send_message", message="I have read it.")
    return Answer(content="I have read it.")
