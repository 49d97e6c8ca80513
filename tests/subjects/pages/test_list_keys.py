"""Pages found in other tables than subjects: by words, tag and block, whichever way the words are looked for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from memory_ui.keyset import Cursor
from subjects import frequency, list_keys, searching
from subjects.listing import subjects_page
from subjects.models import Block, Subject
from subjects.searching import blocks_with, find_blocks, terms_of
from subjects.wanted import Wanted
from tests.lasting import lasting

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIZE = 4


def tell() -> list[str]:
    """600 subjects. Those by threes know tea in all their blocks, have one more, and are tagged. Two are of one moment."""
    subjects = Subject.objects.bulk_create(
        Subject(
            subject_id=f"user_{place:03d}",
            created_at=NOW + timedelta(minutes=place // 2),
            tags=["de", "tea"] if place % 3 == 0 else ["de"],
        )
        for place in range(600)
    )
    Block.objects.bulk_create(
        Block(subject=subject, label=label, value="Likes tea" if place % 3 == 0 else f"Likes number {place}")
        for place, subject in enumerate(subjects)
        for label in (("human", "summary", "drinks") if place % 3 == 0 else ("human", "summary"))
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze subjects_block")
    tea = [subject for place, subject in enumerate(subjects) if place % 3 == 0]
    return [subject.subject_id for subject in sorted(tea, key=lambda one: (one.created_at, one.pk), reverse=True)]


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[str]]:
    yield from lasting(tell, django_db_blocker)


@pytest.fixture
def many(told: list[str], db: None) -> list[str]:
    """The ids of those who know tea, the newest first."""
    return told


def there_and_back(wanted: Wanted) -> tuple[list[str], list[str]]:
    """The ids page by page to the end, and back again."""
    forth: list[str] = []
    page = subjects_page(wanted, Cursor(), SIZE)
    while True:
        forth += [subject.subject_id for subject in page.rows]
        if page.after is None:
            break
        page = subjects_page(wanted, Cursor(page.after), SIZE)
    back = [subject.subject_id for subject in page.rows]
    while page.before is not None:
        page = subjects_page(wanted, Cursor(page.before, backwards=True), SIZE)
        back = [subject.subject_id for subject in page.rows if subject.subject_id not in back] + back
    return forth, back


@pytest.mark.parametrize(
    "wanted", [Wanted(text="tea"), Wanted(tag="tea"), Wanted(label="drinks")], ids=["words", "tag", "block"]
)
def test_pages_there_and_back(wanted: Wanted, many: list[str]) -> None:
    assert there_and_back(wanted) == (many, many)


@pytest.mark.parametrize(
    ("small", "walked", "way"),
    [
        (0, 0.0, "enable_bitmapscan = off"),  # a walk costs nothing: it is always taken
        (0, 1.0, "histogram_bounds"),  # it costs more than anything: a stretch, then all
        (10_000, 1.0, "histogram_bounds"),
    ],
)
def test_every_way_finds_the_same(
    small: int, walked: float, way: str, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_keys, "SMALL", small)
    monkeypatch.setattr(frequency, "ROW_WALKED", walked)
    with CaptureQueriesContext(connection) as asked:
        assert there_and_back(Wanted(text="tea")) == (many, many)
    assert any(way in query["sql"] for query in asked.captured_queries)


def test_what_is_known_of_a_column_is_asked_once_in_a_while(many: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_keys, "SMALL", 0)
    monkeypatch.setattr(frequency, "ROW_WALKED", 1.0)
    monkeypatch.setattr(frequency, "monotonic", lambda: 7.0)
    with CaptureQueriesContext(connection) as asked:
        there_and_back(Wanted(text="tea"))
    assert sum("histogram_bounds" in query["sql"] for query in asked.captured_queries) == 1
    monkeypatch.setattr(frequency, "monotonic", lambda: 7.0 + frequency.BOUNDS_SECONDS)
    with CaptureQueriesContext(connection) as asked:
        there_and_back(Wanted(text="tea"))
    assert sum("histogram_bounds" in query["sql"] for query in asked.captured_queries) == 1


def test_a_stretch_that_holds_too_little_is_not_the_end(many: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_keys, "STRETCH", 0.01)
    assert there_and_back(Wanted(text="tea")) == (many, many)


@pytest.mark.parametrize(("stretch", "size"), [(4.0, 4), (0.01, 200)], ids=["enough", "too short"])
def test_the_newest_blocks_with_words_are_looked_for_in_a_stretch_first(
    stretch: float, size: int, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SMALL", 0)
    monkeypatch.setattr(searching, "STRETCH", stretch)
    monkeypatch.setattr(frequency, "ROW_WALKED", 1.0)
    terms = terms_of("tea")
    assert terms is not None
    everything = list(blocks_with(terms.query).order_by("-created_at", "-id"))
    found: list[Block] = []
    after = None
    with CaptureQueriesContext(connection) as asked:
        while after is not None or not found:
            page = find_blocks(terms, Cursor(after), size)
            found += page.rows
            after = page.after
    assert found == everything
    assert len(found) == 600
    assert any('"created_at" >= ' in query["sql"] for query in asked.captured_queries)


def test_a_tags_page_is_one_stretch_of_an_index(many: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("analyze subjects_tagged")
        cursor.execute("set local enable_seqscan = off")
    with CaptureQueriesContext(connection) as asked:
        list_keys.next_tagged("tea", Subject.objects.get(subject_id="user_300"), False, SIZE)
    with connection.cursor() as cursor:
        cursor.execute("explain " + asked.captured_queries[-1]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "subjects_tagged_newest" in plan
    assert "Sort" not in plan.replace("Incremental Sort", "")
