"""Letta down in the middle of the desk's work: a sentence, nothing lost, and it works when Letta is back."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from subjects.models import Block
from tests.browser.conftest import Letta, Reader
from tests.browser.test_desk import VALUE, block, find, in_letta, write

__all__ = ["block"]  # the fixture

NOT_CONFIRMED = re.compile("Not confirmed: Letta could not do it now.*What you typed is kept here")
MINE = VALUE.replace("Delft", "Gouda")


def tell_and_try_again(page: Page, letta: Letta, button: str, kept: dict[str, str]) -> None:
    """Press `button` while Letta is down, read what it says, find all of `kept` in the form, and press it again."""
    letta.down()
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text(NOT_CONFIRMED)).to_be_visible()
    for label, text in kept.items():
        expect(page.get_by_label(label)).to_have_value(text)
    letta.up()
    page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["scripted", "plain"])
def test_find_understand_correct_conflict_merge_restore(
    options: dict[str, object], block: Block, reader: Reader, letta: Letta, sue: User
) -> None:
    reader.expected += ("502",)  # a whole page whose form met a silent Letta
    page = reader.signed_in(sue, **options)
    letta.down()
    if options:
        page.goto("/search/?q=user_ida")
        page.get_by_role("link", name="user_ida").first.click()
        page.get_by_role("link", name="Ask Letta whether this is its latest").click()
    else:
        find(page)
    expect(page.get_by_text("What is shown is our copy.")).to_be_visible(timeout=15_000)
    page.goto(f"/subjects/{block.subject_id}/")
    page.get_by_role("link", name="Lives in Delft").click()
    expect(page.locator(".origin mark", has_text="Delft")).to_be_visible()
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill(VALUE + "\nHas a cat")
    page.get_by_label("Reason").fill("she said so")
    tell_and_try_again(page, letta, "Save", {"Value": VALUE + "\nHas a cat", "Reason": "she said so"})
    expect(page.get_by_text("Saved as revision 3.")).to_be_visible()
    assert in_letta(block) == VALUE + "\nHas a cat"

    page.goto(f"/subjects/{block.subject_id}/")
    page.get_by_role("link", name="Edit human").click()
    page.get_by_label("Value").fill(MINE)
    page.get_by_label("Reason").fill("she moved")
    write(block, VALUE.replace("Delft", "Breda"))
    tell_and_try_again(page, letta, "Save", {"Value": MINE, "Reason": "she moved"})
    expect(page.get_by_text("Both changed this")).to_be_visible()
    page.get_by_label("Yours", exact=True).check()
    if options:
        page.get_by_role("button", name="Put the choices into the form").click()
    expect(page.get_by_label("The merged text")).to_have_value(MINE)
    tell_and_try_again(page, letta, "Save the merged text", {"The merged text": MINE, "Reason": "she moved"})
    expect(page.get_by_text("Saved as revision 5.")).to_be_visible()
    assert in_letta(block) == MINE

    page.goto(f"/blocks/{block.pk}/restore/2/")
    page.get_by_label("Reason").fill("it was right before")
    tell_and_try_again(page, letta, "Put it back", {"Reason": "it was right before"})
    expect(page.get_by_text("Put back as revision 6.")).to_be_visible()
    assert in_letta(block) == VALUE
    changes = block.revisions.order_by("number").values_list("source", "reason")
    assert list(changes)[2:] == [
        ("edit", "she said so"),
        ("outside", ""),
        ("edit", "she moved"),
        ("restore", "it was right before"),
    ]
