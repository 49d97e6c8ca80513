"""The tags of subjects lie in a table of their own, which follows them."""

from datetime import UTC, datetime, timedelta

import pytest

from subjects.models import Block, Subject, Tagged

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_tags_are_found_as_they_are_now() -> None:
    subject = Subject.objects.create(subject_id="user_ida", created_at=NOW, tags=["a", "b", "b"])
    block = Block.objects.create(subject=subject, label="human")
    assert sorted(Tagged.objects.values_list("tag", "subject_created_at")) == [("a", NOW), ("b", NOW)]
    Subject.objects.update(tags=["b", "c"], created_at=NOW + timedelta(days=1))
    later = NOW + timedelta(days=1)
    assert sorted(Tagged.objects.values_list("tag", "subject_created_at")) == [("b", later), ("c", later)]
    block.refresh_from_db()
    assert block.subject_created_at == later
    subject.delete()
    assert not Tagged.objects.exists()
