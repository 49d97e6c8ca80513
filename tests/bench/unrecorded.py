"""memory_ui's web application for one benchmark: a request that carries UNRECORDED leaves no entry in the audit log.

Everything else is as the web server's own entry point makes it, so the two kinds of request differ by the entry alone.
"""

from contextvars import ContextVar
from typing import Any

from memory_ui import wsgi
from tests.bench.audit_reads import UNRECORDED

_unrecorded: ContextVar[bool] = ContextVar("unrecorded")


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """WSGI."""
    token = _unrecorded.set("HTTP_" + UNRECORDED.upper().replace("-", "_") in environ)
    try:
        return wsgi.application(environ, start_response)
    finally:
        _unrecorded.reset(token)


def _switch() -> None:
    from audit import reading

    names = vars(reading)
    record = names["record"]

    def record_unless_told_not_to(*args: Any, **facts: Any) -> None:
        if not _unrecorded.get():
            record(*args, **facts)

    names["record"] = record_unless_told_not_to


_switch()
