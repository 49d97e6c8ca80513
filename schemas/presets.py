"""Templates to start from, as files that come with the product."""

from dataclasses import dataclass

from schemas.porting import BlockFile, TemplateFile
from subjects.creation import USER_BLOCKS

_USER_BLOCKS = [BlockFile(label=one.label, description=one.description, limit=one.limit) for one in USER_BLOCKS]
# The words of Letta's own ChatMemory.
_PERSONA = (
    "The persona block: Stores details about your current persona, guiding how you behave and respond. This helps you to"
    " maintain consistency and personality in your interactions."
)
_HUMAN = (
    "The human block: Stores key details about the person you are conversing with, allowing for more personalized and"
    " friend-like conversation."
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A template to start from. `key` names it in addresses; `why`: when to choose it."""

    key: str
    why: str
    file: TemplateFile


def _preset(key: str, why: str, name: str, purpose: str, *blocks: BlockFile) -> Preset:
    file = TemplateFile(format="memory_ui/block-template/1", name=name, purpose=purpose, blocks=list(blocks))
    return Preset(key, why, file)


PRESETS = (
    _preset(
        "user-memory",
        "What the AI Memory SDK gives a user: programs that use it find everything where they expect it.",
        "User memory",
        "Who a user is, and what was talked about last.",
        *_USER_BLOCKS,
    ),
    _preset(
        "chat-memory",
        "Letta's ChatMemory: a persona of the assistant beside the person it talks to.",
        "ChatMemory",
        "A persona for the assistant and a picture of the person it talks to.",
        BlockFile(label="persona", description=_PERSONA, limit=2_000),
        BlockFile(label="human", description=_HUMAN, limit=2_000),
    ),
    _preset(
        "basic-block-memory",
        "Letta's BasicBlockMemory: no blocks, to be filled with those of your own.",
        "BasicBlockMemory",
        "",
    ),
    _preset(
        "customer-support",
        "For a support desk: the customer, their wishes and their cases, beside policies that all of them share.",
        "Customer support",
        "What a support assistant should know about a customer, and what it has to keep to.",
        *_USER_BLOCKS,
        BlockFile(
            label="preferences",
            description="How the customer likes to be treated: language, tone, channel, times, what to avoid. One a line.",
            limit=2_000,
        ),
        BlockFile(
            label="history",
            description="Past and open cases, newest first: date, what was asked, how it ended, what is still owed.",
            limit=8_000,
        ),
        BlockFile(
            label="policies",
            description="Rules of the company that every answer has to keep to. Kept by people, the same for all customers.",
            value="Never promise a refund before the case has been checked.\n"
            "Do not ask for passwords or card numbers.\n"
            "When a customer asks for a person, hand over at once.",
            limit=5_000,
            read_only=True,
            shared=True,
        ),
    ),
)


def preset(key: str) -> Preset | None:
    """The preset of that key."""
    return next((one for one in PRESETS if one.key == key), None)
