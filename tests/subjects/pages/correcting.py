"""A block to correct, what its form sends, and what a page holds of it."""

import re
from html import unescape

import pytest

from memory_sdk import NewBlock
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Block, Subject
from tests.faulty_proxy import FaultyProxy

VALUE = "Name: Ida\nLives in Leiden\nLikes tea"


@pytest.fixture
def block(proxy: FaultyProxy) -> Block:
    new = NewBlock("human", "Who it is.", VALUE, 100)
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [new])
    delivery.advance(str(subject.pk))
    return Block.objects.select_related("subject").get(subject=subject)


def sent(value: str, base: int = 1, **more: object) -> dict[str, object]:
    return {"value": value, "description": "Who it is.", "limit": 100, "reason": "she said so", "base": base, **more}


def in_letta(block: Block) -> str:
    assert block.block_id is not None
    return agents().get_block(block.block_id).value


def field(page: str, name: str) -> str:
    """What stands in a text area of the page."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found, f"no {name} on the page"
    return found[1]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="(\w+)"', page)
    assert found, f"no {name} on the page"
    return found[1]


def resend(page: str, **more: object) -> dict[str, object]:
    kept: dict[str, object] = {
        name: unescape(field(page, name)) for name in re.findall(r'<textarea[^>]* ?name="(\w+)"', page)
    }
    kept |= {name: hidden(page, name) for name in re.findall(r'name="((?:base|started|put-)[a-z]*)"', page)}
    limit = re.search(r'name="limit" value="(\d+)"', page)
    return sent("") | kept | {"limit": limit[1] if limit else ""} | more
