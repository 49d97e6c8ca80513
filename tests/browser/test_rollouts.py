"""A rollout as an admin sees it: counted, begun, a worker killed in the middle, everybody right exactly once, and back."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from engine.models import Block
from memory_sdk import NewBlock
from schemas.models import Rollout, RolloutItem, Standing, Version
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Edit, Revision, Subject
from subjects.setup import set_up
from tests.browser.conftest import Reader
from tests.browser.test_pages import check
from tests.conftest import Worker, wait_until
from tests.schemas.conftest import written_template
from tests.schemas.rollouts.conftest import HUMAN, NEW_HUMAN, POLICIES, SUMMARY

SUBJECTS = 40
RATE = "8"  # subjects a second: slow enough to be killed in the middle


@pytest.fixture
def versions(transactional_db: None) -> list[Version]:
    template = written_template("Care", [HUMAN, SUMMARY], [NEW_HUMAN, SUMMARY, POLICIES])
    return list(Version.objects.select_related("template").filter(template=template).order_by("number"))


@pytest.fixture
def subjects(versions: list[Version]) -> list[Subject]:
    made = []
    for place in range(SUBJECTS):
        human = NewBlock("human", HUMAN["description"], f"Is number {place}.", HUMAN["limit"])
        summary = NewBlock("summary", SUMMARY["description"], "", SUMMARY["limit"])
        subject = create_subject(f"user_{place:03}", Subject.Kind.USER, [human, summary])
        set_up(subject)
        Standing.objects.create(subject=subject, version=versions[0])
        made.append(subject)
    Subject.objects.update(wake_at=None)
    return made


def in_letta(subject: Subject) -> list[tuple[str, str, int, str]]:
    assert subject.agent_id is not None
    blocks = agents().list_blocks(subject.agent_id)
    return sorted((block.label, block.description, block.limit, block.value) for block in blocks)


def after(place: int) -> list[tuple[str, str, int, str]]:
    return [
        ("human", NEW_HUMAN["description"], 400, f"Is number {place}."),
        ("policies", "What holds.", 300, "Be kind."),
        ("summary", "In short.", 100, ""),
    ]


def begin(page: Page, button: str, rate: str = "") -> None:
    page.get_by_label("Subjects a second, at most").fill(rate)
    page.get_by_role("button", name=button).click()
    expect(page.locator("#rollout h2.state")).to_contain_text("Under way")


def test_counted_begun_killed_in_the_middle_right_exactly_once_and_back(
    versions: list[Version], subjects: list[Subject], worker: Worker, reader: Reader, adam: User
) -> None:
    page = reader.signed_in(adam)
    page.goto(f"/rollouts/new/?version={versions[1].pk}")
    page.get_by_role("button", name="Count what would change").click()
    expect(page.locator("#rollout h2.state").first).to_contain_text("To be looked at")
    expect(page.locator("#rollout")).to_contain_text("40 subjects counted")
    row = page.get_by_role("row", name="missing block")
    expect(row).to_contain_text("40")
    expect(page.locator(".revision")).to_have_count(10)
    assert all(in_letta(subject)[0][1] == HUMAN["description"] for subject in subjects[:3]), "nothing is sent yet"
    begin(page, "Roll out to 40 subjects", RATE)

    rollout = Rollout.objects.get()
    wait_until(lambda: RolloutItem.objects.filter(state="changed").count() > 8, 30)
    worker.kill()
    done = RolloutItem.objects.filter(state="changed").count()
    assert 8 < done < 38, "it was to be killed in the middle"
    worker.restart()
    expect(page.locator("#rollout h2.state").first).to_contain_text("Done", timeout=60_000)
    expect(page.locator("#rollout")).to_contain_text("40 of 40 subjects: 40 changed")
    assert [in_letta(subject) for subject in subjects] == [after(place) for place in range(SUBJECTS)]
    assert set(Standing.objects.values_list("version__number", flat=True)) == {2}
    assert Revision.objects.filter(source="template").count() == 2 * SUBJECTS
    assert not Revision.objects.filter(source="outside").exists()
    assert not Edit.objects.exists()
    assert Block.objects.count() == 3 * SUBJECTS, "a block that belongs to nobody was left behind"

    page.get_by_role("link", name="Result by subject").click()
    expect(page.get_by_role("cell", name="user_000")).to_be_visible()
    page.goto(f"/rollouts/{rollout.pk}/")
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator("#rollout h2.state").first).to_contain_text("To be looked at")
    begin(page, "Roll back 40 subjects")
    expect(page.locator("#rollout h2.state").first).to_contain_text("Done", timeout=60_000)
    assert {label for subject in subjects for label, *_ in in_letta(subject)} == {"human", "summary"}
    assert in_letta(subjects[7])[0] == ("human", HUMAN["description"], 200, "Is number 7.")
    assert set(Standing.objects.values_list("version__number", flat=True)) == {1}
    assert Block.objects.count() == 2 * SUBJECTS


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_rollout_that_is_refused_is_accessible_and_fits(
    scheme: str, width: int, versions: list[Version], reader: Reader, adam: User
) -> None:
    page = reader.signed_in(adam, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto("/rollouts/new/")
    page.get_by_label("A list of ids").check()
    expect(page.get_by_label("Ids, one a line")).to_be_visible()
    expect(page.get_by_label("Id begins with")).to_be_hidden()
    page.get_by_label("Those who fit filters").check()
    page.get_by_label("How many of them, in percent").fill("100.5")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.get_by_role("button", name="Count what would change").click()
    expect(page.locator(".errors")).to_contain_text("Give a percentage above 0 and up to 100")
    assert check(page, "refused") == []
