"""The archive: passages listed, searched, added and deleted, and said when Letta does not answer."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from audit.actions import READS
from audit.models import Entry
from subjects import delivery
from subjects.creation import create_subject
from subjects.letta import agents
from subjects.models import Document, Subject
from tests.faulty_proxy import Fault, FaultyProxy, Trouble
from tests.subjects.pages.conftest import make_subject

SOME_PASSAGE = "passage-123e4567-e89b-42d3-8456-426614174000"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def subject(proxy: FaultyProxy) -> Subject:
    subject = create_subject("user_ida", Subject.Kind.SUBJECT, [])
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    assert subject.agent_id is not None
    agents().create_passage(subject.agent_id, "The warranty of the lamp ends in March.", ["warranty"])
    agents().create_passage(subject.agent_id, "Ida prefers to be called after four. <b>", ["user"])
    return subject


def texts(page: str) -> list[str]:
    listed = page[page.index('class="turns passages"') :] if "turns passages" in page else ""
    return re.findall(r'<div class="text">(.*?)</div>', listed, re.DOTALL)


def test_passages_stand_with_tags_and_what_search_covers(support: Client, subject: Subject) -> None:
    page = support.get(f"/subjects/{subject.pk}/archive/").text
    warranty, calls = "The warranty of the lamp ends in March.", "Ida prefers to be called after four. &lt;b&gt;"
    assert [text for text in texts(page) if not text.startswith("Initialized")] == [warranty, calls]
    assert '<span class="pill">warranty</span>' in page
    assert "Search covers the passages here." in page


def test_a_passage_from_a_file_names_the_file(support: Client, subject: Subject) -> None:
    other = make_subject("user_bob")
    mine, theirs = (
        Document.objects.create(subject=whose, name=name, size=1, state=Document.State.STORED)
        for whose, name in ((subject, "intake.pdf"), (other, "secret.pdf"))
    )
    assert subject.agent_id is not None
    agents().create_passage(subject.agent_id, "From a file.", ["file", str(mine.pk), f"{mine.pk}-2"])
    agents().create_passage(subject.agent_id, "From nowhere we know.", ["file", str(theirs.pk), f"{theirs.pk}-1"])
    page = support.get(f"/subjects/{subject.pk}/archive/").text
    assert f'href="/files/{mine.pk}/" title="The file that this came from">intake.pdf, part 2</a>' in page
    assert page.count('<span class="pill">file</span>') == 1, "its name says so"
    assert f'<span class="pill">{theirs.pk}</span>' in page, "of another's file nothing but what Letta says"
    assert "secret.pdf" not in page


@pytest.mark.parametrize(
    ("how", "query", "found", "said"),
    [
        ("best", "warranties", 1, "by words (full text), best first: no embedding model is configured"),
        ("words", "CALLED AFTER", 1, "hold these words as they stand"),
        ("words", "warranties", 0, "No passage fits"),
        ("best", "giraffe", 0, "No passage fits"),
        ("upside-down", "lamp", 3, "Select a valid choice"),
    ],
)
def test_search_says_how_it_searched(how: str, query: str, found: int, said: str, support: Client, subject: Subject) -> None:
    page = support.get(f"/subjects/{subject.pk}/archive/", {"q": query, "how": how}).text
    assert said in page
    assert len([text for text in texts(page) if not text.startswith("Initialized")]) == min(found, 2)


def test_a_long_archive_is_paged_without_losing_a_row(support: Client, subject: Subject) -> None:
    assert subject.agent_id is not None
    for number in range(60):
        agents().create_passage(subject.agent_id, f"note {number:02d}")
    first = support.get(f"/subjects/{subject.pk}/archive/").text
    [following] = re.findall(r'rel="next" href="\?after=([^"]+)"', first)
    second = support.get(f"/subjects/{subject.pk}/archive/", {"after": following}).text
    together = texts(first) + texts(second)
    assert [text for text in together if text.startswith("note")] == [f"note {number:02d}" for number in range(60)]
    assert 'rel="next"' not in second


def test_a_passage_is_added_and_deleted(support: Client, subject: Subject) -> None:
    new = {"text": "Has a\r\nparrot", "tags": "pets, loud,pets, ", "key": uuid4()}
    page = support.post(f"/subjects/{subject.pk}/archive/add/", new, follow=True).text
    assert "The passage was added." in page
    assert "Has a\nparrot" in texts(page)
    assert subject.agent_id is not None
    [added] = agents().list_passages(subject.agent_id, text="parrot")
    assert added.tags[:2] == ("pets", "loud")
    gone = support.post(f"/subjects/{subject.pk}/archive/delete/", {"passage": added.id}, follow=True).text
    assert "The passage was deleted." in gone
    assert not agents().list_passages(subject.agent_id, text="parrot")
    again = support.post(f"/subjects/{subject.pk}/archive/delete/", {"passage": added.id}, follow=True).text
    assert "Letta no longer has this passage." in again


def test_an_empty_passage_is_refused_and_a_long_one_too(support: Client, subject: Subject) -> None:
    for text, said in ((" \n", "Write what is to be kept."), ("x" * 20_001, "at most 20000 characters")):
        response = support.post(f"/subjects/{subject.pk}/archive/add/", {"text": text, "key": uuid4()})
        assert (response.status_code, said in response.text) == (422, True)


def test_letta_down_is_said_and_what_was_typed_is_kept(support: Client, subject: Subject, proxy: FaultyProxy) -> None:
    url = f"/subjects/{subject.pk}/archive/"
    for address in (url, f"{url}?q=lamp", f"{url}?q=lamp&how=words"):
        proxy.faults.append(Fault("GET", "archival-memory", "refuse", times=2))
        page = support.get(address)
        assert page.status_code == 200
        assert "Letta has not answered yet." in page.text, "the page is there, and asks again behind it"
        proxy.faults.append(Fault("GET", "archival-memory", "refuse", times=2))
        page = support.get(address, headers={"HX-Request": "true"})
        assert "The archive lies in Letta alone, which cannot be read now" in page.text
    proxy.faults.append(Fault("POST", "archival-memory", "error_500"))
    page = support.post(f"{url}add/", {"text": "Has a parrot", "key": uuid4()})
    assert (page.status_code, "Has a parrot</textarea>" in page.text) == (502, True)
    proxy.faults.append(Fault("DELETE", "archival-memory", "error_500"))
    assert "perhaps not deleted" in support.post(f"{url}delete/", {"passage": SOME_PASSAGE}, follow=True).text


def recorded(subject: Subject) -> list[str]:
    """What the audit log says of the archive's changes; the engine, which answers here, records its own part."""
    entries = Entry.objects.filter(subject=subject.pk).exclude(action__in=(*READS, "created-subject"))
    return list(entries.exclude(action__endswith="-by-api").order_by("id").values_list("action", flat=True))


def test_the_record_says_what_was_asked_and_what_came_of_it(support: Client, subject: Subject) -> None:
    new = {"text": "Has a parrot", "key": str(uuid4())}
    for _ in range(2):
        support.post(f"/subjects/{subject.pk}/archive/add/", new)
    assert recorded(subject) == ["asked-to-add-passage", "added-passage"]
    assert subject.agent_id is not None
    [added] = agents().list_passages(subject.agent_id, text="parrot")
    assert Entry.objects.get(action="added-passage").detail == {"key": new["key"], "passage": added.id}
    for _ in range(2):
        support.post(f"/subjects/{subject.pk}/archive/delete/", {"passage": added.id})
    assert recorded(subject)[2:] == [
        *("asked-to-delete-passage", "deleted-passage"),
        *("asked-to-delete-passage", "archive-unchanged"),
    ]


@pytest.mark.parametrize("trouble", ["refused_422", "error_500", "lose_answer"])
def test_no_entry_claims_a_change_that_letta_did_not_confirm(
    trouble: Trouble, support: Client, subject: Subject, proxy: FaultyProxy
) -> None:
    unknown = [] if trouble == "refused_422" else ["archive-unchanged"]
    new = {"text": "Has a parrot", "key": str(uuid4())}
    proxy.faults.append(Fault("POST", "archival-memory", trouble))
    support.post(f"/subjects/{subject.pk}/archive/add/", new)
    asked = recorded(subject)
    assert asked == [one for one in ("asked-to-add-passage", "archive-unchanged") if one not in unknown]
    support.post(f"/subjects/{subject.pk}/archive/add/", new)  # by the mark of the first it tells whether that arrived
    again = ["added-passage"] if trouble == "lose_answer" else ["asked-to-add-passage", "added-passage"]
    assert recorded(subject) == asked + again
    assert subject.agent_id is not None
    [added] = agents().list_passages(subject.agent_id, text="parrot")
    proxy.faults.append(Fault("DELETE", "archival-memory", trouble))
    support.post(f"/subjects/{subject.pk}/archive/delete/", {"passage": added.id})
    deleting = [one for one in ("asked-to-delete-passage", "archive-unchanged") if one not in unknown]
    assert recorded(subject) == asked + again + deleting


def test_what_names_no_passage_is_not_asked_of_letta(support: Client, subject: Subject, proxy: FaultyProxy) -> None:
    before = len(proxy.seen)
    support.post(f"/subjects/{subject.pk}/archive/delete/", {"passage": "my neighbour Omar"})
    assert (recorded(subject), proxy.seen[before:]) == ([], [])


def test_an_auditor_reads_the_archive_only(auditor: Client, subject: Subject) -> None:
    page = auditor.get(f"/subjects/{subject.pk}/archive/").text
    assert "warranty of the lamp" in page
    assert "Add a passage" not in page
    assert "Delete" not in page


def test_without_an_agent_there_is_no_archive_yet(support: Client) -> None:
    subject = make_subject("user_new", agent_id=None)
    page = support.get(f"/subjects/{subject.pk}/archive/").text
    assert "It comes with the subject’s agent." in page
