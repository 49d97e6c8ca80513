"""`manage.py check_drift`: says what is wrong and leaves it, puts it right when asked, and its exit code tells which."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from schemas.models import Tally, Template
from subjects.models import Block, Subject
from tests.schemas.conftest import MakeTemplate
from tests.schemas.test_drift_numbers import HUMAN, HUMAN_BLOCK, SUMMARY, SUMMARY_BLOCK, numbers, on

TRUE = {"all": 3, "exact": 2, "missing": 1}


@pytest.fixture
def care(make_template: MakeTemplate) -> Template:
    return make_template("Care", [HUMAN, SUMMARY])


@pytest.fixture
def bad(care: Template) -> Subject:
    """The one of three subjects that lost a block and a number that was lost, with no trigger looking."""
    version = care.versions.get(number=1)
    *_, bad = [on(version, HUMAN_BLOCK, SUMMARY_BLOCK) for _ in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
    Block.objects.filter(subject=bad, label="summary").update(removed_at=timezone.now())
    Tally.objects.filter(pk=Tally.objects.latest("pk").pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = default")
    return bad


def test_where_all_is_well_it_says_so(care: Template) -> None:
    on(care.versions.get(number=1), HUMAN_BLOCK)
    out = StringIO()
    call_command("check_drift", stdout=out)
    assert out.getvalue() == "1 subject compared, 0 wrong.\nTotals counted, 0 wrong.\nAll numbers are true.\n"


def test_what_is_wrong_is_said_and_stays(care: Template, bad: Subject) -> None:
    shown = numbers(care)
    assert shown != TRUE
    for _ in range(2):
        out = StringIO()
        with pytest.raises(CommandError, match="--mend puts it right") as caught:
            call_command("check_drift", stdout=out)
        assert caught.value.returncode == 1
        assert f"subject {bad.pk}: differs from its version in other ways than is noted\n" in out.getvalue()
        assert "3 subjects compared, 1 wrong.\n" in out.getvalue()
        assert "Care, version 1: exactly as the version says: 1 too few\nTotals counted, 1 wrong.\n" in out.getvalue()
        assert numbers(care) == shown


def test_asked_to_mend_it_puts_everything_right(care: Template, bad: Subject) -> None:
    out = StringIO()
    call_command("check_drift", "--mend", stdout=out)
    assert out.getvalue().endswith("Totals counted, 1 wrong.\nThey are right now.\n")
    assert numbers(care) == TRUE
    out = StringIO()
    call_command("check_drift", stdout=out)
    assert out.getvalue().endswith("All numbers are true.\n")
