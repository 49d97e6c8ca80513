"""The settings as admins use them: somebody invited, a key made and revoked, learning tried, the background work watched."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from engine import models as engine
from memory_ui.models import Pulse
from subjects.models import LearningTest, Subject
from tests.browser.conftest import Reader
from tests.browser.test_pages import check
from tests.conftest import Worker, wait_until

PASSWORD = "a long and odd sentence"


def test_invited_accepted_signed_in_and_given_another_role(reader: Reader, adam: User) -> None:
    admin = reader.signed_in(adam, permissions=["clipboard-read", "clipboard-write"])
    admin.get_by_text("Adam").click()
    admin.get_by_role("link", name="Settings").click()
    expect(admin.get_by_role("link", name="People", exact=True)).to_have_attribute("aria-current", "page")
    admin.get_by_role("link", name="Invite somebody").click()
    admin.get_by_label("E-mail").fill("nina@example.com")
    admin.get_by_label("Auditor").check()
    admin.get_by_role("button", name="Make a link to copy").click()
    admin.get_by_role("button", name="Copy").click()
    expect(admin.get_by_role("button", name="copied")).to_be_visible()
    link = admin.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{reader.site}/accounts/invitations/")

    nina = reader.window()
    nina.goto(link)
    nina.get_by_label("Your name").fill("Nina New")
    nina.get_by_label("Password").fill("short")
    nina.get_by_role("button", name="Make my account").click()
    expect(nina.get_by_text("This password is too short")).to_be_visible()
    nina.get_by_label("Password").fill(PASSWORD)
    nina.get_by_role("button", name="Make my account").click()
    expect(nina.get_by_text("Your account is ready")).to_be_visible()
    nina.get_by_label("E-mail").fill("nina@example.com")
    nina.get_by_label("Password").fill(PASSWORD)
    nina.get_by_role("button", name="Sign in").click()
    expect(nina.locator(".menu .as")).to_have_text("Auditor")

    admin.goto("/settings/people/")
    admin.get_by_role("link", name="Nina New").click()
    admin.get_by_label("Support", exact=True).check()
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("row", name="Nina New")).to_contain_text("Support")
    nina.reload()
    expect(nina.locator(".menu .as")).to_have_text("Support")

    admin.get_by_role("link", name="Nina New").click()
    admin.get_by_role("link", name="Deactivate…").click()
    admin.get_by_role("button", name="Deactivate").click()
    expect(admin.get_by_role("row", name="Nina New")).to_contain_text("Deactivated")
    nina.reload()
    expect(nina.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_key_is_made_used_and_revoked(reader: Reader, adam: User) -> None:
    page = reader.signed_in(adam)
    page.goto("/settings/keys/")
    page.get_by_role("link", name="Make a key").first.click()
    page.get_by_label("Name").fill("support-bot")
    page.get_by_label("manage: ").uncheck()
    page.get_by_role("button", name="Make the key").click()
    key = page.locator("#key").text_content()
    with httpx.Client(base_url=reader.site, headers={"Authorization": f"Bearer {key}"}) as program:
        assert program.get("/v1/agents/").status_code == 200
        refused = program.post("/v1/agents/", json={})
        assert refused.status_code == 403
        assert "lacks the scope manage" in refused.json()["detail"]
        page.get_by_role("link", name="Done").click()
        expect(page.get_by_role("row", name="support-bot")).to_contain_text("just now")
        page.get_by_role("link", name="Revoke support-bot").click()
        page.get_by_role("button", name="Revoke").click()
        expect(page.get_by_role("row", name="support-bot")).to_contain_text("revoked")
        assert program.get("/v1/agents/").status_code == 401


def try_learning(page: Page) -> None:
    page.goto("/settings/letta/")
    expect(page.get_by_text("Answers", exact=True)).to_be_visible()
    expect(page.get_by_text("Conversations")).to_be_visible()
    page.get_by_role("button", name="Test learning").click()


def test_learning_is_tried_and_nothing_of_it_stays(reader: Reader, adam: User, worker: Worker) -> None:
    page = reader.signed_in(adam)
    try_learning(page)
    steps = page.locator("#learning-test li")
    expect(steps).to_have_count(5, timeout=30_000)
    expect(page.locator("#learning-test")).to_contain_text("Learning works", timeout=30_000)
    expect(steps.last).to_contain_text("Letta, asked again, has nothing of it left.", timeout=30_000)
    assert not page.locator("#learning-test").get_attribute("hx-get"), "it goes on polling"
    assert LearningTest.objects.get().removed_at is not None
    assert not Subject.objects.exists()
    assert not any(kind.objects.exists() for kind in (engine.Agent, engine.Block, engine.Archive))
    page.goto("/settings/background/")
    expect(page.get_by_role("row", name="Sweep subject runs")).to_contain_text("ago", timeout=20_000)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.fixture
def worker_without_letta(transactional_db: None) -> Iterator[Worker]:
    log = Path(settings.DATA_DIR) / "worker-without-letta.log"
    log.write_bytes(b"")
    worker = Worker(log, LETTA_BASE_URL="http://127.0.0.1:1", LETTA_API_KEY="none")
    yield worker
    worker.stop()


def test_without_letta_the_test_says_so(reader: Reader, adam: User, worker_without_letta: Worker) -> None:
    page = reader.signed_in(adam)
    try_learning(page)
    card = page.locator("#learning-test")
    expect(card).to_contain_text("Learning does not work", timeout=30_000)
    expect(card).to_contain_text("Letta cannot be reached: POST /v1/agents/.")
    expect(card).to_contain_text("This goes on until nothing is left", timeout=30_000)


def test_where_nothing_runs_the_page_says_what_to_do(reader: Reader, adam: User) -> None:
    Pulse.objects.all().delete()
    page = reader.signed_in(adam)
    page.goto("/settings/background/")
    expect(page.get_by_role("alert")).to_contain_text("No periodic task has run yet")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_shown_once_is_accessible_and_fits(scheme: str, width: int, reader: Reader, adam: User) -> None:
    page = reader.signed_in(adam, color_scheme=scheme, viewport={"width": width, "height": 900})
    wrong: list[str] = []
    page.goto("/settings/keys/new/")
    page.get_by_role("button", name="Make the key").click()
    page.get_by_label("Name").fill("x" * 60)
    page.get_by_role("button", name="Make the key").click()
    wrong += check(page, "a key is shown")
    page.goto("/settings/invitations/new/")
    page.get_by_label("E-mail").fill("nina@example.com")
    page.get_by_role("button", name="Make a link to copy").click()
    link = page.locator("#link").text_content() or ""
    wrong += check(page, "a link is shown")
    outside = reader.window(color_scheme=scheme, viewport={"width": width, "height": 900})
    outside.goto(link)
    wrong += check(outside, "an invitation")
    assert wrong == []


def test_without_a_script_the_settings_work(reader: Reader, adam: User, worker: Worker) -> None:
    page = reader.signed_in(adam, java_script_enabled=False)
    page.goto("/settings/letta/")
    page.get_by_role("link", name="Ask whether it answers").click()
    expect(page.get_by_text("Answers", exact=True)).to_be_visible()
    page.goto("/settings/letta/")
    page.get_by_role("button", name="Test learning").click()
    expect(page).to_have_url(f"{reader.site}/settings/letta/tests/{LearningTest.objects.get().pk}/")
    wait_until(lambda: LearningTest.objects.get().removed_at, 30)
    page.reload()
    expect(page.get_by_text("Learning works")).to_be_visible()
