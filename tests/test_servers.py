"""The mail server in a variable: every form of it, and what is said of one that is none."""

import os
import subprocess
import sys

import pytest

from memory_ui.environment import BadEnvironment
from memory_ui.servers import MailServer, mail
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 25, "", "", starttls=False, tls=False)),
        (
            "smtp+tls://me:p%40ss@mail.example.com",
            MailServer("mail.example.com", 587, "me", "p@ss", starttls=True, tls=False),
        ),
        ("smtps://me:x@mail.example.com:4650", MailServer("mail.example.com", 4650, "me", "x", starttls=False, tls=True)),
    ],
)
def test_a_mail_server_is_read(url: str, server: MailServer) -> None:
    assert mail(url) == server


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://host:port", "smtp://[x"])
def test_one_that_is_none_says_how_to_write_it(url: str) -> None:
    with pytest.raises(BadEnvironment, match="EMAIL_URL must name a mail server, for example EMAIL_URL=smtp"):
        mail(url)


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    code = "from memory_ui import settings as s; print(s.EMAIL_IS_SET_UP, s.EMAIL_BACKEND, s.EMAIL_HOST, s.EMAIL_USE_TLS)"
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_without_a_sender_it_does_not_start() -> None:
    ended = start(EMAIL_URL="smtp+tls://mail.example.com")
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("for example EMAIL_FROM=memory@example.com.")


def test_with_both_it_sends() -> None:
    ended = start(EMAIL_URL="smtp+tls://mail.example.com", EMAIL_FROM="memory@example.com")
    assert ended.stdout.split() == ["True", "django.core.mail.backends.smtp.EmailBackend", "mail.example.com", "True"]
