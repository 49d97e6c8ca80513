"""What would be erased, and receipts, in a browser: readable wide and narrow, light and dark, and on paper."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.models import User
from memory_sdk import NewBlock
from privacy import previewing, receipts, requesting
from privacy.models import Receipt
from privacy.requesting import Filer
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Subject
from tests.browser.conftest import Reader
from tests.browser.test_pages import check
from tests.privacy.carrying import approved, carry_out


def ida(subject_id: str) -> Subject:
    """Somebody with an agent, two blocks and a passage."""
    blocks = [NewBlock("human", "Who it is.", "Name: Ida"), NewBlock("notes", "Notes.", "Likes tea.")]
    subject = create_subject(subject_id, Subject.Kind.SUBJECT, blocks)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id is not None
    agents().create_passage(subject.agent_id, "Ida was here.", [])
    return subject


@pytest.fixture
def receipt(site: str, petra: User, adam: User) -> Receipt:
    """Of an erasure that ended partly done, because the agent of another subject carries the id as a tag."""
    subject = ida("user_ida")
    other = agents().create_agent("user_other", [], tags=["user_ida"])
    carry_out(approved(subject.subject_id, petra, adam))
    assert other.id in str(Receipt.objects.get().document)
    return Receipt.objects.get()


def test_receipts_are_accessible_and_fit(reader: Reader, receipt: Receipt, petra: User, tmp_path: Path) -> None:
    waiting = requesting.file("erasure", ida("user_omar").subject_id, Filer(petra))
    previewing.preview_of(waiting)
    previewing.take(waiting.pk)
    wrong: list[str] = []
    for scheme, width in (("light", 1440), ("dark", 390)):
        page = reader.signed_in(petra, color_scheme=scheme, viewport={"width": width, "height": 900})
        for number, address in enumerate(
            (
                "/privacy/receipts/",
                f"/privacy/receipts/{receipt.pk}/",
                "/privacy/receipts/verify/",
                f"/privacy/requests/{waiting.pk}/inventory/",
                f"/privacy/requests/{waiting.pk}/",
            )
        ):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
            wrong += check(page, address)
            page.screenshot(path=tmp_path / f"{number}-{scheme}-{width}.png", full_page=True)
    assert not wrong


def test_a_receipt_is_verified_and_a_changed_one_is_found_out(
    reader: Reader, receipt: Receipt, petra: User, tmp_path: Path
) -> None:
    page = reader.signed_in(petra)
    page.goto("/privacy/receipts/verify/")
    kept = tmp_path / "receipt.json"
    kept.write_text(json.dumps(receipts.as_file(receipt)))
    page.get_by_label("The receipt's file").set_input_files(kept)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status", name="What it came to")).to_contain_text("The signature is good")
    given = receipts.as_file(receipt)
    changed = json.dumps(given).replace('"result": "partial"', '"result": "done"')
    assert changed != json.dumps(given)
    page.get_by_label("Or its text").fill(changed)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status", name="What it came to")).to_contain_text("document.result")
    page.get_by_role("link", name="To the receipt as it is kept here").click()
    expect(page.get_by_role("region", name="Signature")).to_contain_text("The signature is good")
