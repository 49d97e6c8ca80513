"""A frozen subject: every change refused, nothing synced, what was under way stopped; thawed, it goes on."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Entry
from memory_sdk import NewBlock
from subjects import delivery, freshness, sync
from subjects.creation import create_subject
from subjects.editing import Correction, add_block, edit_block, remove_block
from subjects.flags import flag_line, unflag
from subjects.freezing import Frozen, freeze, is_still, thaw
from subjects.learning import learn, retry
from subjects.letta import agents
from subjects.models import Block, Run, Subject, Tidy
from subjects.teaching import take_in
from subjects.tidying import tidy_up
from subjects.transcripts import Turn

pytestmark = pytest.mark.django_db(transaction=True)

TURNS = [Turn("user", "I live in Leiden")]
RESTRICTION, ERASURE = Subject.FrozenFor.RESTRICTION, Subject.FrozenFor.ERASURE


@pytest.fixture
def subject(db: None) -> Subject:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Name: Ida", 100)])
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    return subject


def test_every_change_is_refused_and_thawing_allows_it_again(subject: Subject, sue: User) -> None:
    block = subject.blocks.select_related("subject").get()
    flag = flag_line(block, "Name: Ida", by=sue)
    run = learn(subject, TURNS, source=Run.Source.TYPED, key="waits")
    assert freeze(subject, RESTRICTION), "the engine refuses other programs, too"
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    changes: list[Callable[[], object]] = [
        lambda: learn(subject, TURNS, source=Run.Source.TYPED, key="new"),
        lambda: retry(run),
        lambda: edit_block(block, Correction("Name: Eda", "", 100), base=1, reason="", by=sue),
        lambda: add_block(subject, NewBlock("more", "More."), reason="", by=sue),
        lambda: remove_block(block, base=1, reason="", by=sue),
        lambda: flag_line(block, "Name: Ida", by=sue),
        lambda: unflag(flag),
        lambda: tidy_up(subject, sue),
        lambda: take_in(subject, "notes.txt", b"Some notes", sue),
    ]
    for change in changes:
        with pytest.raises(Frozen, match="restricts its use"):
            change()
    assert Run.objects.count() == 1
    assert not Tidy.objects.exists()
    assert not subject.documents.exists()
    thaw(subject)
    assert retry(run)
    assert edit_block(block, Correction("Name: Eda", "", 100), base=1, reason="", by=sue) is not None


def test_an_answered_key_is_the_run_it_was_also_when_frozen(subject: Subject) -> None:
    run = learn(subject, TURNS, source=Run.Source.TYPED, key="once")
    freeze(subject, RESTRICTION)
    assert learn(subject, TURNS, source=Run.Source.TYPED, key="once").pk == run.pk


def test_what_is_under_way_is_stopped_and_waited_for(subject: Subject) -> None:
    run = learn(subject, TURNS, source=Run.Source.TYPED, key="under way")
    delivery.advance(str(subject.pk))
    run.refresh_from_db()
    assert run.state == Run.State.LEARNING
    freeze(subject, ERASURE)
    assert not is_still(subject)
    delivery.advance(str(subject.pk))
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert is_still(subject)
    assert Block.objects.get(subject=subject).revisions.count() == 1


def test_freezing_is_on_the_record_once(subject: Subject) -> None:
    request = uuid4()
    for why in (RESTRICTION, RESTRICTION, ERASURE, ERASURE, RESTRICTION):
        freeze(subject, why, request)
    entries = Entry.objects.filter(action="froze-subject").order_by("id")
    assert [(one.subject, one.privacy_request, one.detail["because_of"]) for one in entries] == [
        (subject.pk, request, "restriction"),
        (subject.pk, request, "erasure"),
    ]


def test_erasure_outranks_restriction(subject: Subject) -> None:
    freeze(subject, ERASURE)
    freeze(subject, RESTRICTION)
    assert subject.frozen_for == ERASURE


def test_sync_leaves_a_frozen_subject_as_it_is(subject: Subject) -> None:
    freeze(subject, RESTRICTION)
    subject.refresh_from_db()
    before = subject.mirrored_at
    block = subject.blocks.get()
    agents().thaw_agent(subject.agent_id or "")  # as a server that cannot freeze
    agents().update_block(block.block_id or "", value="Name: Eve")
    sync.sync(None, whole=True)
    subject.refresh_from_db()
    block.refresh_from_db()
    assert (subject.mirrored_at, block.value, subject.gone_at) == (before, "Name: Ida", None)
    thaw(subject)
    sync.sync(None, whole=True)
    block.refresh_from_db()
    assert block.value == "Name: Eve", "what happened meanwhile is read once it is thawed"


def test_what_would_be_refused_is_not_offered(subject: Subject, sue: User, sign_in: Callable[[User], Client]) -> None:
    client, page = sign_in(sue), f"/subjects/{subject.pk}/"
    offers = (f"/subjects/{subject.pk}/blocks/new/", f"/blocks/{subject.blocks.get().pk}/edit/")
    assert all(offer in client.get(page).text for offer in offers)
    assert "Add a passage" in client.get(f"{page}archive/").text
    freeze(subject, RESTRICTION)
    assert not any(offer in client.get(page).text for offer in offers)
    assert "Add a passage" not in client.get(f"{page}archive/").text
    assert freshness.check(Subject.objects.get()).sentence == "While it is frozen, it is not compared with Letta."


def test_pages_say_so_and_refuse_in_words(subject: Subject, sue: User, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(sue)
    page = f"/subjects/{subject.pk}/"
    assert b"Frozen" not in client.get(page).content
    freeze(subject, RESTRICTION)
    shown = client.get(page).content.decode()
    assert "A privacy request restricts the use of this memory." in shown
    assert "Add conversation" not in shown
    address = f"/subjects/{subject.pk}/archive/add/"
    refused = client.post(address, {"text": "more"})
    assert refused.status_code == 423
    assert b"This memory is frozen" in refused.content
    over_htmx = client.post(address, {"text": "more"}, headers={"HX-Request": "true"})
    assert over_htmx.headers["HX-Reswap"] == "none", "what was typed is not swapped or loaded away"
    assert "HX-Refresh" not in over_htmx.headers
    assert b'hx-swap-oob="beforeend"' in over_htmx.content
    assert b"restricts its use. Nothing was changed." in over_htmx.content
