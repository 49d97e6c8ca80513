"""The numbers of drift stay true whatever happens to blocks and standings, and agree with the pure comparison."""

import random
import uuid
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from memory_sdk import Block as Seen
from memory_ui.keyset import Cursor
from schemas import drift
from schemas.differences import Kind
from schemas.drift import Cell, drift_of, standers
from schemas.drift_check import check_for, check_some, check_totals
from schemas.models import Deviation, SharedBlock, Standing, Tally, Template, Version
from subjects.models import Block, Revision, Subject
from subjects.snapshots import mirror
from tests.schemas.conftest import MakeTemplate

HUMAN = {"label": "human", "description": "About the person.", "limit": 100}
SUMMARY = {"label": "summary", "description": "In short.", "limit": 50}
HUMAN_BLOCK = {**HUMAN, "value": "Ann"}
SUMMARY_BLOCK = {**SUMMARY, "value": "Short."}


def on(version: Version, *blocks: dict[str, object]) -> Subject:
    subject = Subject.objects.create(subject_id=f"user_{uuid.uuid4().hex}")
    Block.objects.bulk_create(Block(subject=subject, **block) for block in blocks)
    Standing.objects.create(subject=subject, version=version)
    return subject


def kinds_of(subject: Subject) -> list[str]:
    return list(Standing.objects.get(pk=subject.pk).kinds)


def numbers(template: Template) -> dict[str, int]:
    [version] = drift_of(template)
    return {"all": version.subjects, "exact": version.exact} | {str(one.kind): one.subjects for one in version.kinds}


@pytest.fixture
def care(make_template: MakeTemplate) -> Template:
    return make_template("Care", [HUMAN, SUMMARY])


def test_each_way_to_differ_is_counted(care: Template) -> None:
    version = care.versions.get(number=1)
    on(version, HUMAN_BLOCK, SUMMARY_BLOCK)
    on(version, HUMAN_BLOCK)
    on(version, HUMAN_BLOCK, SUMMARY_BLOCK, {"label": "notes"})
    on(version, HUMAN_BLOCK | {"description": "Old."}, SUMMARY_BLOCK | {"limit": 70, "read_only": True})
    on(version, HUMAN_BLOCK, SUMMARY_BLOCK | {"value": "é" * 51})

    assert numbers(care) == {
        "all": 5, "exact": 1, "missing": 1, "extra": 1, "description": 1, "limit": 1, "read_only": 1, "over_limit": 1,
    }  # fmt: skip
    [drifted] = drift_of(care)
    assert {one.kind: [(schema.label, n) for schema, n in one.labels] for one in drifted.kinds}[Kind.MISSING] == [
        ("summary", 1)
    ]


def test_a_block_of_ones_own_in_place_of_the_shared_one(make_template: MakeTemplate) -> None:
    shared = SharedBlock.objects.create(block_id="block-shared", label="policies", value="Be kind.")
    template = make_template("Care", [{"label": "policies", "shared_block": shared}])
    version = template.versions.get(number=1)
    on(version, {"label": "policies", "block_id": "block-shared", "description": "Whatever it says.", "limit": 7})
    on(version, {"label": "policies", "block_id": "block-own"})
    assert numbers(template) == {"all": 2, "exact": 1, "unshared": 1}


def test_changes_of_blocks_move_the_numbers(care: Template) -> None:
    version = care.versions.get(number=1)
    subject = on(version, HUMAN_BLOCK, SUMMARY_BLOCK)
    assert kinds_of(subject) == []

    mirror(subject, [Seen("block-1", "human", "Other.", "x" * 101, 100)], Revision.Source.OUTSIDE)
    assert kinds_of(subject) == ["description", "over_limit"]
    subject.blocks.filter(label="human").update(removed_at=timezone.now())
    assert kinds_of(subject) == ["missing"]
    mirror(subject, [Seen("block-2", "human", "About the person.", "", 100)], Revision.Source.OUTSIDE)
    assert kinds_of(subject) == []
    assert numbers(care) == {"all": 1, "exact": 1}


def test_a_rollout_moves_a_subject_to_the_other_version(make_template: MakeTemplate) -> None:
    template = make_template("Care", [HUMAN], [HUMAN, SUMMARY])
    first, second = template.versions.order_by("number")
    subject = on(first, HUMAN_BLOCK | {"limit": 7})
    Standing.objects.filter(pk=subject.pk).update(version=second)

    new, old = drift_of(template)
    assert (old.subjects, new.subjects, new.exact) == (0, 1, 0)
    assert {one.kind: one.subjects for one in new.kinds} == {Kind.MISSING: 1, Kind.LIMIT: 1}
    assert set(Deviation.objects.values_list("version", flat=True)) == {second.pk}


def test_nothing_is_left_of_an_erased_subject(care: Template) -> None:
    subject = on(care.versions.get(number=1), HUMAN_BLOCK, {"label": "sarahs_secrets"})
    subject.delete()
    assert numbers(care) == {"all": 0, "exact": 0}
    drift.fold()
    assert not Tally.objects.exists()
    assert not Deviation.objects.exists()


def test_folding_changes_no_number(care: Template) -> None:
    version = care.versions.get(number=1)
    for _ in range(5):
        on(version, HUMAN_BLOCK)
    before = numbers(care)
    assert drift.fold() > Tally.objects.count()
    assert numbers(care) == before == {"all": 5, "exact": 0, "missing": 5}
    assert drift.fold() == 0


def test_what_somebody_else_wrote_into_a_standing_is_put_right_at_once(care: Template) -> None:
    subject = on(care.versions.get(number=1), HUMAN_BLOCK)
    Standing.objects.filter(pk=subject.pk).update(kinds=[])
    assert kinds_of(subject) == ["missing"]
    assert numbers(care) == {"all": 1, "exact": 0, "missing": 1}


def test_a_thousand_random_changes_and_the_check_finds_nothing(make_template: MakeTemplate) -> None:
    shared = SharedBlock.objects.create(block_id="block-shared", label="policies")
    schemas = [HUMAN, SUMMARY, {"label": "policies", "shared_block": shared}]
    template = make_template("Care", schemas, schemas[:2], schemas[1:])
    versions = list(template.versions.all())
    draw = random.Random(5)

    def some_block() -> dict[str, object]:
        label = draw.choice(["human", "summary", "policies", "notes", "more"])
        return {
            "label": label, "description": draw.choice(["About the person.", "In short.", "x"]),
            "limit": draw.choice([50, 100, 5000]), "read_only": draw.random() < 0.3,
            "value": "é" * draw.choice([1, 60, 120]), "block_id": draw.choice(["block-shared", None]),
        }  # fmt: skip

    subjects = []
    for _ in range(40):
        blocks = {str(block["label"]): block for block in (some_block() for _ in range(4))}
        subjects.append(on(draw.choice(versions), *blocks.values()))
    for _ in range(300):
        subject = draw.choice(subjects)
        new = some_block()
        mine = subject.blocks.filter(label=new["label"], removed_at=None)
        match draw.randrange(4):
            case 0 if not mine.exists():
                Block.objects.create(subject=subject, **new)
            case 1:
                mine.update(removed_at=timezone.now())
            case 2:
                Standing.objects.filter(pk=subject.pk).update(version=draw.choice(versions))
            case _:
                Block.objects.filter(subject__in=draw.sample(subjects, 5), label=new["label"], removed_at=None).update(**new)
    seen = Counter(kind for kinds in Standing.objects.values_list("kinds", flat=True) for kind in kinds)
    assert set(seen) == {str(kind) for kind in drift.TOLD}, "each kind came up"

    checked = check_some()
    assert (checked.subjects, checked.wrong, checked.next) == (40, [], None)
    assert check_totals() == 0


def test_the_check_finds_and_puts_right_what_no_trigger_saw(care: Template) -> None:
    version = care.versions.get(number=1)
    good, bad = on(version, HUMAN_BLOCK, SUMMARY_BLOCK), on(version, HUMAN_BLOCK, SUMMARY_BLOCK)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
    Block.objects.filter(subject=bad, label="summary").update(removed_at=timezone.now())
    Tally.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = default")

    assert check_some().wrong == [bad.pk]
    assert kinds_of(bad) == ["missing"]
    assert check_some().wrong == []
    assert check_totals() > 0
    assert check_totals() == 0
    assert numbers(care) == {"all": 2, "exact": 1, "missing": 1}
    assert kinds_of(good) == []


def test_the_check_goes_on_where_it_was(care: Template) -> None:
    version = care.versions.get(number=1)
    pks = sorted(on(version).pk for _ in range(5))
    first = check_some(size=2)
    assert (first.subjects, first.next) == (2, pks[1])
    second = check_some(first.next, size=2)
    assert (second.subjects, second.next) == (2, pks[3])
    assert check_some(second.next, size=2).next is None


def test_the_nightly_check_goes_through_everybody_in_turns_and_says_what_was_wrong(
    care: Template, caplog: pytest.LogCaptureFixture
) -> None:
    version = care.versions.get(number=1)
    for _ in range(3):
        on(version)
    assert check_for(30, size=2) is None
    assert not caplog.records
    Tally.objects.all().delete()
    later = check_for(0, size=2)
    assert later is not None, "the time was over after the first two"
    assert check_for(30, later) is None
    assert "totals were wrong" in caplog.text
    assert numbers(care) == {"all": 3, "exact": 0, "missing": 3}


@pytest.mark.parametrize("kind", ["", "any", "missing"])
def test_the_subjects_behind_a_number_page_by_page(care: Template, kind: str) -> None:
    version = care.versions.get(number=1)
    pks = sorted(on(version).pk for _ in range(7))  # each lacks both blocks, and still is one line
    on(care.versions.get(number=1), HUMAN_BLOCK, SUMMARY_BLOCK) if kind else None
    cell = Cell(version, kind)

    rows, page = standers(cell, Cursor(), 3)
    assert [row.subject.pk for row in rows] == pks[:3]
    assert sorted(rows[0].deviations) == [(Kind.MISSING, "human"), (Kind.MISSING, "summary")]
    assert page.before is None
    rows, page = standers(cell, Cursor(page.after), 3)
    assert [row.subject.pk for row in rows] == pks[3:6]
    rows, last = standers(cell, Cursor(page.after), 3)
    assert [row.subject.pk for row in rows] == pks[6:]
    assert last.after is None
    rows, page = standers(cell, Cursor(last.before, backwards=True), 3)
    assert [row.subject.pk for row in rows] == pks[3:6]
    assert page.after == str(pks[5])
    assert standers(cell, Cursor("nobody"), 3)[0][0].subject.pk == pks[0]


def test_exact_and_labelled_cells(care: Template) -> None:
    version = care.versions.get(number=1)
    exact, lacking = on(version, HUMAN_BLOCK, SUMMARY_BLOCK), on(version, HUMAN_BLOCK)
    assert [row.subject for row in standers(Cell(version, "exact"), Cursor())[0]] == [exact]
    assert [row.subject for row in standers(Cell(version, "missing", "summary"), Cursor())[0]] == [lacking]
    assert standers(Cell(version, "missing", "human"), Cursor())[0] == []
