"""An admin makes a template in the browser, from a preset to a new subject that starts from it, and to its next version."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from schemas.models import Template, Version
from schemas.porting import take
from schemas.presets import preset
from subjects.models import Subject
from tests.browser.conftest import Reader
from tests.browser.test_pages import check
from tests.conftest import Worker, wait_until
from tests.schemas.conftest import written_template


def _start(page: Page, name: str) -> None:
    page.goto("/templates/")
    page.get_by_role("link", name="New template").first.click()
    page.get_by_role("button", name=f"Start from {name}").click()


@pytest.mark.processes
def test_from_a_preset_to_a_subject_that_starts_from_it(worker: Worker, reader: Reader, adam: User) -> None:
    page = reader.signed_in(adam)
    _start(page, "User memory")
    page.get_by_role("button", name="Add a block").click()
    expect(page.locator("#id_blocks-2-label")).to_be_focused()
    page.keyboard.type("wishes")
    page.locator("#id_blocks-2-limit").fill("40")
    page.locator("#id_blocks-2-value").fill("{{ display_name }} wishes {{ much }}")
    said = page.locator("#id_blocks-2-value_error")
    expect(said).to_contain_text("Line 1, character 27: {{ much }} stands for nothing")
    expect(page.locator("[data-counter=id_blocks-2-value]")).to_have_text("36 of 40 characters")
    page.locator("#id_blocks-2-value").fill("{{ display_name }} wishes much.")
    expect(said).to_be_empty()
    expect(page.locator("#prompt-preview pre")).to_contain_text("Sarah wishes much.")
    up = page.get_by_role("button", name="Up block 3")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_blocks-1-label")).to_have_value("wishes")
    expect(page.locator("#up-1")).to_be_focused()
    page.get_by_role("button", name="Save and publish…").click()
    page.get_by_label("Note").fill("Wishes beside what the SDK has.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("It never changes.")).to_be_visible()

    page.goto("/subjects/new/")
    page.get_by_label("Id", exact=True).fill("user_ada")
    page.get_by_label("User memory: human, wishes, summary").check()
    page.get_by_label("Display name").fill("Ada")
    page.get_by_role("button", name="Create subject").click()
    expect(page.get_by_text("Ada wishes much.")).to_be_visible()
    wait_until(lambda: Subject.objects.filter(agent_id__isnull=False), 30, "its agent was not created")
    assert list(Subject.objects.get().blocks.values_list("label", "limit")) == [
        ("human", 10_000), ("wishes", 40), ("summary", 1_000),
    ]  # fmt: skip

    page.goto("/templates/")
    page.get_by_role("link", name="User memory").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("#id_blocks-1-limit").fill("400")
    page.get_by_role("button", name="Save and publish…").click()
    expect(page.locator(".diff")).to_contain_text("40 characters 400 characters")
    page.get_by_label("Note").fill("More room.")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("link", name="Compare with the one before").click()
    expect(page.locator(".diff ins")).to_have_text("400 characters")
    assert Subject.objects.get().standing.version.number == 1
    assert Template.objects.get().versions.filter(number=2).exists()


def test_everything_works_without_javascript(reader: Reader, adam: User) -> None:
    page = reader.signed_in(adam, java_script_enabled=False)
    _start(page, "ChatMemory")
    page.get_by_role("button", name="Down persona").click()
    expect(page.locator("#id_blocks-1-label")).to_have_value("persona")
    page.get_by_role("button", name="Add a block").click()
    page.locator("#id_blocks-2-label").fill("human")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("Block 1 is called human already")).to_be_visible()
    page.get_by_role("button", name="Remove human").last.click()
    page.get_by_role("button", name="Save and publish…").click()
    page.get_by_label("Note").fill("First.")
    page.get_by_role("button", name="Publish", exact=True).click()
    labels = Version.objects.get(number=1).schemas.order_by("position").values_list("label", flat=True)
    assert list(labels) == ["human", "persona"]


def test_two_admins_at_one_draft_overwrite_nothing_unseen(reader: Reader, adam: User) -> None:
    template = written_template("Care", [{"label": "human"}])
    one, other = reader.signed_in(adam), reader.signed_in(adam)
    for page, purpose in ((one, "Mine."), (other, "Theirs.")):
        page.goto(f"/templates/{template.pk}/edit/")
        page.get_by_label("Purpose").fill(purpose)
        page.locator("#id_blocks-0-description").fill(purpose)
    other.get_by_role("button", name="Save the draft").click()
    expect(other.get_by_text("The draft is saved.")).to_be_visible()
    one.get_by_role("button", name="Save the draft").click()
    expect(one.get_by_text("Nothing was overwritten")).to_be_visible()
    expect(one.locator(".diff").first).to_contain_text("Theirs")
    expect(one.get_by_label("Purpose")).to_have_value("Mine.")
    template.refresh_from_db()
    assert template.purpose == "Theirs."
    one.get_by_role("button", name="Save the draft").click()
    expect(one.get_by_text("The draft is saved.")).to_be_visible()
    template.refresh_from_db()
    assert template.purpose == "Mine."


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_templates_that_are_refused_are_accessible_and_fit(scheme: str, width: int, reader: Reader, adam: User) -> None:
    support = preset("customer-support")
    assert support is not None
    one = f"/templates/{take(support.file).pk}/"
    page = reader.signed_in(adam, color_scheme=scheme, viewport={"width": width, "height": 900})
    wrong: list[str] = []
    page.goto(f"{one}edit/")
    page.locator("#id_blocks-1-limit").fill("0")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("The limit must be from 1 to 1,000,000")).to_be_visible()
    wrong += check(page, "an error")
    page.goto("/templates/import/")
    page.get_by_label("Or paste it").fill("[]")
    page.get_by_role("button", name="Import").click()
    wrong += check(page, "a wrong file")
    assert wrong == []
