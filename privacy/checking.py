"""Checking receipts, also years later: whether the signature is good, and where a receipt was changed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from privacy import signing
from privacy.models import Receipt
from privacy.receipts import as_file, digest


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a receipt came to. `good`: signed by a key of this console, and not changed since."""

    good: bool
    sentence: str
    changed: tuple[str, ...] = ()
    """Where it was changed, as far as can be told: paths of fields, or names of parts."""
    document: Mapping[str, Any] | None = None

    @property
    def receipt(self) -> UUID | None:
        """The id that the receipt gives itself."""
        return _uuid(self.document.get("receipt")) if self.document else None


def check_text(text: str | bytes) -> Checked:
    """Check a receipt as its file has it."""
    try:
        given = json.loads(text, parse_constant=_refuse, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        return Checked(False, "This is no receipt: it cannot be read as JSON.")
    return check(given)


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and its kind are no JSON


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError  # readers differ in which of two equal names they take
    return dict(pairs)


def check(given: object) -> Checked:
    """Check a receipt as it was given out: the object that its JSON file holds."""
    if not isinstance(given, dict) or not isinstance(given.get("document"), dict):
        return Checked(False, "This is no receipt: it must be a JSON object with `document` and `signature`.")
    document, signature = given["document"], given.get("signature")
    public = given.get("public_key")
    if not isinstance(signature, str) or not isinstance(public, str):
        return Checked(False, "This is no whole receipt: `signature` or `public_key` is missing.", document=document)
    try:
        fits, known = signing.fits(document, signature, public), _is_known(public)
    except (ValueError, TypeError):  # numbers that are none, texts that are no Unicode
        fits, known = False, False
    original = _original(document.get("receipt"), signature)
    changed = tuple(_differences(as_file(original), given)) if original else tuple(_changed_parts(document))
    if fits and known and not changed:
        return Checked(True, "The signature is good: nothing in it was changed since it was signed.", document=document)
    if fits and not known:
        return Checked(
            False, "It was signed with a key that this console never had: it is a forgery, or of another console.",
            changed, document,
        )  # fmt: skip
    if fits:
        return Checked(False, "The document is as it was signed, but something beside it was changed.", changed, document)
    return Checked(False, "The signature does not match: the receipt was changed after it was signed.", changed, document)


def _is_known(public: str) -> bool:
    """Whether it is the present key, or an earlier one by which a receipt was signed that is kept here."""
    return public == signing.public_key() or Receipt.objects.filter(public_key=public).exists()


def _original(receipt: object, signature: str) -> Receipt | None:
    """The stored receipt that was meant, by any of the names it has."""
    by_signature = Receipt.objects.filter(signature=signature[:100]).first()
    if by_signature:
        return by_signature
    pk = _uuid(receipt)
    return Receipt.objects.filter(pk=pk).first() if pk else None


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _differences(original: Any, given: Any, path: str = "") -> Iterable[str]:
    """The paths at which two JSON values differ."""
    if isinstance(original, dict) and isinstance(given, dict):
        for key in sorted({*original, *given}, key=str):
            inner = f"{path}.{key}" if path else str(key)
            if key not in given:
                yield f"{inner} (taken out)"
            elif key not in original:
                yield f"{inner} (put in)"
            else:
                yield from _differences(original[key], given[key], inner)
    elif isinstance(original, list) and isinstance(given, list) and len(original) == len(given):
        for place, (one, other) in enumerate(zip(original, given, strict=True)):
            yield from _differences(one, other, f"{path}[{place}]")
    elif type(original) is not type(given) or original != given:
        yield path


def _changed_parts(document: Mapping[str, Any]) -> Iterable[str]:
    """The parts that no longer fit the digests in the document: all that can be told without the original."""
    digests = document.get("digests")
    if not isinstance(digests, dict):
        yield "digests"
        return
    for part in sorted({*digests, *document} - {"digests"}):
        try:
            same = part in document and digests.get(part) == digest(document[part])
        except ValueError:
            same = False
        if not same:
            yield part
