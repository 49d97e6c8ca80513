"""Signing receipts: Ed25519 over canonical JSON, with the key of the settings."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from memory_ui.signing_key import private_key


@dataclass(frozen=True)
class Signature:
    """A signature and what it can be checked with, all base64 but the key's id."""

    signature: str
    key_id: str
    public_key: str


def canonical(document: Any) -> bytes:
    """The one way a document is written to be signed: sorted keys, no spaces, UTF-8 (RFC 8785 but for floats: none)."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sign(document: Any) -> Signature:
    """Sign a document with this console's key."""
    key = _key()
    return Signature(base64.b64encode(key.sign(canonical(document))).decode(), key_id(public_key()), public_key())


def public_key() -> str:
    """This console's public key: 32 bytes, base64. To be published."""
    raw = _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def key_id(public: str) -> str:
    """A public key's name: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(base64.b64decode(public)).hexdigest()[:16]


def fits(document: Any, signature: str, public: str) -> bool:
    """Whether the signature is that of the document by this public key. Bad base64 does not fit."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), canonical(document))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


@cache
def _key() -> Ed25519PrivateKey:
    return private_key(settings.RECEIPT_SIGNING_KEY)
