"""Receipts: what an erasure found, removed, read again and could not reach, signed."""

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from memory_sdk import LettaError
from privacy import inventory, letta_database, signing
from privacy.erasures import Erasure
from privacy.found import Found
from privacy.models import Receipt, Request
from privacy.stores import CLEANED, DELETED, name_of
from subjects.letta import agents

FORMAT = "memory_ui erasure receipt 1"
ALGORITHM = "Ed25519 over RFC 8785 canonical JSON of `document`"


def reasons(erasure: Erasure) -> list[str]:
    """Why the erasure is not done, in sentences; none: it is done and proven."""
    found: list[str] = []
    if erasure.step != Erasure.Step.RECEIPT:
        found += [*erasure.failures[-1:], "It was given up there, so not everything was read again."]
    return found + list(erasure.verified.get("open", ()))


def issue(request: Request, erasure: Erasure, found: Found, open_reasons: list[str]) -> Receipt:
    """Write and sign the receipt of this attempt. `request` is as it stands in the database."""
    receipt = Receipt(request=request, attempt=erasure.attempt, created_at=timezone.now())
    document = _document(receipt, request, erasure, found, open_reasons)
    document["digests"] = {part: digest(value) for part, value in document.items()}
    signature = signing.sign(document)
    receipt.document, receipt.signature = document, signature.signature
    receipt.key_id, receipt.public_key = signature.key_id, signature.public_key
    receipt.save(force_insert=True)
    return receipt


def as_file(receipt: Receipt) -> dict[str, Any]:
    """What is given to people: the document with its signature and the key that checks it."""
    return {
        "document": receipt.document,
        "signature": receipt.signature,
        "key_id": receipt.key_id,
        "public_key": receipt.public_key,
        "algorithm": ALGORITHM,
    }


def _document(receipt: Receipt, request: Request, erasure: Erasure, found: Found, open_reasons: list[str]) -> dict[str, Any]:
    done = not open_reasons
    return {
        "format": FORMAT,
        "receipt": str(receipt.pk),
        "request": str(request.pk),
        "attempt": erasure.attempt,
        "result": "done" if done else "partial",
        "reasons": open_reasons,
        "subject": {"id": _opaque(request.subject), "keyed_hash": request.subject_hash},
        "people": {
            "filed_by": _opaque(request.filed_by_id),
            "filed_with_key": _opaque(request.filed_key_id),
            "confirmed_by": _opaque(request.confirmed_by_id),
            "approved_by": _opaque(request.approved_by_id),
        },
        "times": _times(receipt, request, erasure),
        "versions": {"memory_ui": version(), "letta": _letta_version()},
        "stores": _stores(erasure, found),
        "kept": _kept(found),
        "searched": erasure.verified.get("searched", []),
        "vacuumed": erasure.vacuumed,
        "cleaned": {label: CLEANED[label] for label in sorted(set(CLEANED) & set(erasure.deleted))},
        "not_in_this_letta": found.lacking,
        "unreachable": [{"what": what, "why": why} for what, why in inventory.unreachable(found.lacking)],
        "broker": inventory.BROKER,
        "troubles": erasure.failures,
    }


def _times(receipt: Receipt, request: Request, erasure: Erasure) -> dict[str, Any]:
    moments = {
        "filed": request.filed_at,
        "confirmed": request.confirmed_at,
        "approved": request.approved_at,
        "begun": erasure.started_at,
        "written": receipt.created_at,
    }
    return {name: _utc(moment) for name, moment in moments.items()} | {"steps": erasure.times}


def _opaque(pk: object) -> str | None:
    return None if pk is None else str(pk)


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def _stores(erasure: Erasure, found: Found) -> list[dict[str, Any]]:
    """A line for each store: found, removed, asked for again, and left."""
    asked = {(one["where"], one["store"]): one for one in erasure.verified.get("asked", ())}
    lines: list[dict[str, Any]] = []
    for store in DELETED:
        ids = found.ours.get(store.label, [])
        lines.append(_line("here", store.label, store.name, ids, erasure.deleted.get(store.label, 0), asked))
    cleaned = [(label, count) for label in CLEANED if (count := erasure.deleted.get(label, 0))]
    lines += [_line("here", label, name_of(label), [], count, asked) for label, count in cleaned]
    for kind, name in inventory.NAMES.items():
        ids = found.to_ask(kind) if kind != "passage" else found.letta.get(kind, [])
        removed = erasure.deleted.get(f"letta.{kind}", 0)
        lines.append(_line("letta", kind, name, ids, removed, asked))
    if letta_database.is_set():
        for table, _ in letta_database.PURGED:
            removed = erasure.deleted.get(f"letta-database.{table}", 0)
            lines.append(_line("letta-database", table, f"Letta's table {table}", [], removed, asked))
    return [line for line in lines if line["found"] or line["removed"] or line["left"]]


def _line(
    where: str, store: str, name: str, ids: list[str], removed: int, asked: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, Any]:
    again = asked.get((where, store), {})
    return {
        "where": where,
        "store": store,
        "name": name,
        "found": len(ids),
        "ids_sha256": hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest() if ids else None,
        "removed": removed,
        "asked_again": again.get("asked", 0),
        "left": again.get("left", 0),
        "left_ids": list(again.get("ids", ())),
        "note": again.get("note", ""),
    }


def _kept(found: Found) -> list[dict[str, str]]:
    return [
        {"store": kind, "id": one, "why": "others use it too"} for kind, ids in sorted(found.kept.items()) for one in ids
    ]


def digest(part: Any) -> str:
    """The SHA-256 of a part of a document, so that a changed part is found without the original."""
    return hashlib.sha256(signing.canonical(part)).hexdigest()


@cache
def version() -> str:
    """This console's version."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _letta_version() -> str:
    try:
        return agents().health().version
    except LettaError:
        return "not told"
