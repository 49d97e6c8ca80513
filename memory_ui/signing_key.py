"""The key that signs receipts, as the settings have it: an Ed25519 private key."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a library of megabytes, needed for the first receipt and not for the settings
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED = 32
"""bytes"""


class BadKey(ValueError):
    """The text is no Ed25519 private key; the message says what it must be and holds nothing of it."""

    def __init__(self) -> None:
        super().__init__("it must be an Ed25519 private key: PEM without a password, or a seed of 32 bytes in base64")


def checked(text: str) -> None:
    """Fail at once for a text that can be no key. Raises BadKey."""
    if "-----BEGIN" in text:
        private_key(text)
    elif len(_seed(text)) != SEED:
        raise BadKey


def private_key(text: str) -> Ed25519PrivateKey:
    """An Ed25519 key from PEM, or from a seed in base64.

    Raises:
        BadKey: it is neither.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if "-----BEGIN" not in text:
        return Ed25519PrivateKey.from_private_bytes(_seed(text))
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError):
        raise BadKey from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey
    return key


def _seed(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadKey from None
