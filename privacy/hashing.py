"""Keyed hashes of outside ids: they recognise an id that comes back, and give away none that is not known already."""

import hashlib
import hmac

from django.conf import settings

PURPOSE = b"memory_ui privacy: outside ids"
"""Keeps these hashes apart from whatever else the same secret is used for."""


def keyed_hash(subject_id: str) -> str:
    """HMAC-SHA256 of an outside id, 64 hexadecimal digits.

    Without the key (LEDGER_KEY, or SECRET_KEY when that is unset) nobody can try ids out until one fits. Another key
    makes all hashes different: erased ids would no longer be recognised.
    """
    key = hmac.digest(settings.LEDGER_KEY.encode(), PURPOSE, hashlib.sha256)
    return hmac.digest(key, subject_id.encode(), hashlib.sha256).hex()
