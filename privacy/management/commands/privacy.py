"""`manage.py privacy`: file a privacy request, approve an erasure, and wait for the answer.

manage.py privacy request erasure SUBJECT_ID --by EMAIL     prints the request's id
manage.py privacy approve ID --by EMAIL                     as somebody else
manage.py privacy wait ID                                   prints the path of the receipt
"""

import json
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.models import User
from accounts.roles import Permission, who_may
from memory_sdk.names import MAX_SUBJECT_ID
from privacy import exporting, receipts
from privacy.models import Export, Request
from privacy.requesting import AlreadyOpen, Filer, NotPossible, approve, file

LOOK = 0.5  # seconds between two looks
PARTIAL, NOT_ANSWERED, TIMED_OUT = 3, 4, 5
CODES = """
exit codes:
  0  done
  1  not possible, with the reason
  2  the arguments are not understood
  3  wait: it ended partly done; the receipt says what is left
  4  wait: it was refused or withdrawn
  5  wait: not answered in time
"""


class Command(BaseCommand):
    help = "File privacy requests, approve erasures and wait for the answer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = CODES
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="request|approve|wait")
        filing = verbs.add_parser("request", help="file a request; prints its id")
        filing.add_argument("kind", choices=Request.Kind.values)
        filing.add_argument("subject_id", help="the id your assistant uses; writing it here confirms an erasure")
        filing.add_argument("--by", required=True, metavar="EMAIL", help="a privacy officer")
        approving = verbs.add_parser("approve", help="approve an erasure that somebody else asked for")
        approving.add_argument("id", type=UUID)
        approving.add_argument("--by", required=True, metavar="EMAIL", help="somebody with the right to approve")
        waiting = verbs.add_parser("wait", help="wait for the answer; prints the path of the receipt or archive")
        waiting.add_argument("id", type=UUID)
        waiting.add_argument("--timeout", type=float, metavar="SECONDS", help="give up after this long")
        waiting.add_argument(
            "--to", type=Path, metavar="PATH", help="the file to write instead of DATA_DIR/receipts/ID.json"
        )
        waiting.add_argument("--by", metavar="EMAIL", help="who takes the archive of an access request: whoever filed it")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        {"request": self._request, "approve": self._approve, "wait": self._wait}[verb](options)

    def _request(self, options: dict[str, Any]) -> None:
        by = _person(options["by"], Permission.HANDLE_REQUESTS)
        subject_id: str = options["subject_id"]
        if not subject_id.strip() or not subject_id.isprintable() or len(subject_id) > MAX_SUBJECT_ID:
            raise CommandError(f"SUBJECT_ID must be 1 to {MAX_SUBJECT_ID} characters that can be printed.")
        try:
            filed = file(options["kind"], subject_id, Filer(by), confirmed=True)
        except AlreadyOpen as error:
            raise CommandError(f"{error} Its whole id is {error.request.pk}.") from error
        self.stdout.write(str(filed.pk))
        self.stderr.write(f"{filed.get_state_display()}; due {filed.due_at:%Y-%m-%d}.")

    def _approve(self, options: dict[str, Any]) -> None:
        filed = _request(options["id"])
        by = _person(options["by"], Permission.APPROVE_ERASURE)
        try:
            approve(filed, by)
        except NotPossible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(filed.pk))

    def _wait(self, options: dict[str, Any]) -> None:
        filed = _request(options["id"])
        by = _person(options["by"], Permission.HANDLE_REQUESTS) if options["by"] else None
        limit = None if options["timeout"] is None else time.monotonic() + options["timeout"]
        said = ""
        while filed.is_open:
            if filed.get_state_display() != said:
                said = filed.get_state_display()
                self.stderr.write(f"{said} …")
            if limit is not None and time.monotonic() > limit:
                raise CommandError(f"Not answered in time: {said}. {filed.failure}".strip(), returncode=TIMED_OUT)
            time.sleep(LOOK)
            filed.refresh_from_db()
        if filed.state in (Request.State.REFUSED, Request.State.WITHDRAWN):
            raise CommandError(
                f"{filed.get_state_display()}. {filed.get_refusal_display()}".strip(), returncode=NOT_ANSWERED
            )
        if filed.failure:
            self.stderr.write(filed.failure)
        self._hand_out(filed, options["to"], by)
        if filed.state == Request.State.PARTIAL:
            raise CommandError("It ended partly done.", returncode=PARTIAL)

    def _hand_out(self, filed: Request, to: Path | None, by: User | None) -> None:
        if filed.kind == Request.Kind.ERASURE:
            receipt = filed.receipts.order_by("attempt").last()
            if receipt is None:
                raise CommandError("There is no receipt.")
            path = to or settings.DATA_DIR / "receipts" / f"{receipt.pk}.json"
            _write(path, json.dumps(receipts.as_file(receipt), indent=2, ensure_ascii=False).encode() + b"\n")
            self.stdout.write(str(path))
        elif export := Export.objects.filter(request=filed, state=Export.State.READY).first():
            if to is None:
                # The archive holds all that is known of somebody: it is put nowhere that nobody named.
                self.stdout.write(f"{settings.PUBLIC_URL}{reverse('request-detail', args=[filed.pk])}")
                self.stderr.write("The archive is ready there. With --to FILE --by EMAIL it is written to a file.")
                return
            if by is None or not exporting.may_fetch(export, by):
                raise CommandError("Only its asker may take an archive: name whoever filed the request with --by EMAIL.")
            _write(to, b"".join(exporting.content_of(export, by)))
            self.stdout.write(str(to))


def _person(email: str, permission: Permission) -> User:
    person = User.objects.filter(email=email.lower()).first()
    if person is None or not person.is_active:
        raise CommandError(f"Nobody signs in as {email}.")
    if not person.may(permission):
        raise CommandError(f"{email} may not: to {permission.label}, one has to be {who_may(permission)}.")
    return person


def _request(pk: UUID) -> Request:
    filed = Request.objects.filter(pk=pk).first()
    if filed is None:
        raise CommandError(f"There is no request {pk}.")
    return filed


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
