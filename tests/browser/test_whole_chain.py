"""From a preset to a version that everybody has, through a worker killed at the worst moments, and back: in one go.

The worker reaches Letta (the engine) through a proxy that keeps count of every request.
"""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from engine.models import Block as LettasBlock
from schemas.models import Rollout, RolloutItem, Standing, Version
from schemas.placeholders import Filling
from schemas.starting import start_subject
from subjects.letta import agents
from subjects.models import Block, Edit, Revision, Subject
from tests.browser.conftest import Reader
from tests.conftest import Worker, wait_until
from tests.faulty_proxy import Fault, FaultyProxy

pytestmark = pytest.mark.processes

OTHERS = 29
EVERYBODY = OTHERS + 1
RATE = "8"  # subjects a second: slow enough to be killed in the middle
FIRST = "What is known of the customer."
SECOND = "What is known of the customer, newest last."


@pytest.fixture
def letta(site: str) -> Iterator[FaultyProxy]:
    with FaultyProxy(site) as proxy:
        yield proxy


@pytest.fixture
def worker_environment(letta: FaultyProxy) -> dict[str, str]:
    return {"LETTA_BASE_URL": letta.url, "LETTA_API_KEY": "test-engine-key"}


def publish(page: Page, note: str) -> None:
    page.get_by_role("button", name="Save and publish…").click()
    page.get_by_label("Note").fill(note)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("It never changes.")).to_be_visible()


def make_first_version(page: Page) -> None:
    page.goto("/templates/new/")
    page.get_by_role("button", name="Start from User memory").click()
    page.get_by_label("Name").fill("Customers")
    page.locator("#id_blocks-0-description").fill(FIRST)
    page.locator("#id_blocks-0-value").fill("Id: {{ subject_id }}")
    publish(page, "As the SDK has it, described anew.")


def make_second_version(page: Page) -> None:
    page.goto("/templates/")
    page.get_by_role("link", name="Customers").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("#id_blocks-0-description").fill(SECOND)
    page.get_by_role("button", name="Add a block").click()
    page.locator("#id_blocks-2-label").fill("wishes")
    page.locator("#id_blocks-2-limit").fill("400")
    publish(page, "Wishes have a place of their own.")


def create_in_the_browser(page: Page, subject_id: str) -> None:
    page.goto("/subjects/new/")
    page.get_by_label("Id", exact=True).fill(subject_id)
    page.get_by_label("Customers: human, summary").check()
    page.get_by_role("button", name="Create subject").click()
    expect(page.get_by_text(f"Id: {subject_id}")).to_be_visible()


def in_letta(subject: Subject) -> dict[str, tuple[str, int, str]]:
    assert subject.agent_id is not None
    blocks = agents().list_blocks(subject.agent_id)
    assert len({block.label for block in blocks}) == len(blocks)
    return {block.label: (block.description, block.limit, block.value) for block in blocks}


def has_first(subject: Subject) -> bool:
    now = in_letta(subject)
    return set(now) == {"human", "summary"} and now["human"] == (FIRST, 10_000, f"Id: {subject.subject_id}")


def has_second(subject: Subject) -> bool:
    now = in_letta(subject)
    human = now.get("human") == (SECOND, 10_000, f"Id: {subject.subject_id}")
    return human and set(now) == {"human", "summary", "wishes"} and now["wishes"] == ("", 400, "")


def requests(letta: FaultyProxy, method: str, *parts: str) -> Counter[str]:
    """How often each address was asked in this way."""
    return Counter(line for line in letta.seen if line.startswith(f"{method} /v1/") and all(part in line for part in parts))


def test_from_a_preset_to_everybody_and_back(letta: FaultyProxy, worker: Worker, reader: Reader, adam: User) -> None:
    page = reader.signed_in(adam)
    make_first_version(page)
    create_in_the_browser(page, "user_000")
    first = Version.objects.get(number=1)
    for place in range(1, EVERYBODY):
        start_subject(first, Filling(f"user_{place:03}"), adam)
    subjects = Subject.objects.order_by("subject_id")
    wait_until(lambda: not subjects.filter(agent_id=None).exists(), 60, "the agents were not created")
    wait_until(lambda: all(has_first(subject) for subject in subjects), 30, "they did not get the first version")

    make_second_version(page)
    page.get_by_role("link", name="Roll out", exact=True).click()
    page.get_by_role("button", name="Count what would change").click()
    expect(page.locator("#rollout h2.state").first).to_contain_text("To be looked at")
    expect(page.locator("#rollout")).to_contain_text(f"{EVERYBODY} subjects counted")
    expect(page.get_by_role("row", name="missing block")).to_contain_text(f"{EVERYBODY}")
    expect(page.locator(".revision")).to_have_count(10)
    expect(page.locator(".revision").first).to_contain_text("newest last")
    assert all(has_first(subject) for subject in subjects), "something was sent before it was begun"

    letta.seen.clear()
    page.get_by_label("Subjects a second, at most").fill(RATE)
    page.get_by_role("button", name=f"Roll out to {EVERYBODY} subjects").click()
    expect(page.locator("#rollout h2.state").first).to_contain_text("Under way")
    rollout = Rollout.objects.get()
    kill_at_the_worst_moments(letta, worker, rollout)
    expect(page.locator("#rollout h2.state").first).to_contain_text("Done", timeout=90_000)
    expect(page.locator("#rollout")).to_contain_text(f"{EVERYBODY} of {EVERYBODY} subjects: {EVERYBODY} changed")

    assert [subject.subject_id for subject in subjects if not has_second(subject)] == []
    assert set(Standing.objects.values_list("version__number", flat=True)) == {2}
    exactly_once(letta)

    page.get_by_role("button", name="Roll back").click()
    expect(page.locator("#rollout h2.state").first).to_contain_text("To be looked at")
    page.get_by_label("Subjects a second, at most").fill("")
    page.get_by_role("button", name=f"Roll back {EVERYBODY} subjects").click()
    expect(page.locator("#rollout h2.state").first).to_contain_text("Done", timeout=60_000)
    assert [subject.subject_id for subject in subjects if not has_first(subject)] == []
    assert set(Standing.objects.values_list("version__number", flat=True)) == {1}
    assert LettasBlock.objects.count() == 2 * EVERYBODY, "a block that was taken off was left behind"


def kill_at_the_worst_moments(letta: FaultyProxy, worker: Worker, rollout: Rollout) -> None:
    """While one lane waits to hear of a change that Letta made, and another of a block that it created."""

    def done() -> int:
        return RolloutItem.objects.filter(rollout=rollout, state="changed").count()

    wait_until(lambda: done() >= 6, 30)
    faults = [Fault("PATCH", "/v1/blocks/", "silent_after"), Fault("POST", "/v1/blocks/", "silent_after")]
    letta.faults = faults
    wait_until(lambda: not any(fault.times for fault in faults), 10, "the rollout was over before the kill")
    asked = requests(letta, "PATCH", "/v1/blocks/"), requests(letta, "POST", "/v1/blocks/")
    described = LettasBlock.objects.filter(description=SECOND)
    wait_until(lambda: described.count() >= len(asked[0]), 5)
    wait_until(lambda: LettasBlock.objects.filter(label="wishes").count() >= asked[1].total(), 5)
    worker.kill()
    assert 6 <= done() < EVERYBODY - 4, "it was to be killed in the middle"
    assert RolloutItem.objects.filter(rollout=rollout, state="working", asked_at__isnull=False).count() >= 2
    worker.restart()


def exactly_once(letta: FaultyProxy) -> None:
    """No block was changed, created or attached twice, in Letta or in what we wrote down."""
    changed = requests(letta, "PATCH", "/v1/blocks/")
    assert (len(changed), set(changed.values())) == (EVERYBODY, {1})
    assert requests(letta, "POST", "/v1/blocks/").total() == EVERYBODY
    attached = requests(letta, "PATCH", "/attach/")
    assert (len(attached), set(attached.values())) == (EVERYBODY, {1})
    assert LettasBlock.objects.count() == 3 * EVERYBODY
    made = Revision.objects.filter(source="template").order_by().values_list("block__label", "number")
    assert Counter(made) == {("human", 2): EVERYBODY, ("wishes", 1): EVERYBODY}
    assert not Revision.objects.filter(source="outside").exists()
    assert not Edit.objects.exists()
    assert Block.objects.filter(removed_at=None).count() == 3 * EVERYBODY
