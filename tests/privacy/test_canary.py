"""The canary, on the engine: one word in every text and id there is, then an erasure, then a search of everything."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from accounts.models import User
from engine import models as engine
from privacy import checking, receipts
from privacy.models import Erasure, Receipt
from privacy.personal_fields import FIELDS
from privacy.stores import NOT_OF_SUBJECTS
from tests.conftest import test_database_url
from tests.privacy.canary import Canary, put_everywhere
from tests.privacy.carrying import approved, carry_out, engine_works
from tests.privacy.dumping import dump_with, files_with, tables_with

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def canary(sue: User) -> Canary:
    return put_everywhere(sue, engine_works)


def expected_tables() -> set[str]:
    """Every table with personal fields that can be about a subject."""
    labels = [label for label, fields in FIELDS.items() if fields.personal_names and label not in NOT_OF_SUBJECTS]
    return {apps.get_model(label)._meta.db_table for label in labels}


def test_nothing_of_it_is_left(canary: Canary, petra: User, adam: User) -> None:
    url = test_database_url()
    request = approved(canary.subject_id, petra, adam)

    before = tables_with(canary.word, url)
    assert expected_tables() - set(before) == set(), "the word was not put there, so nothing is shown"
    assert dump_with(canary.word, url)

    carry_out(request)
    receipt = Receipt.objects.get()
    assert (request.state, request.failure) == ("done", "")
    assert receipt.document["reasons"] == []

    # The shared block stays, and with it the bystander's copies: the receipt lists it.
    assert {"store": "block", "id": canary.shared, "why": "others use it too"} in receipt.document["kept"]
    after = tables_with(canary.word, url)
    assert set(after) == {"engine_block", "subjects_block", "subjects_revision"}
    assert after["engine_block"] == 1
    assert engine.Block.objects.get(value__contains=canary.word).pk == canary.shared
    assert after["subjects_block"] == canary.bystander.blocks.filter(value__contains=canary.word).count() == 1
    lines = dump_with(canary.word, url)
    assert lines
    assert all("The house of" in line for line in lines)
    assert files_with(canary.word, Path(settings.DATA_DIR)) == []
    assert checking.check(receipts.as_file(receipt)).good
    assert canary.word not in str(receipts.as_file(receipt))
    assert Erasure.objects.get().inventory == {}
