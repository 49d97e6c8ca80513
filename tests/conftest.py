"""The cast and the parts that tests share: Sue of support, Adam the admin, Petra the privacy officer, Otto the auditor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client, TransactionTestCase
from django.test.signals import template_rendered
from whitenoise.middleware import WhiteNoiseMiddleware

from accounts.models import User
from accounts.roles import Role
from memory_ui.rendering import Page
from memory_ui.start import worker_command
from tests import ground, groundwork

ROOT = Path(__file__).parent.parent
PASSWORD = "correct horse battery"

# Slow on purpose, for those who guess. Processes that tests start have it as slow as ever.
PBKDF2PasswordHasher.iterations = 1_000


def person(name: str, role: Role) -> User:
    user, _ = User.objects.get_or_create(
        email=f"{name.lower()}@example.com",
        defaults={
            "name": name,
            "role": role,
            "password": make_password(PASSWORD),
            "is_approver": role == Role.ADMIN,  # as in the demo data
        },
    )
    return user


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks by what a test asks for, so that none is in the quick suite because somebody forgot to mark it."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if "worker" in asked:
            item.add_marker(pytest.mark.processes)
        if asked & {"live_server", "socket_enabled"} or item.get_closest_marker("enable_socket"):
            item.add_marker(pytest.mark.sockets)


# No trigger fires meanwhile: the audit log's would refuse. That takes a superuser, which only the tests are.
# A table without a page was not written to. What is kept is what migrating wrote, the same for every test.
DELETE_WHAT_WAS_WRITTEN = """
do $$
declare
  name regclass;
begin
  set local session_replication_role = replica;
  for name in
    select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
    and relname not in ('django_migrations', 'django_content_type', 'auth_permission') and pg_relation_size(oid) > 0
  loop
    execute format('delete from %s', name);
  end loop;
end $$
"""


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest) -> Iterator[None]:
    """The test database: of a run on several cores the copy of one that is migrated, otherwise one that is made now.

    Tests that really commit are cleaned up by deleting what they wrote, in one query. Django would truncate every table,
    which costs files, and then write the permissions of every model anew.
    """

    def clean(test: TransactionTestCase) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(DELETE_WHAT_WAS_WRITTEN)

    if ground.SHARED in os.environ:
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = groundwork.DATABASE
    else:
        request.getfixturevalue("django_db_setup")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", clean)
        yield


@pytest.fixture(scope="session", autouse=True)
def pages_tell_what_they_knew() -> Iterator[None]:
    """`response.context`: Django's test client hears of it by a signal, which only Django's own templates send."""
    draw = Page.render

    def told(page: Page, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        template_rendered.send(sender=Page, template=page, context=context or {})
        return draw(page, context, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "render", told)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_listed_once() -> Iterator[None]:
    """Each `Client()` builds its middleware anew, and WhiteNoise would look at every file each time: half a page's time."""
    listed: dict[tuple[str, str], dict[str, Any]] = {}
    list_files = WhiteNoiseMiddleware.update_files_dictionary

    def known(self: WhiteNoiseMiddleware, root: str, prefix: str) -> None:
        if (root, prefix) not in listed:
            list_files(self, root, prefix)
            listed[root, prefix] = dict(self.files)
        self.files.update(listed[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "update_files_dictionary", known)
        yield


@pytest.fixture
def sue(db: None) -> User:
    return person("Sue", Role.SUPPORT)


@pytest.fixture
def adam(db: None) -> User:
    return person("Adam", Role.ADMIN)


@pytest.fixture
def petra(db: None) -> User:
    return person("Petra", Role.PRIVACY_OFFICER)


@pytest.fixture
def otto(db: None) -> User:
    return person("Otto", Role.AUDITOR)


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A client that is signed in as the given person."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


def test_database_url() -> str:
    """The test database as a URL, for processes that tests start."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path="/" + connection.settings_dict["NAME"]))


test_database_url.__test__ = False  # type: ignore[attr-defined]


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that works on the test database."""
    return {**os.environ, "DATABASE_URL": test_database_url(), **more}


class Worker:
    """A real Celery worker in a process of its own, on the test database."""

    def __init__(self, log: Path, **env: str) -> None:
        self.log = log
        self._env = env
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        # The worker of `make run`, more talkative: its log says when it is ready.
        command = [sys.executable, "-m", *(word for word in worker_command() if word != "--quiet"), "--loglevel", "INFO"]
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment(**self._env), stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while b"ready." not in self.log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the worker did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        return process

    def kill(self) -> None:
        """kill -9 of the worker and of everything it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.log.write_bytes(b"")
        self.process = self._start()

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture
def worker_environment() -> dict[str, str]:
    """What the worker is told beside what the tests are, for modules to say otherwise."""
    return {}


@pytest.fixture
def worker(transactional_db: None, worker_environment: dict[str, str]) -> Iterator[Worker]:
    """A running Celery worker; the test's data is really committed.

    One for each test that asks for it: a worker that outlived its test would take up the rows of others.
    """
    for left_over in (Path(settings.DATA_DIR) / "broker" / "messages").glob("*.msg"):
        left_over.unlink(missing_ok=True)
    log = Path(settings.DATA_DIR) / "worker.log"
    log.write_bytes(b"")
    worker = Worker(log, **worker_environment)
    yield worker
    worker.stop()


def wait_until(done: Callable[[], object], seconds: float = 20, message: str = "it did not happen in time") -> None:
    """Poll until `done()` is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            pytest.fail(message)
        time.sleep(0.05)
