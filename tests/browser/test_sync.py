"""A subject that another program writes, in the browser: it comes in, is kept in step, and Letta may be down meanwhile."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from memory_sdk import NewBlock
from memory_ui.waking import send
from subjects.models import Subject, SyncState
from tests.browser.conftest import Letta, Reader
from tests.browser.test_main_job import SLOW
from tests.conftest import Worker, wait_until
from tests.subjects.sync.conftest import OtherProgram, other

__all__ = ["other"]  # the fixture

HUMAN = NewBlock("human", "Details about the person.", "City: Split\nLikes: tea", 5000)


@pytest.fixture(autouse=True)
def nothing_read_yet(transactional_db: None) -> Iterator[None]:
    yield
    SyncState.objects.all().delete()


def in_step() -> SyncState:
    """A pass of sync, by the worker as beat has it done."""
    before = SyncState.load().started_at
    send("subjects.tasks.sync")

    def over() -> bool:
        state = SyncState.load()
        began = state.started_at
        ends = [moment for moment in (state.succeeded_at, state.failing_since) if moment is not None]
        return began is not None and began != before and any(moment >= began for moment in ends)

    wait_until(over, 30)
    return SyncState.load()


def open_by_search(page: Page, subject_id: str) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(subject_id)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=subject_id).first.click()
    expect(page.get_by_role("heading", name=subject_id)).to_be_visible()


def test_what_another_program_writes(other: OtherProgram, reader: Reader, worker: Worker, letta: Letta, sue: User) -> None:
    agent_id = other.create_user("user_ivo", HUMAN)
    other.teach(agent_id, "My name is Ivo Babic.", "How can I help you, Ivo?")
    assert in_step().error == ""
    page = reader.signed_in(sue)
    open_by_search(page, "user_ivo")
    expect(page.locator("#memory")).to_contain_text("Ivo Babic")
    page.get_by_role("link", name="Messages").click()
    expect(page.get_by_text("My name is Ivo Babic.")).to_be_visible()
    expect(page.get_by_text("How can I help you, Ivo?")).to_be_visible()

    # It changes a block over REST while somebody looks.
    text = other.letta.list_blocks(agent_id)[0].value.replace("Split", "Zadar")
    other.rewrite(agent_id, "human", text)
    page.get_by_role("link", name="Memory", exact=True).click()
    expect(page.locator("#freshness")).to_contain_text("Letta had changed 1 block since")
    expect(page.locator("#memory")).to_contain_text("Zadar")
    page.get_by_role("link", name="Timeline").click()
    expect(page.locator(".diff ins", has_text="Zadar")).to_be_visible()

    # Letta goes down: our copy stays, and says how old it is.
    letta.down()
    assert in_step().error
    page.get_by_role("link", name="Memory", exact=True).click()
    expect(page.locator("#freshness")).to_contain_text("What is shown is our copy.")
    expect(page.locator("#memory")).to_contain_text("Zadar")

    # It is back, and so is the other program.
    letta.up()
    other.teach(agent_id, "My e-mail is ivo@example.com.")
    other.create_user("user_eva", NewBlock("human", "", "City: Pula"))
    assert in_step().error == ""
    page.reload()
    expect(page.locator("#memory")).to_contain_text("ivo@example.com", timeout=SLOW)
    open_by_search(page, "user_eva")
    expect(page.locator("#memory")).to_contain_text("City: Pula")

    # And it deletes what it made.
    other.delete(agent_id)
    page.goto(f"/subjects/{Subject.objects.get(subject_id='user_ivo').pk}/")
    expect(page.locator("#freshness")).to_contain_text("Letta no longer has this subject’s agent")
    expect(page.locator("#memory")).to_contain_text("ivo@example.com")
