"""Servers that one variable names as a URL: the database, the mail server."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from memory_ui import environment


def database(url: str) -> dict[str, Any]:
    """Django's settings of a Postgres database, from DATABASE_URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise environment.BadEnvironment(
            "DATABASE_URL must name a Postgres database, for example DATABASE_URL=postgresql://user:password@host:5432/memory_ui."
        )
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "memory_ui.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        # After Postgres restarts, the first request on an old connection opens a new one instead of failing.
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"application_name": "memory_ui", "keepalives_idle": "30", "connect_timeout": "5", **options},
    }


@dataclass(frozen=True)
class MailServer:
    """Where e-mail is handed in. `starttls`: encrypted after the greeting; `tls`: from the start."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


_WAYS = {"smtp": (25, False, False), "smtp+tls": (587, True, False), "smtps": (465, False, True)}


def mail(url: str) -> MailServer:
    """The mail server of EMAIL_URL."""
    try:
        parts = urlsplit(url)
        port, starttls, tls = _WAYS[parts.scheme]
        if not parts.hostname:
            raise ValueError
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return MailServer(parts.hostname, parts.port or port, user, password, starttls, tls)
    except (KeyError, ValueError):
        raise environment.BadEnvironment(
            "EMAIL_URL must name a mail server, for example EMAIL_URL=smtp+tls://user:password@mail.example.com:587 "
            "(smtp: without TLS, smtp+tls: STARTTLS, smtps: TLS from the start)."
        ) from None
