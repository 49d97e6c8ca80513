"""Teaching in a browser: a PDF that is uploaded is learned; a tidy-up is previewed and kept; and Letta down in each."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from engine import models as engine
from subjects.models import Block, Document, Subject, Tidy
from tests.browser.conftest import Letta, Reader
from tests.browser.test_main_job import SLOW, create_user, expect_learned, say
from tests.conftest import Worker
from tests.subjects.teaching.files import pdf

TWICE = "Name: Mira Patel\nLikes cats (2025-01-02)\nLikes cats (2025-09-03)"
TIDY = "Name: Mira Patel\nLikes cats (2025-09-03)"


@pytest.fixture
def intake(tmp_path: Path) -> Path:
    path = tmp_path / "intake.pdf"
    path.write_bytes(pdf("My name is Mira Patel.", "I like cats."))
    return path


def give(page: Page, path: Path) -> None:
    page.get_by_role("link", name="Learn from a file").click()
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("Ready to learn from")).to_be_visible(timeout=SLOW)


def remember_twice() -> None:
    """Another program leaves a line twice."""
    block = engine.Block.objects.get(label="human")
    block.value = TWICE
    block.save()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["scripted", "plain"])
def test_an_uploaded_pdf_is_learned(
    options: dict[str, object], intake: Path, reader: Reader, worker: Worker, sue: User
) -> None:
    page = reader.signed_in(sue, **options)
    create_user(page, "user_mira")
    give(page, intake)
    expect(page.get_by_role("region", name="The beginning of the text")).to_contain_text("My name is Mira Patel.")
    page.get_by_role("button", name="Learn from it").click()
    expect(page.get_by_role("heading", name="Learned")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("1 of 1 part")).to_have_count(2)
    page.get_by_role("link", name="user_mira").click()
    expect(page.locator("#memory")).to_contain_text("Name: Mira Patel")
    expect(page.locator(".run").first).to_contain_text("From the document “intake.pdf”")
    assert engine.Passage.objects.filter(tags__contains=["file"]).count() == 1


def test_the_same_pdf_again_is_noticed(intake: Path, reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.signed_in(sue)
    create_user(page, "user_mira")
    give(page, intake)
    page.get_by_role("link", name="user_mira").click()
    give(page, intake)
    expect(page.get_by_text("This very file was given before.")).to_be_visible()
    assert Document.objects.count() == 1


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["scripted", "plain"])
def test_tidied_up_previewed_and_kept(options: dict[str, object], reader: Reader, worker: Worker, sue: User) -> None:
    page = reader.signed_in(sue, **options)
    create_user(page, "user_mira")
    say(page, "My name is Mira Patel.")
    expect_learned(page)
    remember_twice()
    page.get_by_role("button", name="Tidy up").click()
    expect(page.get_by_text("To be looked at")).to_be_visible(timeout=SLOW)
    expect(page.locator(".diff del")).to_contain_text("2025-01-02")
    assert Block.objects.get(label="human").value == TWICE  # nothing has changed yet
    page.get_by_role("button", name=re.compile("^Keep")).click()
    expect(page.get_by_role("heading", name="Kept")).to_be_visible()
    page.get_by_role("link", name="To the memory").click()
    expect(page.locator("#memory")).to_contain_text("Tidied up, kept by Sue")
    assert Block.objects.get(label="human").value == engine.Block.objects.get(label="human").value == TIDY


def test_letta_down_while_a_file_is_learned(intake: Path, reader: Reader, worker: Worker, sue: User, letta: Letta) -> None:
    page = reader.signed_in(sue)
    create_user(page, "user_mira")
    expect(page.locator("#agent [data-copy]")).to_be_visible(timeout=SLOW)
    give(page, intake)
    letta.down()
    page.get_by_role("button", name="Learn from it").click()
    expect(page.get_by_text("It is tried again")).to_be_visible(timeout=SLOW)
    letta.up()
    expect(page.get_by_role("heading", name="Learned")).to_be_visible(timeout=2 * SLOW)
    assert engine.Passage.objects.filter(tags__contains=["file"]).count() == 1


def test_letta_down_while_it_is_tidied_up(reader: Reader, worker: Worker, sue: User, letta: Letta) -> None:
    page = reader.signed_in(sue)
    create_user(page, "user_mira")
    say(page, "My name is Mira Patel.")
    expect_learned(page)
    remember_twice()
    letta.down()
    page.get_by_role("button", name="Tidy up").click()
    expect(page.get_by_text("It is tried again")).to_be_visible(timeout=SLOW)
    letta.up()
    expect(page.get_by_text("To be looked at")).to_be_visible(timeout=2 * SLOW)
    assert Subject.objects.get().tidies.get().state == Tidy.State.READY

    letta.down()
    keep = page.get_by_role("button", name=re.compile("^Keep"))
    keep.click()
    expect(page.get_by_text("Not confirmed:")).to_be_visible()
    expect(page.locator(".diff del")).to_contain_text("2025-01-02")
    letta.up()
    keep.click()
    expect(page.get_by_role("heading", name="Kept")).to_be_visible()
    assert Block.objects.get(label="human").value == engine.Block.objects.get(label="human").value == TIDY
