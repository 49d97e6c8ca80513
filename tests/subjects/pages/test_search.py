"""Search over everything: what is found, in which order, how it is shown, and what it may cost."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from subjects import frequency, searching
from subjects.models import Run, Subject
from subjects.searching import Terms, terms_of
from subjects.snippets import SHOWN, excerpt, snippet
from tests.subjects.pages.conftest import Story, make_block, make_run, make_subject

EVIL = "<img src=x onerror=alert(1)>"


def found(client: Client, q: str, **more: str) -> dict[str, list[str]]:
    """Section → the ids of the subjects that its hits belong to."""
    page = client.get("/search/", {"q": q, **more})
    assert page.status_code == 200
    return {
        section.name: [
            hit["row"].subject_id if isinstance(hit["row"], Subject) else hit["row"].subject.subject_id
            for hit in section.hits
        ]
        for section in page.context.get("sections", [])
    }


def said(subject_id: str, *texts: str) -> Subject:
    subject = make_subject(subject_id)
    make_run(subject, Run.State.COMPLETED, *(("user", text) for text in texts))
    return subject


# What is found


def test_ids_are_found_by_their_beginning_the_exact_one_first(support: Client) -> None:
    for subject_id in ("user_sarah_2", "user_sarah", "other_user_sarah"):
        make_subject(subject_id)
    assert found(support, "USER_sarah")["subjects"] == ["user_sarah", "user_sarah_2"]


def test_words_are_found_in_memory_and_messages_with_where_they_are_from(support: Client, story: Story) -> None:
    page = support.get("/search/", {"q": "utrecht"})
    assert found(support, "utrecht") == {"subjects": [], "blocks": ["user_sarah"], "messages": ["user_sarah"]}
    assert "Lives in <mark>Utrecht</mark>" in page.text
    assert "I moved to <mark>Utrecht</mark>" in page.text
    assert f'href="/subjects/{story.subject.pk}/#block-{story.human.pk}">block human</a>' in page.text
    assert f'href="/runs/{story.learned.pk}/?turn=0#turn-0">said by user</a>' in page.text


@pytest.mark.parametrize(
    ("q", "hits"),
    [
        ("cat flap", ["b", "a"]),  # every word, in any place; newest first
        ("flap cats", ["b"]),
        ("cat fla", ["b", "a"]),  # the last one cut short
        ("ca flap", []),  # but only the last
        ("cat fla ", []),  # and not when a space ends it
        ("cat fl", []),  # nor when it is too short to mean anything
        ('"a flap"', ["b"]),
        ('"flap cat"', []),
        ("CAT", ["b", "a"]),
        ("o'neill", ["c"]),
        ("jo@example.com", ["c"]),
        ("NR-0042", ["c"]),
        ("größe", ["c"]),
        ("cat & | ! ( ) : * \\ '", ["b", "a"]),
    ],
)
def test_every_word_must_occur_and_quotation_marks_keep_words_together(q: str, hits: list[str], support: Client) -> None:
    said("a", "The flap for the cat.")
    said("b", "A cat wants a flap; cats do.")
    said("c", "O'Neill, jo@example.com, order NR-0042, Größe 42.")
    assert found(support, q)["messages"] == hits


@pytest.mark.parametrize("q", ["", "   ", "!!!", '""', "'", "\x00", ":*"])
def test_nothing_to_look_for_asks_for_something(q: str, support: Client) -> None:
    said("a", "Anything.")
    page = support.get("/search/", {"q": q})
    assert page.status_code == 200
    assert "sections" not in page.context


def test_what_is_not_there_is_said(support: Client, story: Story) -> None:
    assert "Nothing found for “zzzzz”" in support.get("/search/", {"q": "zzzzz"}).text


def test_blocks_that_were_taken_off_are_not_found(support: Client, story: Story) -> None:
    story.human.removed_at = story.human.created_at
    story.human.save()
    assert found(support, "utrecht")["blocks"] == []


def test_found_text_is_escaped_around_and_inside_its_marks(support: Client) -> None:
    subject = said(f"user_{EVIL}", f"say {EVIL} now")
    make_block(subject, f"label{EVIL}", f"say {EVIL} now")
    page = support.get("/search/", {"q": "onerror"}).text
    assert "<img" not in page
    assert page.count("&lt;img src=x <mark>onerror</mark>=alert(1)&gt;") == 2
    assert "<script" not in support.get("/search/", {"q": "<script>alert(1)</script>"}).text.split("<main")[1]


# Snippets


def test_a_snippet_is_cut_between_words_around_the_first_hit() -> None:
    text = "word " * 100 + "needle " + "word " * 100
    terms = terms_of("needle")
    assert terms is not None
    cut = snippet(text, terms)
    whole = "".join(part.text for part in cut.segments)
    assert (cut.before, cut.after) == (True, True)
    assert [part.text for part in cut.segments if part.hit] == ["needle"]
    assert whole.startswith("word ")
    assert whole.endswith(" word")
    assert len(whole) < 220


def test_an_excerpt_is_needed_only_where_something_is_cut_or_marked() -> None:
    assert excerpt("word " * 400) is None
    cut = excerpt("word " * 401)
    assert cut is not None
    assert [part.text for part in cut.segments] == [("word " * 400).rstrip()]
    assert (cut.before, cut.after) == (False, True)


def test_an_excerpt_of_a_short_text_is_all_of_it_with_every_hit_marked() -> None:
    text = "tea " + "and more " * 50 + "tea"
    cut = excerpt(text, Terms(("tea",), start=False))
    assert cut is not None
    assert "".join(part.text for part in cut.segments) == text
    assert [part.text for part in cut.segments if part.hit] == ["tea", "tea"]


def test_an_excerpt_of_a_long_text_shows_the_hit() -> None:
    text = "before " * SHOWN + "needle " + "after " * SHOWN
    cut = excerpt(text, Terms(("needle",), start=False))
    assert cut is not None
    assert "needle" in [part.text for part in cut.segments]
    assert (cut.before, cut.after) == (True, True)
    assert len("".join(part.text for part in cut.segments)) <= SHOWN + len("needle")


def test_a_snippet_marks_whole_words_and_whatever_the_last_one_continues_to() -> None:
    cut = snippet("Cat, concat, catalogue and flaps", Terms(("cat", "fla"), start=True))
    assert [part.text for part in cut.segments if part.hit] == ["Cat", "flaps"]


def test_a_text_whose_hit_lies_past_what_is_shown_is_its_beginning() -> None:
    assert "".join(part.text for part in snippet("nothing here", Terms(("needle",), start=False)).segments) == "nothing here"


# Pages and limits


def test_a_section_pages_on_its_own_and_misses_nothing(support: Client) -> None:
    said("a", *(f"parcel {number}" for number in range(60)))
    page = support.get("/search/", {"q": "parcel"})
    assert len(page.context["sections"][2].hits) == 10
    assert "?q=parcel&amp;in=messages" in page.text
    texts: list[str] = []
    after = ""
    while after is not None:
        page = support.get("/search/", {"q": "parcel", "in": "messages", "after": after})
        [section] = page.context["sections"]
        texts += [hit["row"].content for hit in section.hits]
        after = section.page.after
    assert texts == [f"parcel {number}" for number in range(59, -1, -1)]


def test_the_number_of_queries_does_not_grow(support: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    subject = said("parcel_1", "parcel")
    make_block(subject, "human", "parcel")
    # session, person, subjects; of blocks and messages each: how frequent (two), with a time limit in a
    # transaction (three) the hits and their subjects; audit
    with django_assert_num_queries(18):
        support.get("/search/", {"q": "parcel"})
    for number in range(5):
        make_block(said(f"parcel_{number}x", "parcel", "parcel"), "human", "parcel")
    with django_assert_num_queries(18):
        support.get("/search/", {"q": "parcel"})


@pytest.mark.parametrize(("walked", "stretch"), [(1e-9, 4.0), (1.0, 0.5), (1.0, 2.0), (1.0, 1000.0)])
def test_every_way_of_looking_finds_the_same(
    walked: float, stretch: float, support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a walk, in the newest stretch, in a stretch that holds too little, and in all that the index names."""
    subject = said("a", *(f"{'parcel' if number % 3 == 0 else 'letter'} {number}" for number in range(300)))
    for number in range(60):
        make_block(said(f"b{number:02d}", "card"), "human", "parcel" if number % 2 else "letter")
    with connection.cursor() as cursor:
        cursor.execute("analyze subjects_message, subjects_block, subjects_subject")
    monkeypatch.setattr(searching, "SMALL", 0)
    monkeypatch.setattr(frequency, "SMALL", 0)
    monkeypatch.setattr(frequency, "ROW_WALKED", walked)
    monkeypatch.setattr(searching, "STRETCH", stretch)
    contents: list[str] = []
    after = ""
    while after is not None:
        page = support.get("/search/", {"q": "parcel", "in": "messages", "after": after})
        [section] = page.context["sections"]
        contents += [hit["row"].content for hit in section.hits]
        after = section.page.after
    assert contents == [f"parcel {number}" for number in range(297, -1, -3)]
    assert {hit["row"].subject_id for hit in section.hits} == {subject.pk}
    assert found(support, "parcel")["blocks"] == [f"b{number}" for number in range(59, 40, -2)]
    made_up = {"q": "parcel", "in": "messages", "after": "9" * 30}
    assert support.get("/search/", made_up).status_code == 200, "a hand-made link"
    listed = support.get("/", {"text": "parcel", "sort": "id"}).context["found"].rows
    assert [row.subject.subject_id for row in listed] == [f"b{number:02d}" for number in range(1, 51, 2)]


def test_a_walk_passes_by_no_hit(db: None) -> None:
    """What is asked first of each row, whether it has the letters, is true of all that Postgres finds by words."""
    texts = (
        "1.5 kg of tea", "12,5kg", "İstanbul ISTANBUL", "user-12 and user_13", "x, y; x_y", "l'été CAFÉ cafe\u0301",
        "Straße STRASSE", "mail a.B@example.COM", "see https://example.com/Path?q=1", "foo,  bar — foo/bar",
        "ſpecial ΣΊΣΥΦΟΣ", "+49 170-1234567", "<b>bold</b> &amp; more", "50% off", "日本語 テスト", "v2.0-rc1",
    )  # fmt: skip
    said("a", *texts)
    queries = {"1.5kg", "kg", "istanbul", "user-12", "user_13", "x_y", '"x y"', "été", "café", "strasse", "straße", "ss"}
    queries |= {"a.b@example.com", "example.com/path", '"foo bar"', "foo/bar", "special", "σίσυφος", "170", "bold", "amp"}
    queries |= {"50%", "日本語", "テス", "2.0-rc1", "v2", "12,5kg", '"and user"', "KG TEA"}
    hits = 0
    for query in sorted(queries):
        terms = terms_of(query)
        assert terms is not None
        rows = searching.messages_with(terms.query)
        assert set(searching.messages_with(terms.query, *terms.parts)) == set(rows), query
        hits += rows.count()
    assert hits > 20


def test_search_is_served_by_the_index_of_words(db: None) -> None:
    terms = terms_of("parcel")
    assert terms is not None
    rows = searching.messages_with(terms.query)
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    assert "subjects_message_search" in rows.explain()
    with connection.cursor() as cursor:
        cursor.execute(
            "drop index subjects_block_by_label, subjects_block_newest, subjects_block_label, subjects_block_order"
        )
    assert "subjects_block_search" in searching.blocks_with(terms.query).order_by().explain()


@pytest.mark.usefixtures("impatient")
def test_words_that_take_too_long_are_said_and_the_rest_is_shown(support: Client) -> None:
    make_subject("parcel_1")
    said("a", "parcel")
    page = support.get("/search/", {"q": "parcel"})
    assert page.context["sections"][0].hits
    assert [bool(section.trouble) for section in page.context["sections"]] == [False, True, True]
    assert "took too long. Add a word" in page.text


def test_terms_stay_on_the_search_page(support: Client, story: Story) -> None:
    """No link to another page carries what was looked for: addresses end up in histories and logs."""
    page = support.get("/search/", {"q": "utrecht"}).text
    addresses = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert not [address for address in addresses if "utrecht" in address and not address.startswith("?")]


# Opened lately


def test_what_was_opened_lately_is_one_click_away_and_ones_own(
    support: Client, sign_in: Callable[[User], Client], adam: User
) -> None:
    subjects = [make_subject(f"user_{number:02d}") for number in range(12)]
    for subject in [*subjects, subjects[5]]:
        support.get(f"/subjects/{subject.pk}/")
    expected = ["user_05", "user_11", "user_10", "user_09", "user_08", "user_07", "user_06", "user_04", "user_03", "user_02"]
    for address in ("/", "/search/"):
        assert [subject.subject_id for subject in support.get(address).context["opened"]] == expected
    assert not sign_in(adam).get("/").context["opened"]
