"""The ground itself: people, keys and the database that tests and product stand on."""

import pytest
from django.db import connection

from accounts.models import ApiKey, User


@pytest.mark.django_db
def test_postgres_has_pgvector() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_extension where extname = 'vector'")
        assert cursor.fetchone() == (1,)


def test_an_api_key_is_known_until_it_is_revoked(adam: User) -> None:
    row, key = ApiKey.issue("portal", adam)
    assert key not in (row.digest, row.start)
    assert ApiKey.verify(key) == row
    assert ApiKey.verify(key + "x") is None
    row.revoke()
    assert ApiKey.verify(key) is None
