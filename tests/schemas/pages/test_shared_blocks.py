"""The pages of shared blocks: made, changed for all with their number confirmed, merged, put back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schemas.models import SharedBlock
from subjects.letta import agents
from subjects.models import Block, Subject
from tests.faulty_proxy import Fault, FaultyProxy
from tests.schemas.shared import written_order, written_shared
from tests.subjects.pages.conftest import HTMX, make_block, make_subject

NEW = {"label": "policies", "value": "Be kind.", "description": "For all.", "limit": "500", "read_only": "on"}


@pytest.fixture
def support(sue: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(sue)


def holder(shared: SharedBlock, name: str, value: str | None = None) -> Block:
    block = make_block(make_subject(f"user_{name}"), shared.label, shared.value if value is None else value, limit=500)
    Block.objects.filter(pk=block.pk).update(
        block_id=shared.block_id, description=shared.description, read_only=shared.read_only
    )
    block.refresh_from_db()
    return block


class TestInLetta:
    """What is sent."""

    pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

    @pytest.fixture
    def shared(self, proxy: FaultyProxy, admin: Client) -> SharedBlock:
        assert admin.post("/templates/shared/new/", NEW).status_code == 302
        shared = SharedBlock.objects.get()
        assert shared.block_id
        return shared

    def sent(self, shared: SharedBlock, **other: object) -> dict[str, object]:
        return {"base": 1, "value": "New.", "description": shared.description, "limit": 500, "read_only": "on",
                "reason": "Legal asked.", **other}  # fmt: skip

    def test_an_edit_needs_the_number_confirmed(self, shared: SharedBlock, admin: Client) -> None:
        holder(shared, "ann")
        address = f"/templates/shared/{shared.pk}/edit/"
        assert "Change it for 1 subject" in admin.get(address).text
        refused = admin.post(address, self.sent(shared))
        assert refused.status_code == 409
        assert "New." in refused.text, "what was typed is kept"
        assert agents().get_block(shared.block_id or "").value == "Be kind."
        assert admin.post(address, self.sent(shared, confirmed=1)).status_code == 302
        assert agents().get_block(shared.block_id or "").value == "New."
        page = admin.get(f"/templates/shared/{shared.pk}/").text
        assert "Edited by Adam" in page
        assert "Legal asked." in page

    def test_two_changes_are_merged_and_nothing_is_lost(self, shared: SharedBlock, admin: Client) -> None:
        agents().update_block(shared.block_id or "", value="Be kind.\nTheirs.")
        address = f"/templates/shared/{shared.pk}/edit/"
        screen = admin.post(address, self.sent(shared, value="Mine.\nBe kind."))
        assert screen.status_code == 409
        assert screen.context["screen"].text == "Mine.\nBe kind.\nTheirs."
        again = self.sent(shared, base=2, started=1, mine="Mine.\nBe kind.", merged="Mine.\nBe kind.\nTheirs.",
                          value="Mine.\nBe kind.\nTheirs.")  # fmt: skip
        assert admin.post(address, again).status_code == 302
        assert agents().get_block(shared.block_id or "").value == "Mine.\nBe kind.\nTheirs."

    def test_a_conflict_is_chosen_in_place(self, shared: SharedBlock, admin: Client) -> None:
        agents().update_block(shared.block_id or "", value="Theirs.")
        address = f"/templates/shared/{shared.pk}/edit/"
        screen = admin.post(address, self.sent(shared, value="Mine.")).context["screen"]
        assert screen.merge.conflicts == 1
        chosen = self.sent(shared, base=2, started=1, mine="Mine.", merged=screen.text, value=screen.text, action="choose")
        fragment = admin.post(address, chosen | {"choice-0": "mine"}, headers=HTMX)
        assert fragment.status_code == 200
        assert fragment.context["form"].initial["value"] == "Mine."

    def test_a_description_and_a_limit_changed_on_both_sides_are_chosen_too(
        self, shared: SharedBlock, admin: Client
    ) -> None:
        agents().update_block(shared.block_id or "", description="Theirs.", limit=900, read_only=False)
        address = f"/templates/shared/{shared.pk}/edit/"
        mine = self.sent(shared, value="Be kind.", description="Mine.", limit=600)
        screen = admin.post(address, mine).text
        assert "2 places changed on both sides" in screen
        assert "<pre>Theirs.</pre>" in screen
        assert "<pre>900 characters</pre>" in screen
        assert "They changed whether agents may change it" in screen
        kept = {name: mine[name] for name in ("value", "description", "limit")}
        again = self.sent(shared, **kept, base=2, started=1, mine="Be kind.", merged="Be kind.", mine_description="Mine.",
                          mine_limit=600, mine_read_only="True")  # fmt: skip
        del again["read_only"]
        shown = admin.post(address, again | {"action": "save", "choice-description": "theirs"})
        assert shown.context["form"].initial["description"] == "Theirs."
        assert agents().get_block(shared.block_id or "").limit == 900, "shown first"
        put = {"choice-description": "theirs", "put-description": "theirs", "description": "Theirs."}
        assert admin.post(address, again | put).status_code == 302
        seen = agents().get_block(shared.block_id or "")
        assert (seen.description, seen.limit, seen.read_only) == ("Theirs.", 600, False)

    def test_a_changed_description_can_be_read_in_the_history_and_before_it_is_put_back(
        self, shared: SharedBlock, admin: Client
    ) -> None:
        admin.post(f"/templates/shared/{shared.pk}/edit/", self.sent(shared, value="Be kind.", description="For everybody."))
        words = '<span class="l">Description</span>For <del>{}</del><ins class="instead">{}</ins>.</div>'
        page = admin.get(f"/templates/shared/{shared.pk}/").text
        assert words.format("all", "everybody") in page
        assert '<p class="what">For everybody.</p>' in page
        assert words.format("everybody", "all") in admin.get(f"/templates/shared/{shared.pk}/restore/1/").text

    def test_one_put_aside_during_an_edit_keeps_what_was_typed(self, shared: SharedBlock, admin: Client) -> None:
        edit, restore = (f"/templates/shared/{shared.pk}/{act}/" for act in ("edit", "restore/1"))
        assert admin.get(edit).status_code == 200
        assert admin.post(f"/templates/shared/{shared.pk}/archive/").status_code == 302
        for address, sent in ((edit, self.sent(shared)), (restore, {"base": 1, "reason": "Legal asked."})):
            response = admin.post(address, sent)
            assert response.status_code == 422
            assert "Nothing was changed: this shared block was put aside meanwhile." in response.text
            assert "Legal asked." in response.text
            assert admin.get(address).headers["Location"] == f"/templates/shared/{shared.pk}/", "an old link"
        assert "New." in admin.post(edit, self.sent(shared)).text
        assert agents().get_block(shared.block_id or "").value == "Be kind."

    def test_back_to_an_earlier_revision(self, shared: SharedBlock, admin: Client) -> None:
        admin.post(f"/templates/shared/{shared.pk}/edit/", self.sent(shared))
        address = f"/templates/shared/{shared.pk}/restore/1/"
        assert "<del>" in admin.get(address).text
        assert admin.post(address, {"base": 1, "reason": "Too short."}).status_code == 409, "it changed meanwhile"
        assert admin.post(address, {"base": 2, "reason": "Too short."}).status_code == 302
        assert agents().get_block(shared.block_id or "").value == "Be kind."

    @pytest.mark.parametrize(("trouble", "words"), [("error_500", "Not confirmed"), ("refused_422", "Nothing was changed")])
    def test_trouble_with_letta_is_told_and_keeps_what_was_typed(
        self, shared: SharedBlock, admin: Client, proxy: FaultyProxy, trouble: str, words: str
    ) -> None:
        proxy.faults.append(Fault("PATCH", "/v1/blocks/", trouble))  # type: ignore[arg-type]
        response = admin.post(f"/templates/shared/{shared.pk}/edit/", self.sent(shared))
        assert response.status_code == 502
        assert words in response.text
        assert "New." in response.text

    def test_one_of_other_programs_is_taken_over(self, admin: Client, proxy: FaultyProxy) -> None:
        response = admin.post("/templates/shared/adopt/", {"block_id": "block-00000000-0000-4000-8000-000000000000"})
        assert response.status_code == 422
        assert "Letta has no block with this id." in response.text


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"label": ""}, "Give the block a label"),
        ({"label": "my policies"}, "The label"),
        ({"limit": "0"}, "greater than or equal to 1"),
        ({"limit": "5"}, "8 characters are 3 more than the limit of 5."),
    ],
)
def test_bad_input_is_said_in_place(admin: Client, changes: dict[str, str], words: str) -> None:
    response = admin.post("/templates/shared/new/", NEW | changes)
    assert response.status_code == 422
    assert words in response.text
    assert not SharedBlock.objects.exists()


def test_the_page_with_history_and_the_list(support: Client, adam: User) -> None:
    shared = written_shared("Be kind.", "Be kind & fair.", by=adam, subjects=3)
    page = support.get(f"/templates/shared/{shared.pk}/").text
    assert "Be kind &amp; fair." in page
    assert "3 subjects" in page
    assert "<ins" in page
    assert f"/templates/shared/{shared.pk}/edit/" not in page, "support reads"
    assert "policies</a>" in support.get("/templates/shared/").text
    SharedBlock.objects.update(archived_at=timezone.now())
    assert "policies</a>" not in support.get("/templates/shared/").text
    assert "policies</a>" in support.get("/templates/shared/?archived=1").text


def test_who_has_it_page_by_page(support: Client) -> None:
    shared = written_shared()
    blocks = sorted((holder(shared, f"n{number:02}") for number in range(30)), key=lambda block: block.subject_id)
    first = support.get(f"/templates/shared/{shared.pk}/subjects/")
    assert [row.subject_id for row in first.context["page"].rows] == [block.subject_id for block in blocks[:25]]
    second = support.get(f"/templates/shared/{shared.pk}/subjects/?after={first.context['page'].after}")
    assert [row.subject_id for row in second.context["page"].rows] == [block.subject_id for block in blocks[25:]]


@pytest.mark.parametrize(
    "page", ["/subjects/{subject}/", "/blocks/{block}/", "/blocks/{block}/history/", "/subjects/{subject}/timeline/"]
)
def test_no_page_of_a_subject_shows_an_older_text(support: Client, page: str) -> None:
    shared = written_shared("Old words.", "New words.", following_since=timezone.now() - timedelta(seconds=5))
    block = holder(shared, "ann", "Old words.")
    text = support.get(page.format(subject=block.subject_id, block=block.pk)).text
    assert "New" in text
    block.refresh_from_db()
    assert block.value == "New words."
    latest = block.revisions.order_by("-number")[0]
    assert (latest.number, latest.source, latest.reason) == (2, "edit", "Legal asked.")


def test_a_copy_is_changed_on_the_page_of_the_shared_block(support: Client) -> None:
    shared = written_shared()
    block = holder(shared, "ann")
    for page in (f"/blocks/{block.pk}/edit/", f"/blocks/{block.pk}/restore/1/"):
        assert support.get(page)["Location"] == f"/templates/shared/{shared.pk}/"
        in_place = support.get(page, headers=HTMX)
        assert in_place["HX-Redirect"] == f"/templates/shared/{shared.pk}/"
    own = make_block(block.subject, "human", "Ann")
    assert "shared" not in support.get(f"/blocks/{own.pk}/edit/").headers.get("Location", "")


def test_from_a_block_that_others_have_to_taking_it_over(admin: Client, support: Client) -> None:
    first, second = (make_block(make_subject(f"user_{name}"), "playbook", "Call back.") for name in ("ann", "bob"))
    Block.objects.filter(pk__in=[first.pk, second.pk]).update(block_id="block-shared")
    link = f"/templates/shared/adopt/?block={first.pk}"
    assert "shared with 1 other subject" in support.get(f"/blocks/{first.pk}/").text
    assert link not in support.get(f"/blocks/{first.pk}/").text
    assert link in admin.get(f"/blocks/{first.pk}/").text
    assert 'value="block-shared"' in admin.get(link).text
    shared = written_shared(block_id="block-shared")
    assert admin.get(link)["Location"] == f"/templates/shared/{shared.pk}/", "one that is here already"


def test_the_pages_ask_the_same_however_many_there_are(support: Client) -> None:
    shared = written_shared()
    order = written_order(shared, *((make_subject(f"user_{number}"), "refused", "taken") for number in range(2)))
    addresses = ["/templates/shared/", f"/templates/shared/{shared.pk}/", f"/templates/shared/{shared.pk}/subjects/",
                 f"/templates/distributions/{order.pk}/"]  # fmt: skip

    def queries() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as seen:
                assert support.get(address).status_code == 200
            counts.append(len(seen))
        return counts

    holder(shared, "ann")
    before = queries()
    for number in range(10):
        other = written_shared(*(f"Text {one}." for one in range(5)), label=f"more{number}")
        written_order(shared, (Subject.objects.first() or make_subject("user_x"), "refused", "taken"))
        holder(shared, f"more{number}")
        assert other.revisions.count() == 5
    assert queries() == before
    assert max(before) <= 12, before
