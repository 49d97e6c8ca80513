"""`manage.py templates`: block templates to files and from files, so that they can live in git.

manage.py templates export FOLDER                        the last version of each template, NAME.json
manage.py templates import FILE … --publish "Why"        each to the template of that name, which may be new
"""

from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from schemas import porting
from schemas.checking import schemas_of
from schemas.editing import BadTemplate, Changed, newest_version
from schemas.models import Template
from schemas.prompting import shared_blocks
from schemas.publishing import publish


class Command(BaseCommand):
    help = "Write block templates as JSON files, and take such files in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="export|import")
        exporting = verbs.add_parser("export", help="write the last version of each template that is not archived")
        exporting.add_argument("folder", type=Path, help="where; files there are replaced")
        importing = verbs.add_parser("import", help="have each file be the draft of the template of its name")
        importing.add_argument("files", type=Path, nargs="+", metavar="file")
        importing.add_argument("--replace-drafts", action="store_true", help="also drafts that say something else")
        importing.add_argument("--publish", metavar="NOTE", help="and publish those that say anything new, with this note")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "export":
            self._export(options["folder"])
        else:
            # All of them are looked at before any is taken: a wrong one leaves everything as it is.
            takings = [_Taking.of(path) for path in options["files"]]
            if not options["replace_drafts"] and (held := [one for one in takings if one.overwrites]):
                names = ", ".join(one.file.name for one in held)
                raise CommandError(f"Somebody's draft says something else: {names}. --replace-drafts overwrites it.")
            for taking in takings:
                self._import(taking, options["publish"])

    def _export(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for template in Template.objects.filter(archived_at=None).order_by("name"):
                if (version := newest_version(template)) is None:
                    self.stdout.write(f"{template.name}: nothing is published yet, left out")
                    continue
                schemas = schemas_of(version.schemas.all())
                path = folder / f"{slugify(template.name) or template.pk}.json"
                path.write_text(porting.write(template.name, template.purpose, schemas, shared_blocks(schemas)))
                self.stdout.write(f"{template.name}: version {version.number}, {path}")
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error

    def _import(self, taking: "_Taking", note: str | None) -> None:
        for label in porting.read_otherwise(taking.file):
            self.stderr.write(
                f"{taking.path}: the shared block {label} is here already and reads differently. It is used as it is."
            )
        try:
            template = taking.take()
            if not template.versions.filter(number=None).exists():
                self.stdout.write(f"{template.name}: nothing new")
            elif note is None:
                self.stdout.write(f"{template.name}: a draft, to be looked at and published")
            else:
                version = publish(template, note, edition=template.edition)
                self.stdout.write(f"{template.name}: published as version {version.number}")
        except BadTemplate as error:
            raise CommandError(f"{taking.path}: {error}") from error
        except Changed as error:
            raise CommandError(
                f"{taking.path}: somebody changed {error.template.name} at this moment. Try again."
            ) from error


@dataclass(frozen=True, slots=True)
class _Taking:
    """A file and the template of its name as it was looked at; None: there is none yet."""

    path: Path
    file: porting.TemplateFile
    template: Template | None

    @classmethod
    def of(cls, path: Path) -> Self:
        file = _read(path)
        return cls(path, file, Template.objects.filter(name__iexact=file.name, archived_at=None).first())

    @property
    def overwrites(self) -> bool:
        """Whether there is a draft that says something else than the file."""
        if self.template is None or (draft := self.template.versions.filter(number=None).first()) is None:
            return False
        schemas = schemas_of(draft.schemas.all())
        written = porting.write(self.file.name, self.file.purpose, schemas, shared_blocks(schemas))
        return porting.read(written) != self.file

    def take(self) -> Template:
        if self.template is None:
            return porting.take(self.file)
        return porting.replace_draft(self.file, self.template, edition=self.template.edition)


def _read(path: Path) -> porting.TemplateFile:
    try:
        return porting.read(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except porting.BadFile as error:
        raise CommandError("\n".join(f"{path}: {problem}" for problem in error.problems)) from error
