"""A self-hosted Letta's own database, with LETTA_DATABASE_URL: what its API cannot delete is purged and verified there.

Tables and columns are those of Letta 0.16.8 (`letta/orm`); one that a version has not got is passed over. Provider
traces are the prompts and answers of every model call in full; conversations and their messages are only marked as
deleted by the API.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from privacy.found import Found
from privacy.naming import IN_TEXT, Named

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 120

_RUNS = {"agent_id": "agent", "run_id": "run", "step_id": "step"}
PURGED: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("provider_traces", _RUNS),
    ("provider_trace_metadata", _RUNS),
    ("step_metrics", {"agent_id": "agent", "run_id": "run", "id": "step"}),
    ("run_metrics", {"agent_id": "agent", "id": "run"}),
    ("llm_batch_items", {"agent_id": "agent"}),
    ("conversation_messages", {"agent_id": "agent", "conversation_id": "conversation", "message_id": "message"}),
    ("job_messages", {"message_id": "message"}),
    ("messages", {"agent_id": "agent", "conversation_id": "conversation", "run_id": "run", "id": "message"}),
    ("steps", {"agent_id": "agent", "run_id": "run", "id": "step"}),
    ("runs", {"agent_id": "agent", "conversation_id": "conversation", "id": "run"}),
    ("conversations", {"agent_id": "agent", "id": "conversation"}),
    ("block_history", {"block_id": "block"}),
    ("passage_tags", {"archive_id": "archive", "passage_id": "passage"}),
    ("archival_passages", {"archive_id": "archive", "id": "passage"}),
    ("source_passages", {"source_id": "folder", "file_id": "file"}),
    ("file_contents", {"file_id": "file"}),
    ("files_agents", {"agent_id": "agent", "source_id": "folder", "file_id": "file"}),
    ("files", {"source_id": "folder", "id": "file"}),
)
"""In this order: what points to something goes before it. By table, the columns and whose ids stand in them."""

# Without a foreign key their rows outlive the agent: also those of agents that were deleted long ago, as the scratch
# agents of tidy-ups are. They belong to nobody, and nothing of Letta shows them any more.
_ORPHANED = ("provider_traces", "provider_trace_metadata", "steps", "step_metrics", "run_metrics")
# A block that is kept for others may name the person, and so may the prompts of those who have it.
_EXCUSED = {
    "block": sql.SQL(" and id <> all(%(kept)s)"),
    "messages": sql.SQL(
        " and not (role = 'system' and agent_id in (select agent_id from blocks_agents where block_id = any(%(kept)s)))"
    ),
}
_TEXT_TYPES = ("text", "character varying", "json", "jsonb", "ARRAY")


class Trouble(Exception):
    """The database could not be reached or refused; the message is a sentence without personal text."""


def is_set() -> bool:
    """Whether there is an address of Letta's database."""
    return bool(settings.LETTA_DATABASE_URL)


def purge(found: Found) -> dict[str, int]:
    """Delete every row that hangs on what was found, and what agents left that are gone; by table, how many.

    Safe to repeat. Raises Trouble.
    """
    deleted: dict[str, int] = {}
    with _connected() as connection:
        for table, condition, values in _conditions(connection, found):
            with connection.transaction():
                cursor = connection.execute(
                    sql.SQL("delete from {} where {}").format(sql.Identifier(table), condition), values
                )
            if cursor.rowcount:
                deleted[table] = cursor.rowcount
        for table in deleted:
            connection.execute(sql.SQL("vacuum {}").format(sql.Identifier(table)))
    return deleted


def remaining(found: Found) -> dict[str, int]:
    """By table, how many rows still hang on what was found. Raises Trouble."""
    left: dict[str, int] = {}
    with _connected() as connection:
        for table, condition, values in _conditions(connection, found):
            query = sql.SQL("select count(*) from {} where {}").format(sql.Identifier(table), condition)
            row = connection.execute(query, values).fetchone()
            if row and row[0]:
                left[table] = row[0]
    return left


def mentions(named: Named, found: Found) -> dict[str, int]:
    """By table and column, how many rows hold the outside id, but for blocks that are kept for others. Raises Trouble."""
    hits: dict[str, int] = {}
    if not named:
        return hits
    with _connected() as connection:
        for table, column in _texts(connection):
            stands_in = IN_TEXT.format(column=sql.Identifier(column))
            excused = _EXCUSED.get(table, sql.SQL(""))
            query = sql.SQL("select count(*) from {} where {}{}").format(sql.Identifier(table), stands_in, excused)
            row = connection.execute(query, {**named.sought, "kept": found.kept.get("block", [])}).fetchone()
            if row and row[0]:
                hits[f"{table}.{column}"] = row[0]
    return hits


@contextmanager
def _connected() -> Iterator[psycopg.Connection[Any]]:
    try:
        with psycopg.connect(
            settings.LETTA_DATABASE_URL,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            options=f"-c statement_timeout={STATEMENT_SECONDS * 1000}",
            application_name="memory_ui",
        ) as connection:
            yield connection
    except psycopg.Error as error:  # its text may repeat what was looked for
        raise Trouble(f"Letta's database (LETTA_DATABASE_URL) did not do it: {type(error).__name__}.") from None


def _conditions(connection: psycopg.Connection[Any], found: Found) -> Iterator[tuple[str, sql.Composable, list[list[str]]]]:
    """The tables to purge with the condition that finds the rows."""
    there = set(
        connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = current_schema()"
        ).fetchall()
    )
    for table, columns in PURGED:
        parts: list[sql.Composable] = []
        values: list[list[str]] = []
        for column, kind in columns.items():
            ids = [one.rpartition("/")[2] for one in found.to_ask(kind)]  # a file is named with its folder
            if ids and (table, column) in there:
                parts.append(sql.SQL("{} = any(%s)").format(sql.Identifier(column)))
                values.append(ids)
        if table in _ORPHANED and (table, "agent_id") in there:
            nobody = "agent_id is not null and not exists (select from agents where agents.id = {}.agent_id)"
            parts.append(sql.SQL(f"({nobody})").format(sql.Identifier(table)))
        if parts:
            yield table, sql.SQL(" or ").join(parts), values


def _texts(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    query = (
        "select c.table_name, c.column_name from information_schema.columns c"
        " join information_schema.tables t using (table_schema, table_name)"
        " where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.data_type = any(%s)"
        " order by 1, 2"
    )
    return [(table, column) for table, column in connection.execute(query, [list(_TEXT_TYPES)]).fetchall()]
