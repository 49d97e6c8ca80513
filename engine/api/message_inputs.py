"""The bodies and queries of requests about messages."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from engine.api.errors import Refused
from engine.api.intake import Fields
from engine.api.paging import Limit, Order
from engine.runs import InputMessage
from engine.shapes.messages import MessageType

MOST_STEPS = 1000

Dict = dict[str, Any]


class MessageIn(Fields):
    """One message to work on."""

    type: Literal["message"] | None = "message"
    role: Literal["user", "system", "assistant"]
    content: str | list[Dict]
    name: str | None = None
    otid: str | None = None

    def to_queue(self) -> InputMessage:
        """For the run loop. Raises Refused (501) for content that is not text."""
        return InputMessage(self.role, text_of(self.content), self.name, self.otid or str(uuid.uuid4()))


class CreateMessages(Fields):
    """What starts a run. `input` is short for one user message."""

    messages: list[MessageIn] | None = None
    input: str | list[Dict] | None = None
    max_steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = 50
    use_assistant_message: bool = True
    assistant_message_tool_name: str = "send_message"
    assistant_message_tool_kwarg: str = "message"
    include_return_message_types: list[MessageType] | None = None
    client_tools: list[Dict] | None = None
    override_model: str | None = None
    override_system: str | None = None
    callback_url: str | None = None
    streaming: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> CreateMessages:
        if self.input is None and self.messages is None:
            raise ValueError("Must specify either 'input' or 'messages'.")
        if self.input is not None and self.messages is not None:
            raise ValueError("Cannot specify both 'input' and 'messages'. Use one or the other.")
        return self

    @property
    def given(self) -> list[MessageIn]:
        return self.messages if self.input is None else [MessageIn(role="user", content=self.input)]  # type: ignore[return-value]

    @property
    def beyond_the_engine(self) -> str | None:
        """What is asked for that the engine does not have."""
        asked = {
            "streaming of answers": self.streaming,
            "tools of the client's own (client_tools)": self.client_tools,
            "model or system prompt for a single run (override_model, override_system)": (
                self.override_model or self.override_system
            ),
            "callbacks (callback_url); poll the run instead": self.callback_url,
        }
        return next((what for what, value in asked.items() if value), None)

    @property
    def request_config(self) -> Dict:
        return {
            "use_assistant_message": self.use_assistant_message,
            "assistant_message_tool_name": self.assistant_message_tool_name,
            "assistant_message_tool_kwarg": self.assistant_message_tool_kwarg,
            "include_return_message_types": self.include_return_message_types,
        }


class Cancel(Fields):
    run_ids: list[str] | None = None


class ListMessages(Fields):
    before: str | None = None
    after: str | None = None
    limit: Limit | None = 100
    order: Order = "desc"
    order_by: Literal["created_at"] = "created_at"
    group_id: str | None = None
    conversation_id: str | None = None
    include_return_message_types: list[MessageType] | None = None


def text_of(content: str | list[Dict]) -> str:
    """The text of a message's content: a string, or Letta's list of parts, of which the engine reads text.

    Raises Refused (501) for images and other parts.
    """
    if isinstance(content, str):
        return content
    texts = [part.get("text") for part in content if part.get("type", "text") == "text"]
    if len(texts) < len(content) or not all(isinstance(text, str) for text in texts):
        raise Refused(501, "The memory engine reads text only: images and other parts of messages are not supported.")
    return "\n".join(str(text) for text in texts)
