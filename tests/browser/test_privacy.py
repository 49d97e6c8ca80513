"""The privacy desk in a browser: filed, looked at, confirmed, approved by somebody else, carried out while one watches."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from memory_sdk import NewBlock
from subjects import delivery
from subjects.creation import create_subject
from subjects.models import Subject
from tests.browser.conftest import Reader
from tests.conftest import Worker
from tests.subjects.pages.conftest import make_subject


def state(page: Page) -> Locator:
    return page.get_by_role("region", name="Where it stands")


def ida() -> Subject:
    """A subject with an agent in Letta."""
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Name: Ida", 200)])
    delivery.advance(str(subject.pk))
    return subject


def test_an_erasure_from_the_subject_page_to_its_end(
    reader: Reader, site: str, petra: User, adam: User, worker: Worker, tmp_path: Path
) -> None:
    subject = ida()
    officer = reader.signed_in(petra)
    officer.goto(f"/subjects/{subject.pk}/")
    officer.get_by_role("link", name="Privacy request", exact=True).click()
    expect(officer.get_by_label("Id of the subject")).to_have_value("user_ida")
    officer.get_by_label("Erasure: everything deleted").check()
    officer.get_by_role("button", name="File request").click()
    expect(state(officer)).to_contain_text("Received")

    officer.get_by_label("Type the id to confirm").fill("user_id")
    officer.get_by_role("button", name="Confirm, and ask for approval").click()
    expect(state(officer)).to_contain_text("That is not the id of this request")
    officer.get_by_label("Type the id to confirm").fill("user_ida")
    officer.keyboard.press("Enter")
    expect(state(officer)).to_contain_text("Waiting for approval")
    expect(officer.get_by_role("button", name="Approve the erasure")).to_have_count(0)
    preview = officer.get_by_role("region", name="What would be erased")
    expect(preview).to_contain_text("blocks", timeout=30_000)

    approver = reader.signed_in(adam)
    approver.get_by_role("link", name="Privacy", exact=True).click()
    approver.get_by_role("link", name="user_ida").click()
    approver.get_by_role("button", name="Approve the erasure").click()

    # Nobody touches the officer's window: it follows by itself.
    expect(state(officer)).to_contain_text("Done", timeout=60_000)
    expect(officer.get_by_role("heading", level=1)).to_have_text("Erasure: erased")
    happened = officer.get_by_role("region", name="What happened")
    expect(happened).to_contain_text("Adam approved it")
    expect(happened).to_contain_text("The work ended: Done")
    assert officer.locator("[hx-get*='/privacy/requests/']").count() == 0, "the polling stopped"
    assert not Subject.objects.filter(pk=subject.pk).exists()

    officer.get_by_role("region", name="Receipts").get_by_role("link").click()
    expect(officer.get_by_role("region", name="The result")).to_contain_text("nothing is left")
    with officer.expect_download() as download:
        officer.get_by_role("link", name="Save as JSON").click()
    receipt = tmp_path / "receipt.json"
    download.value.save_as(receipt)
    assert "user_ida" not in receipt.read_text()
    for text, verdict in (
        (receipt.read_text(), "The signature is good"),
        (receipt.read_text().replace('"result": "done"', '"result": "gone"'), "document.result"),
    ):
        receipt.write_text(text)
        officer.goto("/privacy/receipts/verify/")
        officer.get_by_label("The receipt's file").set_input_files(receipt)
        officer.get_by_role("button", name="Verify").click()
        expect(officer.get_by_role("status").filter(has_text=verdict)).to_be_visible()


def test_without_javascript_too(reader: Reader, site: str, petra: User, adam: User) -> None:
    make_subject("user_ida")
    page = reader.signed_in(petra, java_script_enabled=False)
    page.goto("/privacy/")
    page.get_by_role("link", name="New request").first.click()
    page.get_by_label("Erasure: everything deleted").check()
    page.get_by_label("Id of the subject").fill("user_ida")
    page.get_by_role("button", name="File request").click()
    page.get_by_text("Legal hold", exact=True).click()
    page.get_by_label("Where the reason is told").last.fill("LEGAL-7")
    page.get_by_role("button", name="Put on hold").click()
    expect(state(page)).to_contain_text("On legal hold")
    page.get_by_role("textbox", name="Note").fill("user_ida was here")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("region", name="Notes")).to_contain_text("This holds an id of the subject")
