"""Every page that shows what is remembered of somebody leaves an entry, whoever opens it and by whatever way."""

import re
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import User
from audit.actions import READS, Action
from audit.models import Entry
from audit.reading import readings
from subjects.models import Subject
from tests.addresses import address
from tests.pages import PAGES
from tests.subjects.pages.conftest import HTMX, Story, make_block, tell_story

SignIn = Callable[[User], Client]

# The pages of subjects and what opening each says. A page that is in neither table fails.
SAYS = {
    "subject-detail": Action.LOOKED_AT_MEMORY,
    "block-detail": Action.LOOKED_AT_BLOCK,
    "block-edit": Action.LOOKED_AT_BLOCK,
    "block-delete": Action.LOOKED_AT_BLOCK,
    "block-restore": Action.LOOKED_AT_BLOCK,
    "revision-list": Action.LOOKED_AT_HISTORY,
    "revision-compare": Action.COMPARED_REVISIONS,
    "timeline-detail": Action.LOOKED_AT_TIMELINE,
    "message-list": Action.LOOKED_AT_MESSAGES,
    "passage-list": Action.LOOKED_AT_ARCHIVE,
    "prompt-detail": Action.LOOKED_AT_PROMPT,
    "activity-detail": Action.LOOKED_AT_ACTIVITY,
    "run-list": Action.LOOKED_AT_RUNS,
    "run-detail": Action.LOOKED_AT_RUN,
    "document-create": Action.LOOKED_AT_FILES,
    "document-detail": Action.LOOKED_AT_FILE,
    "tidy-detail": Action.LOOKED_AT_TIDY,
}
SHOW_NO_MEMORY = {
    "subject-list": "ids, kinds and states; recorded when it is filtered by words of a memory",
    "search-detail": "a search without words; its hits are recorded, see below",
    "list-export-detail": "how far a list is written",
    "list-export-download": "ids, kinds and states; recorded as an export",
    "overview-detail": "counts",
    "connection-detail": "whether Letta answers",
    "sync-detail": "counts, and ids of agents",
    "letta-detail": "whether Letta answers",
    "capability-detail": "what Letta can do",
    "learning-test-detail": "a subject that is made up",
    "background-detail": "counts",
    "run-browse": "ids and states",
    "tidy-list": "ids and states",
    "freshness-detail": "whether our copy is in step",
    "block-create": "an empty form; with `again` recorded, see below",
    "conversation-create": "an empty form",
    "conversation-preview": "what the person has just typed",
    "conversation-learn": "leads back to the form",
}


@pytest.fixture
def story(db: None) -> Story:
    readings.forget()
    return tell_story()


def _of_subjects() -> list[str]:
    """The names of the addresses of subjects that can be opened."""
    modules = {
        str(entry.name): entry.callback.__module__ for entry in _flat(get_resolver()) if getattr(entry, "callback", None)
    }
    return sorted(name for name, module in modules.items() if module.startswith("subjects.") and "GET" in PAGES[name])


def _flat(resolver: object) -> list:  # type: ignore[type-arg]
    found = []
    for entry in resolver.url_patterns:  # type: ignore[attr-defined]
        found += _flat(entry) if hasattr(entry, "url_patterns") else [entry]
    return found


def test_every_page_of_subjects_says_what_opening_it_is() -> None:
    assert set(_of_subjects()) == SAYS.keys() | SHOW_NO_MEMORY.keys()


def _reads() -> list[str]:
    return list(Entry.objects.filter(action__in=READS).order_by("id").values_list("action", flat=True))


@pytest.mark.parametrize("name", SAYS)
def test_a_page_is_recorded_once_for_each_opening(name: str, story: Story, adam: User, sign_in: SignIn) -> None:
    client = sign_in(adam)
    for number in (1, 2):
        assert client.get(address(name, story)).status_code in (200, 302)
        assert _reads() == [SAYS[name]] * number
    entry = Entry.objects.filter(action=SAYS[name]).latest("id")
    assert (entry.subject, entry.actor) == (story.subject.pk, adam.pk)
    assert entry.request is not None


@pytest.mark.parametrize("name", SAYS)
def test_a_fragment_out_of_nowhere_is_a_reading_too(name: str, story: Story, adam: User, sign_in: SignIn) -> None:
    """Else a hand-made header would read everything unseen."""
    sign_in(adam).get(address(name, story), headers=HTMX)
    assert _reads() == [SAYS[name]]


@pytest.mark.parametrize("name", SHOW_NO_MEMORY)
def test_what_shows_no_memory_is_not_recorded(name: str, story: Story, adam: User, sign_in: SignIn) -> None:
    page = sign_in(adam).get(address(name, story))
    assert _reads() == []
    if page.status_code == 200:
        assert "Utrecht" not in page.text


def test_polls_of_an_open_page_are_the_same_reading(story: Story, sue: User, sign_in: SignIn) -> None:
    client = sign_in(sue)
    url = reverse("subject-detail", args=[story.subject.pk])
    seen = client.get(url).context["seen"]
    for query in ({"seen": seen}, {"seen": "other"}, {}):
        client.get(url, query, headers=HTMX)
        client.get(reverse("run-detail", args=[story.learning.pk]), query, headers=HTMX)
    assert _reads() == [Action.LOOKED_AT_MEMORY]


def test_the_same_page_open_with_somebody_else_is_another_reading(
    story: Story, sue: User, petra: User, sign_in: SignIn
) -> None:
    url = reverse("subject-detail", args=[story.subject.pk])
    sign_in(sue).get(url)
    sign_in(petra).get(url, headers=HTMX)
    assert set(Entry.objects.values_list("actor", flat=True)) == {sue.pk, petra.pk}


def test_search_hits_are_recorded_for_each_subject(story: Story, sue: User, sign_in: SignIn) -> None:
    others = [Subject.objects.create(subject_id=f"user_{number}") for number in range(3)]
    for other in others[:2]:
        make_block(other, "human", "Lives in Utrecht")
    sign_in(sue).get(reverse("search-detail"), {"q": "utrecht"})
    shown = Entry.objects.filter(action=Action.WAS_SHOWN_IN_SEARCH)
    assert {entry.subject for entry in shown} == {story.subject.pk, others[0].pk, others[1].pk}
    assert len({entry.request for entry in shown}) == 1


def test_an_id_that_was_found_is_no_memory(story: Story, sue: User, sign_in: SignIn) -> None:
    assert "user_sarah" in sign_in(sue).get(reverse("search-detail"), {"q": "user_sar", "in": "subjects"}).text
    assert _reads() == []


def test_a_list_by_words_is_recorded_and_saving_it_too(story: Story, sue: User, sign_in: SignIn) -> None:
    client = sign_in(sue)
    client.get("/", {"text": "Utrecht"})
    assert list(Entry.objects.values_list("action", "subject")) == [(Action.WAS_SHOWN_IN_LIST, story.subject.pk)]
    client.post(reverse("list-export-create"), {"text": "Utrecht"})
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.detail) == (Action.EXPORTED_LIST, {"rows": 1, "by_words": True})


def test_searching_the_archive_is_always_recorded(story: Story, sue: User, sign_in: SignIn) -> None:
    client = sign_in(sue)
    url = reverse("passage-list", args=[story.subject.pk])
    client.get(url)
    client.get(url, {"q": "cats"}, headers=HTMX)
    assert _reads() == [Action.LOOKED_AT_ARCHIVE, Action.SEARCHED_ARCHIVE]


def test_what_a_removed_block_held_is_a_reading(story: Story, sue: User, sign_in: SignIn) -> None:
    url = reverse("block-create", args=[story.subject.pk])
    sign_in(sue).get(url, {"again": str(story.human.pk)})
    assert _reads() == [Action.LOOKED_AT_BLOCK]


# Asking why


@pytest.fixture
def _asked(settings: LazySettings) -> None:
    settings.AUDIT_ASK_WHY = True


@pytest.mark.usefixtures("_asked")
@pytest.mark.parametrize("name", SAYS)
def test_nothing_is_shown_before_it_is_said_why(name: str, story: Story, adam: User, sign_in: SignIn) -> None:
    url = address(name, story)
    page = sign_in(adam).get(url)
    assert page.status_code == 302
    assert page["Location"].startswith(f"/audit/why/{story.subject.pk}/?next=")
    fragment = sign_in(adam).get(url, headers=HTMX | {"HX-Current-URL": f"http://testserver{url}"})
    assert re.match(rf"/audit/why/{story.subject.pk}/\?next=", fragment["HX-Redirect"])
    assert not fragment.content
    assert not Entry.objects.exists()


@pytest.mark.usefixtures("_asked")
def test_once_for_a_subject_and_session_and_kept_with_each_entry(story: Story, sue: User, sign_in: SignIn) -> None:
    client = sign_in(sue)
    url = reverse("subject-detail", args=[story.subject.pk])
    ask = client.get(url)["Location"]
    assert "Somebody’s memory comes next" in client.get(ask).text
    wrong = client.post(ask, {"reason": "complaint", "ticket": "Sarah’s call"})
    assert wrong.status_code == 422
    assert "A reference has a digit in it" in wrong.text
    back = client.post(ask, {"reason": "complaint", "ticket": "HELP-7"})
    assert back["Location"] == url
    assert client.get(url).status_code == 200
    assert client.get(reverse("message-list", args=[story.subject.pk])).status_code == 200
    assert set(Entry.objects.values_list("reason", "ticket")) == {("complaint", "HELP-7")}
    other = Subject.objects.create(subject_id="user_other")
    assert client.get(reverse("subject-detail", args=[other.pk])).status_code == 302
    assert sign_in(sue).get(url).status_code == 302, "another session"


@pytest.mark.usefixtures("_asked")
def test_searching_asks_once(story: Story, sue: User, sign_in: SignIn) -> None:
    client = sign_in(sue)
    ask = client.get(reverse("search-detail"), {"q": "utrecht"})["Location"]
    assert ask.startswith("/audit/why/?next=")
    assert client.post(ask, {"reason": "other-work"})["Location"] == "/search/?q=utrecht"
    assert "Utrecht" in client.get(reverse("search-detail"), {"q": "utrecht"}).text
    assert Entry.objects.filter(action=Action.WAS_SHOWN_IN_SEARCH).latest("id").reason == "other-work"


@pytest.mark.usefixtures("_asked")
def test_the_way_back_stays_on_this_site(story: Story, sue: User, sign_in: SignIn) -> None:
    url = reverse("why-detail", args=[story.subject.pk])
    for bad in ("https://example.org/", "//example.org", "javascript:alert(1)", ""):
        assert sign_in(sue).post(f"{url}?next={bad}", {"reason": "complaint"})["Location"] == "/"


@pytest.mark.usefixtures("_asked")
def test_a_change_waits_for_the_reason_as_well(story: Story, sue: User, sign_in: SignIn) -> None:
    client, url = sign_in(sue), reverse("line-flag", args=[story.human.pk])
    sent = {"line": "1", "base": "3", "note": "She moved to Breda."}
    page, fragment = client.post(url, sent), client.post(url, sent, headers=HTMX)
    assert (page.status_code, fragment.status_code) == (428, 200)
    ask = f"/audit/why/{story.subject.pk}/"
    for response in (page, fragment):
        assert f'href="{ask}"' in response.text
    assert 'name="note" value="She moved to Breda."' in page.text, "it can be sent from here"
    assert not story.human.flags.exists()
    client.post(ask, {"reason": "complaint"})
    client.post(url, sent)
    assert story.human.flags.count() == 1
