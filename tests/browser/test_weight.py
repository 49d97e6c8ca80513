"""What a page weighs on its first load, with more in it than anybody has, and what is asked for again."""

import random
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from accounts.models import ApiKey, User
from accounts.roles import Role
from audit.actions import Action
from audit.recording import record
from privacy.requesting import Filer, file
from subjects.models import Document, Message, Run, Tidy
from tests.browser.conftest import Reader, Windows
from tests.browser.house import House, furnished
from tests.browser.test_every_page import SWEPT, reader_of
from tests.subjects.pages.conftest import Story, make_block, make_document, make_run, make_subject, make_tidy

MOST_BYTES = 150_000
"""of a first load with its style, scripts and pictures, as it goes over the wire"""
MANY = 60
"""rows of each list: more than one page of it"""
DRAW = random.Random(7)
VOCABULARY = ["".join(DRAW.choices("aeioubdfghklmnprstvwz", k=DRAW.randint(2, 9))) for _ in range(4_000)]


def text(words: int) -> str:
    """Words that cannot be compressed better than language can."""
    return " ".join(DRAW.choices(VOCABULARY, k=words)).capitalize() + "."


class Scales:
    """Weighs what a window loads, as the network counted it: with headers, and as it was compressed."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, int] = {}
        """of the page that was loaded last: what came over the wire for each address"""
        self._page = page
        self._asked: dict[str, str] = {}
        self._wire: CDPSession = page.context.new_cdp_session(page)
        self._wire.on("Network.requestWillBeSent", self._note)
        self._wire.on("Network.loadingFinished", self._weigh)
        self._wire.send("Network.enable")

    def _note(self, event: dict[str, Any]) -> None:
        self._asked[event["requestId"]] = event["request"]["url"]

    def _weigh(self, event: dict[str, Any]) -> None:
        address = self._asked.get(event["requestId"], "")
        self.bytes[address] = self.bytes.get(address, 0) + int(event["encodedDataLength"])

    def first(self, address: str) -> int:
        """What a page weighs for somebody who was never here."""
        self._wire.send("Network.clearBrowserCache")
        return self.again(address)

    def again(self, address: str) -> int:
        """What it weighs for somebody who was."""
        self.bytes = {}
        self._page.goto(address)
        expect(self._page.locator(".htmx-request")).to_have_count(0)
        return sum(self.bytes.values())


@pytest.fixture
def crowd(site: str) -> House:
    """A house with a subject that everything happened to, and long lists of all that there are lists of."""
    house = furnished()
    story = house.told.story
    admin, officer = (User.objects.get(email=f"{role}@example.com") for role in (Role.ADMIN, Role.PRIVACY_OFFICER))
    remember_much(story)
    for place in range(MANY):
        subject = make_subject(f"user_{text(1)[:-1].lower()}_{place}", tags=["vip"])
        make_block(subject, "human", text(40))
        make_run(subject, Run.State.COMPLETED, ("user", text(20)))
        make_document(story.subject, Document.State.STORED, text(30), name=f"letter-{place}.pdf")
        make_tidy(subject, Tidy.State.READY, (story.summary, text(10)))
        ApiKey.issue(f"portal {place}", admin)
        User.objects.create_user(f"person{place}@example.com", name=f"Person {place}")
        record(Action.CORRECTED_BLOCK, by=admin, subject=story.subject.pk, detail={"revision": place})
        file("access", subject.subject_id, Filer(officer), confirmed=True)
    return house


def remember_much(story: Story) -> None:
    """A block of 450 lines, all of which were changed once, and a run of 400 turns."""
    values = ["\n".join(text(9) for _ in range(450)) for _ in range(2)]
    make_block(story.subject, "history", *values, limit=100_000)
    run = story.failed
    Message.objects.bulk_create(
        Message(
            subject=story.subject, run=run, position=10 + place, role="user" if place % 2 else "assistant", content=text(60)
        )
        for place in range(400)
    )
    Run.objects.filter(pk=run.pk).update(message_count=401)


def test_no_first_load_is_heavier_than_150_kb_and_nothing_is_loaded_twice(crowd: House, reader: Reader) -> None:
    windows = Windows(reader, crowd.told.sessions)
    scales = {role: Scales(windows.of(role)) for role in {reader_of(name) for name in SWEPT}}
    weights = {name: scales[reader_of(name)].first(crowd.addresses[name][0]) for name in SWEPT}
    assert {name: weight for name, weight in weights.items() if weight >= MOST_BYTES} == {}
    assert min(weights.values()) > 30_000, "style and scripts are weighed, too"
    ours = scales[Role.ADMIN]
    for name in ("subject-detail", "subject-detail", "run-detail"):
        ours.again(crowd.addresses[name][0])
        loaded = [address for address, size in ours.bytes.items() if size and "/static/" in address]
        # The icon is the browser's own business: it asks for it some time after the page.
        assert [address for address in loaded if not address.endswith(".svg")] == []
