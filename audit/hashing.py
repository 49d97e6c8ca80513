"""The bytes that are hashed: a form of an entry that any program in any language can make again.

An entry is a JSON array in UTF-8 without spaces, all but ASCII escaped, names in `detail` sorted by code point, absent ids
null, the moment in whole microseconds since 1970 UTC:

    ["entry",at,actor_kind,actor,action,subject,run,reason,ticket,request,privacy_request,detail]

Its hash is the SHA-256 of that. The id is left out, so that an entry under another number is recognised. A seal's hash is
the SHA-256 of the JSON array `["seal",number,at,settled_id,xid,previous_hash,count]` and then, for each entry by
ascending id, the id as 8 bytes (big-endian) and the hash as 32.
"""

import hashlib
import json
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from audit.models import Entry, Seal

GENESIS = "0" * 64
"""What the first seal names as the hash before it."""
START = 8
"""bytes of an entry's hash that a seal keeps: enough to tell which entry was changed, the seal's own hash proves it"""
_ROW = struct.Struct(f">q{START}s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SealedRow(NamedTuple):
    """What a seal keeps of one entry."""

    id: int
    start: bytes


def entry_hash(entry: Entry) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(
        _json(
            "entry",
            microseconds(entry.at),
            entry.actor_kind,
            _id(entry.actor),
            entry.action,
            _id(entry.subject),
            _id(entry.run),
            entry.reason,
            entry.ticket,
            _id(entry.request),
            _id(entry.privacy_request),
            entry.detail,
        )
    ).digest()


def seal_hash(seal: Seal, rows: Sequence[tuple[int, bytes]]) -> str:
    """SHA-256 in hex over what the seal says of itself and over `rows`: id and hash of each entry, ids ascending."""
    head = (seal.number, microseconds(seal.at), seal.settled_id, seal.xid, seal.previous_hash, len(rows))
    total = hashlib.sha256(_json("seal", *head))
    for number, digest in rows:
        total.update(number.to_bytes(8, "big", signed=True) + digest)
    return total.hexdigest()


def packed(rows: Sequence[tuple[int, bytes]]) -> bytes:
    """`Seal.rows` of entries given as id and hash."""
    return b"".join(_ROW.pack(number, digest[:START]) for number, digest in rows)


def unpacked(rows: bytes) -> Iterator[SealedRow]:
    """The entries that `Seal.rows` names; what is left over of a damaged value is passed over."""
    whole = len(rows) - len(rows) % _ROW.size
    return (SealedRow(*found) for found in _ROW.iter_unpack(rows[:whole]))


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _id(value: object) -> str | None:
    return None if value is None else str(value)


def _json(*values: object) -> bytes:
    return json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
