"""Typed readers of environment variables, loud about what is missing or malformed.

Every reader also accepts `NAME_FILE`, the path of a file that holds the value (Docker and Kubernetes secrets).
"""

import os
from pathlib import Path
from typing import overload


class BadEnvironment(SystemExit):
    """A variable is missing or malformed; the message says which one and how to set it."""


def _raw(name: str) -> str | None:
    path = os.environ.get(f"{name}_FILE")
    if path:
        if os.environ.get(name):
            raise BadEnvironment(f"{name} and {name}_FILE are both set; keep one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise BadEnvironment(f"{name}_FILE={path} cannot be read: {error.strerror}.") from error
    return os.environ.get(name) or None


@overload
def text(name: str, default: str) -> str: ...
@overload
def text(name: str, default: None = None) -> str | None: ...
def text(name: str, default: str | None = None) -> str | None:
    """The variable's text; `default` when it is unset or empty."""
    value = _raw(name)
    return default if value is None else value


def integer(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31) -> int:
    """The variable as a whole number between `minimum` and `maximum`."""
    value = _raw(name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError:
        number = minimum - 1
    if not minimum <= number <= maximum:
        raise BadEnvironment(f"{name} must be a whole number from {minimum} to {maximum}, for example {name}={default}.")
    return number


def boolean(name: str, default: bool) -> bool:
    """The variable as yes or no: 1, true, yes, on or 0, false, no, off."""
    value = _raw(name)
    if value is None:
        return default
    match value.lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
    raise BadEnvironment(f"{name} must be yes or no, for example {name}={'yes' if default else 'no'}.")


def words(name: str, default: list[str]) -> list[str]:
    """The variable as a comma-separated list."""
    value = _raw(name)
    return default if value is None else [word.strip() for word in value.split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    """The variable as an absolute folder path; it need not exist yet."""
    value = _raw(name)
    return (default if value is None else Path(value)).expanduser().absolute()
