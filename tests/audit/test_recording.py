"""What gets into the record, and what cannot."""

import re
import uuid

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiKey, User
from audit.actions import Action, ActorKind, Reason
from audit.models import Entry
from audit.recording import SETTINGS_KEY, record
from tests.conftest import ROOT

CANARY = "canary-7d1f"


def test_a_person_a_key_and_the_system_are_told_apart(sue: User) -> None:
    key, _ = ApiKey.issue("portal", sue)
    for by in (sue, key, SETTINGS_KEY, None):
        record(Action.LOOKED_AT_MEMORY, by=by, subject=uuid.uuid4())
    assert list(Entry.objects.order_by("id").values_list("actor_kind", "actor")) == [
        (ActorKind.PERSON, sue.pk),
        (ActorKind.API_KEY, key.pk),
        (ActorKind.API_KEY, None),
        (ActorKind.SYSTEM, None),
    ]


def test_several_subjects_are_one_statement_and_an_entry_each(
    sue: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    subjects = [uuid.uuid4() for _ in range(50)]
    with django_assert_num_queries(1):
        record(Action.WAS_SHOWN_IN_SEARCH, by=sue, subjects=[*subjects, subjects[0]])
    assert list(Entry.objects.order_by("id").values_list("subject", flat=True)) == subjects


def test_nobody_shown_is_no_entry(sue: User) -> None:
    record(Action.WAS_SHOWN_IN_SEARCH, by=sue, subjects=[])
    assert not Entry.objects.exists()


def test_the_entry_falls_with_the_change(sue: User) -> None:
    with transaction.atomic():
        record(Action.CORRECTED_BLOCK, by=sue, subject=uuid.uuid4())
        transaction.set_rollback(True)
    assert not Entry.objects.exists()


def test_facts_are_numbers_codes_and_opaque_ids(sue: User) -> None:
    block = uuid.uuid4()
    letta = f"block-{uuid.uuid4()}"
    record(
        Action.CORRECTED_BLOCK,
        by=sue,
        subject=uuid.uuid4(),
        reason=Reason.COMPLAINT,
        ticket="HELP-12",
        detail={"block": block, "letta": letta, "revision": 3, "whole": True, "why": Reason.COMPLAINT},
    )
    entry = Entry.objects.get()
    assert entry.detail == {"block": str(block), "letta": letta, "revision": 3, "whole": True, "why": "complaint"}
    assert (entry.reason, entry.ticket) == ("complaint", "HELP-12")


@pytest.mark.parametrize(
    "more",
    [
        {"detail": {"label": CANARY}},
        {"detail": {"label": ""}},
        {"detail": {CANARY: 1}},
        {"detail": {"block": f"block-{uuid.uuid4()} {CANARY}"}},
        {"detail": {"labels": [CANARY]}},
        {"detail": {f"n{number}": number for number in range(21)}},
        {"detail": {"n": 2**63}},
        {"ticket": "canary seven"},
        {"ticket": "canary@example.com1"},
        {"ticket": "canary"},
        {"ticket": "1" * 41},
        {"ticket": "1\n"},
    ],
)
def test_a_text_is_refused_and_not_repeated(sue: User, more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^(?!.*canary)(detail|ticket)"):
        record(Action.CORRECTED_BLOCK, by=sue, subject=uuid.uuid4(), **more)  # type: ignore[arg-type]
    assert not Entry.objects.exists()


def test_every_action_that_can_be_looked_for_is_recorded_somewhere() -> None:
    apps = ("accounts", "audit", "engine", "memory_ui", "privacy", "schemas", "subjects")
    files = [path for app in apps for path in (ROOT / app).rglob("*.py") if path != ROOT / "audit" / "actions.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert [action.name for action in Action if not re.search(rf"\bAction\.{action.name}\b", code)] == []
