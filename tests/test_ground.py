"""The ground itself: people, keys and the database that tests and product stand on."""

import socket
import subprocess
import sys
from socket import socket as RealSocket

import pytest
from django.db import connection

from accounts.models import ApiKey, User
from tests.model_endpoint import ModelEndpoint


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


@pytest.mark.processes
def test_an_endpoint_that_runs_answers_others_while_sockets_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an engine of the session asks it in the middle of a test that may open no socket."""
    off = socket.socket
    assert off is not RealSocket
    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", RealSocket)
        endpoint = ModelEndpoint().start()
    assert socket.socket is off
    ask = f"import urllib.request as u; print(u.urlopen('{endpoint.url}/models', timeout=10).status)"
    for _ in range(2):
        assert subprocess.check_output([sys.executable, "-c", ask], timeout=20).strip() == b"200"
    endpoint.stop()
