"""Writing a person's archive: a ZIP of a page to read, the same as JSON with its schema, and the files."""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import IO, Any

from django.template.loader import render_to_string
from django.utils import timezone

from privacy import archive_format as parts
from privacy import gathering
from privacy.models import Request
from subjects.models import Subject

FIRST = datetime(1980, 1, 1)  # noqa: DTZ001  # the oldest time a ZIP can hold; times of files would say when it was made
Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Section:
    """A list of the archive: its name in the JSON, its heading on the page, its records."""

    name: str
    heading: str
    records: Iterable[parts.Part]


def write_archive(out: IO[bytes], request: Request, subject: Subject, report: Report) -> None:
    """Write the whole archive of `subject` to `out`. `report` is called with the number of records now and then.

    Raises:
        LettaError: Letta did not give its passages; `out` holds half an archive then.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "schema.json", json.dumps(parts.json_schema(), indent=2, ensure_ascii=False))
        _Writer(archive, request, subject, report).write()


class _Writer:
    def __init__(self, archive: zipfile.ZipFile, request: Request, subject: Subject, report: Report) -> None:
        self.archive = archive
        self.request = request
        self.subject = subject
        self.report = report
        self.count = 0
        self.made_at = timezone.now()
        # What Letta has is asked for once, and before anything is written. The rest of it is ours.
        self.passages_of = gathering.passages(subject)
        self.agent_files = gathering.agent_files(subject)

    def write(self) -> None:
        # A ZIP takes one file at a time, so the page and the JSON are two walks through the database.
        with self.archive.open(_name("data.json"), "w") as data:
            for text in self._json():
                data.write(text.encode())
        with self.archive.open(_name("index.html"), "w") as page:
            for text in self._html():
                page.write(text.encode())
        self._write_agent_files()
        for part, content in gathering.files(self.subject):
            if part.path is not None and content is not None:
                self.archive.writestr(_name(part.path), content)

    def _write_agent_files(self) -> None:
        """Letta's own format, for another Letta to read, and beside it the passages that it leaves out."""
        for number, (agent_id, file) in enumerate(self.agent_files):
            _put(self.archive, f"agents/{number}.af", json.dumps(file, indent=2, ensure_ascii=False))
            texts = [one.model_dump(mode="json") for one in self.passages_of[agent_id]]
            _put(self.archive, f"agents/{number}.passages.json", json.dumps(texts, indent=2, ensure_ascii=False))

    def _sections(self) -> Iterator[Section]:
        subject = self.subject
        yield Section("prompt", "What the assistant gets", gathering.prompt(subject))
        yield Section("blocks", "What is remembered, and what was", gathering.blocks(subject))
        yield Section("runs", "Conversations that were learned from", gathering.runs(subject))
        yield Section("passages", "Texts in the archive", chain.from_iterable(self.passages_of.values()))
        yield Section("files", "Files", (part for part, _ in gathering.files(subject)))
        yield Section("tidies", "Proposed revisions", gathering.tidies(subject))
        yield Section("activity", "Who read or changed it", gathering.activity(subject))
        yield Section("requests", "Privacy requests", gathering.requests(subject))

    def _json(self) -> Iterator[str]:
        head = {"format": parts.FORMAT, "made_at": self.made_at.isoformat(), "request": str(self.request.pk)}
        yield json.dumps(head)[:-1] + ', "subject": ' + gathering.subject_part(self.subject).model_dump_json()
        for section in self._sections():
            yield f',\n"{section.name}": ['
            for number, record in enumerate(section.records):
                yield (",\n" if number else "\n") + record.model_dump_json()
                self._counted(record)
            yield "]"
        yield "}\n"

    def _html(self) -> Iterator[str]:
        context: dict[str, Any] = {"made_at": self.made_at, "request": self.request, "subject": self.subject}
        yield render_to_string("privacy/archive/head.html", context)
        for section in self._sections():
            yield render_to_string("privacy/archive/section.html", {"section": section})
            empty = True
            for record in section.records:
                empty = False
                yield render_to_string(f"privacy/archive/{section.name}.html", {"one": record})
            if empty:
                yield "<p>Nothing.</p>"
            yield "</section>"
        yield "</main></body></html>\n"

    def _counted(self, record: parts.Part) -> None:
        self.count += 1
        if isinstance(record, parts.BlockPart):
            self.count += len(record.revisions)
        elif isinstance(record, parts.RunPart):
            self.count += len(record.messages)
        self.report(self.count)


def _put(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(_name(name), text)


def _name(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=FIRST.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
