"""The learner `llm`: a model behind any OpenAI-compatible endpoint, which edits memory by calling the memory tools."""

import json
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any

# openai looks among the loaded modules for httpx, which it does not need itself and others here do. One that another thread
# has loaded half of it takes for whole, and breaks.
import httpx  # noqa: F401
import openai
import openai.resources.chat  # which the package else imports with the first request, in whichever thread makes it
from django.conf import settings

from engine.learners import prompting
from engine.learners.base import ToolCall, Turn
from engine.learners.endpoint import sentence_of
from engine.learners.protocol import Answered, Context, Given, LearnerFailed, Returned, Step
from engine.learners.rules.turns import turns_of
from engine.prompt import KEEPERS
from engine.text import storable
from engine.tools import IGNORED_ARGUMENTS, TOOLS, Tool

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

JSON = dict[str, Any]

RETRIES = 2
"""The openai package repeats connection failures, 408, 409, 429 and 5xx after a short pause, as Letta's server does."""
THINKING = {
    "type": "string",
    "description": "Why this call, in one short sentence. It is kept with the call for those who check the memory.",
}


class LlmLearner:
    """One chat completion per step."""

    name = "llm"
    remembers = 8000

    def next_step(self, context: Context) -> Step:
        """Ask the model. Raises LearnerFailed with the endpoint's sentence when there is no usable answer."""
        client = _client(settings.ENGINE_LLM_BASE_URL, settings.ENGINE_LLM_API_KEY)
        request: JSON = {
            "model": settings.ENGINE_LLM_MODEL,
            "messages": _messages(context),
            "tools": [_schema(TOOLS[name]) for name in context.tools],
            "timeout": min(float(settings.ENGINE_LLM_TIMEOUT), context.seconds),
        }
        try:
            completion = client.chat.completions.create(**request)
        except (openai.OpenAIError, ValueError) as error:  # ValueError: an answer that is not JSON
            raise LearnerFailed("llm_api_error", sentence_of(error, context)) from None
        return _step(completion)


@cache
def _client(base_url: str, api_key: str) -> openai.OpenAI:
    # An endpoint on one's own machine often has no key, but the package insists on one.
    return openai.OpenAI(base_url=base_url, api_key=api_key or "none", max_retries=RETRIES)


def _messages(context: Context) -> list[JSON]:
    system = prompting.system_prompt(context.agent_type, context.system, context.blocks, context.today)
    messages: list[JSON] = [{"role": "system", "content": system}]
    given = [entry for entry in context.conversation if isinstance(entry, Given)]
    if context.earlier:
        turns = [turn for text in context.earlier for turn in turns_of(text)]
        messages.append({"role": "user", "content": prompting.fenced_earlier(turns)})
    if context.agent_type in KEEPERS:
        messages.append({"role": "user", "content": prompting.fenced_conversation(_turns(given))})
    else:  # the user talks to this agent itself
        messages += [{"role": entry.role, "content": entry.text} for entry in given]
    for entry in context.conversation:
        match entry:
            case Answered(text, calls) if calls:
                messages.append({"role": "assistant", "content": text or None, "tool_calls": [_as_sent(c) for c in calls]})
            case Answered(text, _):
                messages.append({"role": "assistant", "content": text})
            case Returned(call_id, _, text, refused):
                content = f"Error: {text}" if refused else text
                messages.append({"role": "tool", "tool_call_id": call_id, "content": content})
    return messages


def _turns(given: list[Given]) -> list[Turn]:
    """The turns of the run's messages. A user message may be a whole batch in the SDK's one-message format."""
    turns: list[Turn] = []
    for message in given:
        turns += turns_of(message.text) if message.role == "user" else [Turn(message.role, message.text)]
    return turns


def _as_sent(call: ToolCall) -> JSON:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _schema(tool: Tool) -> JSON:
    """The tool as the chat completions API describes functions."""
    properties: JSON = {"thinking": THINKING}
    for parameter in tool.parameters:
        kind = "integer" if parameter.kind is int else "string"
        properties[parameter.name] = {"type": kind, "description": parameter.description}
    required = ["thinking", *(p.name for p in tool.parameters if p.default is None)]
    schema = {"type": "object", "properties": properties, "required": required}
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": schema},
    }


def _step(completion: "ChatCompletion") -> Step:
    """The model's answer as a step. Raises LearnerFailed when it is no answer at all."""
    choices = getattr(completion, "choices", None)
    if not choices or choices[0].message is None:
        raise LearnerFailed("llm_api_error", "The model endpoint's answer was not a chat completion.")
    message = choices[0].message
    usage = completion.usage
    calls, thoughts = [], []
    for call in message.tool_calls or ():
        tool_call, thought = _tool_call(call)
        calls.append(tool_call)
        thoughts += [thought] if thought else []
    if not calls and choices[0].finish_reason == "length":
        raise LearnerFailed("max_tokens_exceeded", "The model's answer was cut off: it reached its token limit.")
    return Step(
        tool_calls=tuple(calls),
        text=message.content or "",
        reasoning=getattr(message, "reasoning_content", None) or "\n".join(thoughts) or None,
        finished=not calls,
        prompt_tokens=usage.prompt_tokens or 0 if usage else 0,
        completion_tokens=usage.completion_tokens or 0 if usage else 0,
    )


def _tool_call(call: Any) -> tuple[ToolCall, str | None]:
    """A call of the model, and the thought it came with. What is malformed about it stands in its `problem`."""
    call_id = call.id or f"call_{uuid.uuid4().hex[:24]}"
    function = getattr(call, "function", None)
    if function is None or not function.name:
        return ToolCall(call_id, "unknown", {}, "The call names no function."), None
    try:
        arguments = json.loads(function.arguments or "{}")
    except ValueError as error:
        return ToolCall(call_id, function.name, {}, f"The arguments are not valid JSON: {error}"), None
    if not isinstance(arguments, dict):
        return ToolCall(call_id, function.name, {}, "The arguments are not a JSON object."), None
    arguments = storable(arguments)
    thought = arguments.get("thinking")
    arguments = {name: value for name, value in arguments.items() if name not in IGNORED_ARGUMENTS}
    return ToolCall(call_id, function.name, arguments), thought if isinstance(thought, str) else None
