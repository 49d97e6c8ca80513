"""The system prompt: what an agent is told about its work, and its blocks as they stand now.

The compiled text is made when it is asked for and never stored, so that a block that was corrected or erased is gone from
it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.learners.base import BlockView
from engine.models import Agent, Block

KEEPER = """\
You keep the long-term memory of an assistant that talks with people. You work in the background: you are given what was
said, and you bring your memory blocks up to date.

Your memory blocks are shown to you below. Each has a label, a description of what belongs in it, and a value. You change a
value only with your tools. A read-only block cannot be changed. A value may not grow past its limit of characters.

- Keep what will still be useful in later conversations: who the person is, what they prefer, own and asked for, what was
  agreed.
- Write only what was said. Do not guess, and do not keep what the assistant merely offered.
- Write dates instead of words like today or recently, for memory is read much later.
- Correct what has changed, and remove what is repeated or out of date.
- Prefer small exact edits; rewrite a whole block only to put it in order.
- Line numbers, where shown, are not part of a value.

When nothing is left to do, also when there was nothing to do, finish your edits."""

ASSISTANT = """\
You are a helpful assistant with a long-term memory. Your memory blocks are shown to you below. Each has a label, a
description of what belongs in it, and a value, which you keep up to date with your tools as you learn more about the person
you talk with. A read-only block cannot be changed. A value may not grow past its limit of characters."""

_CLOSING = re.compile(r"<(?=\s*/\s*(?:value|description|metadata|memory_blocks)\b)", re.IGNORECASE)

KEEPERS = ("sleeptime_agent", "voice_sleeptime_agent")


def default(agent_type: str) -> str:
    """The instructions of a new agent whose creator gave none."""
    return KEEPER if agent_type in KEEPERS else ASSISTANT


def compiled(agent: Agent, blocks: Iterable[Block]) -> str:
    """The agent's instructions with its memory blocks."""
    shown = memory_blocks(blocks)
    return f"{agent.system}\n\n{shown}" if shown else agent.system


def memory_blocks(blocks: Iterable[Block | BlockView]) -> str:
    """The blocks in the notation of Letta's system prompts; empty when there are none.

    Memory holds what customers said: a value or description cannot close its own frame.
    """
    shown = "\n".join(_block(block) for block in blocks)
    opening = "<memory_blocks>\nThe following memory blocks are currently engaged in your core memory unit:\n\n"
    return f"{opening}{shown}\n</memory_blocks>" if shown else ""


def _block(block: Block | BlockView) -> str:
    description, value = (_CLOSING.sub("&lt;", text) for text in (block.description or "", block.value))
    return (
        f"<{block.label}>\n<description>\n{description}\n</description>\n<metadata>\n"
        + ("- read_only=true\n" if block.read_only else "")
        + f"- chars_current={len(block.value)}\n- chars_limit={block.limit}\n</metadata>\n"
        f"<value>\n{value}\n</value>\n</{block.label}>\n"
    )
