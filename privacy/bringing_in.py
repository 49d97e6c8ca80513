"""Bringing in what `archiving` wrote: a person's agents with their passages, into the Letta that is connected now."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from memory_sdk.names import subject_id_of
from memory_ui.waking import send
from subjects.arriving import refused
from subjects.letta import agents

LARGEST = 200 * 1024 * 1024  # bytes of one file in the archive, unpacked
AGENT_FILE = ".af"
SYNC = "subjects.tasks.sync"


class BadArchive(ValueError):
    """The file is none that can be brought in, or must not be; the message says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What was made in Letta. The subjects appear here as soon as sync has seen them."""

    agent_ids: list[str]
    passages: int


def bring_in(path: Path, by: User) -> BroughtIn:
    """Make the agents of an archive (a ZIP of ours) or of a bare agent file, with their passages where they are beside it.

    Raises:
        BadArchive: it is neither, a subject of it is known to Letta already, or was erased here.
        LettaError: Letta refused or did not answer; the agents that were made until then are named in the audit log.
    """
    found = _agents_of(path)
    # All are asked about before one is made: somebody with duplicate agents comes in whole or not at all.
    for subject_id in {_subject_id(content) for content, _ in found}:
        _check_door(subject_id)
    made: list[str] = []
    for content, texts in found:
        new = agents().import_agent_file(content)
        record(Action.IMPORTED_SUBJECT, by=by, detail={"agents": len(new), "passages": len(texts)})
        made += new
        agents().store_passages(new[0], texts)
    send(SYNC)
    return BroughtIn(made, sum(len(texts) for _, texts in found))


def _agents_of(path: Path) -> list[tuple[bytes, list[tuple[str, list[str]]]]]:
    if not zipfile.is_zipfile(path):
        if path.stat().st_size > LARGEST:
            raise BadArchive(f"An agent file is at most {LARGEST // 1024 // 1024} MB.")
        return [(path.read_bytes(), [])]
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(AGENT_FILE)]
            if not names:
                raise BadArchive("There is no agent file (.af) in this ZIP.")
            return [(_read(archive, name), _texts(archive, name)) for name in names]
    except zipfile.BadZipFile as error:
        raise BadArchive("The ZIP is damaged.") from error


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > LARGEST:
        raise BadArchive(f"A file in the archive is larger than {LARGEST // 1024 // 1024} MB.")
    return archive.read(name)


def _texts(archive: zipfile.ZipFile, agent_file: str) -> list[tuple[str, list[str]]]:
    name = agent_file.removesuffix(AGENT_FILE) + ".passages.json"
    if name not in archive.namelist():
        return []
    try:
        return [(str(one["text"]), [str(tag) for tag in one["tags"]]) for one in json.loads(_read(archive, name))]
    except (ValueError, KeyError, TypeError) as error:
        raise BadArchive("The passages beside an agent file are not as this program writes them.") from error


def _subject_id(content: bytes) -> str:
    try:
        agent: Any = json.loads(content)["agents"][0]
        subject_id = subject_id_of(str(agent["name"]), [str(tag) for tag in agent["tags"] or []])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadArchive("This is no agent file.") from error
    if subject_id is None:
        raise BadArchive("The agent's tags do not say whose memory it is, so nobody would find it.")
    return subject_id


def _check_door(subject_id: str) -> None:
    if reason := refused({subject_id: ""}).get(subject_id):
        raise BadArchive(reason)
    if agents().find_agent(subject_id, with_blocks=False) is not None:
        raise BadArchive("Letta has an agent for this id already: a second one would split the memory. Erase the first.")
