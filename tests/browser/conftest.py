"""Headless Chromium on the real web server, as in production, on the test database."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from accounts.models import User
from accounts.roles import Role
from tests.conftest import PASSWORD, ROOT, environment, wait_until
from tests.ports import free_port

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # It must ask nobody but us.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.enable_socket)


def find_browser() -> str:
    """The Chromium or Chrome of this machine; a test without one fails, it is not skipped."""
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            "No Chromium or Chrome found. Install one (Debian: apt-get install chromium), or set CHROMIUM to its path."
        )
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Not for the session: Playwright keeps an event loop running, in which the asynchronous tests of others cannot run.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _session_site(django_db_setup: None) -> Iterator[str]:
    port = free_port()
    log = Path(settings.DATA_DIR) / "web.log"
    command = [sys.executable, "-m", "gunicorn", "memory_ui.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _answers(f"{url}/up"), 30, "the web server did not start")
    yield url
    server.terminate()
    server.wait(15)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):
            return True
    except OSError:
        return False


@pytest.fixture
def site(transactional_db: None, _session_site: str) -> str:
    """The address of the running console."""
    return _session_site


@dataclass
class Reader:
    """Opens windows on the console, and remembers whatever a page did that no page may do."""

    browser: Browser
    site: str
    wrong: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ("409", "422")
    """Words of what Chromium may report: a form that is refused answers 422, one that meets another change 409."""
    contexts: list[BrowserContext] = field(default_factory=list)

    def window(self, **options: object) -> Page:
        """A fresh browser profile with one page, e.g. `java_script_enabled=False`, `color_scheme="dark"`."""
        context = self.browser.new_context(base_url=self.site, **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        context.on("request", self._note_request)
        context.on("weberror", lambda error: self.wrong.append(str(error.error)))
        context.on("console", lambda message: self._note_message(message.type, message.text))
        return context.new_page()

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:")):
            self.wrong.append(f"asked {request.url}")

    def _note_message(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(word in text for word in self.expected):
            self.wrong.append(text)

    def signed_in(self, person: User, **options: object) -> Page:
        page = self.window(**options)
        page.goto("/accounts/login/")
        page.get_by_label("E-mail").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.site}/")
        return page


def session_of(person: User) -> str:
    """The cookie of somebody who is signed in."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Windows:
    """A window for each of those who look, opened once."""

    def __init__(self, reader: Reader, sessions: dict[tuple[Role, bool], str]) -> None:
        self._reader = reader
        self._sessions = sessions
        self._open: dict[Role | None, Page] = {}

    def of(self, role: Role | None) -> Page:
        if role not in self._open:
            page = self._reader.window()
            if role:
                cookie = {"name": settings.SESSION_COOKIE_NAME, "value": self._sessions[role, False]}
                page.context.add_cookies([{**cookie, "url": self._reader.site}])  # type: ignore[typeddict-item]
            self._open[role] = page
        return self._open[role]


class Letta:
    """The engine, and a way to take it down for every process: what it keeps is out of reach, so it answers 500."""

    TABLES = ("engine_agent", "engine_block")

    def down(self) -> None:
        for table in self.TABLES:
            self._rename(table, f"{table}_away")

    def up(self) -> None:
        for table in self.TABLES:
            self._rename(f"{table}_away", table)

    def _rename(self, old: str, new: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"alter table if exists {old} rename to {new}")


@pytest.fixture
def letta(transactional_db: None) -> Iterator[Letta]:
    letta = Letta()
    yield letta
    letta.up()


@pytest.fixture
def reader(chromium: Browser, site: str) -> Iterator[Reader]:
    reader = Reader(chromium, site)
    yield reader
    for context in reader.contexts:
        context.close()
    assert reader.wrong == []
