"""Receipts: signed, without personal text, and every changed byte is found and, as far as can be told, named."""

import base64
import copy
import json
import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from memory_ui import signing_key
from privacy import checking, receipts, signing
from privacy.found import Found
from privacy.models import Erasure, Receipt, Request
from privacy.requesting import Filer, file

pytestmark = pytest.mark.django_db

Json = dict[str, Any]
SignIn = Callable[[User], Client]


@pytest.fixture
def receipt(petra: User) -> Receipt:
    """Of an erasure that found something, kept a shared block, and was done."""
    request = file("erasure", "user_ida", Filer(petra), confirmed=True)
    erasure = Erasure.objects.create(request=request, step=Erasure.Step.RECEIPT, deleted={"subjects.Message": 2})
    erasure.verified = {"asked": [{"where": "here", "store": "subjects.Message", "asked": 2, "left": 0}], "open": []}
    found = Found(ours={"subjects.Message": ["1", "2"]}, letta={"agent": ["agent-1"]}, kept={"block": ["block-1"]})
    return receipts.issue(request, erasure, found, [])


@pytest.fixture
def given(receipt: Receipt) -> Json:
    """The receipt's file, as somebody kept it."""
    kept: Json = json.loads(json.dumps(receipts.as_file(receipt)))
    return kept


def test_a_receipt_is_good_and_says_what_was_done(given: Json, petra: User) -> None:
    checked = checking.check(given)
    assert (checked.good, checked.changed) == (True, ())
    told = given["document"]
    assert told["result"] == "done"
    assert told["people"]["filed_by"] == str(petra.pk)
    assert "user_ida" not in json.dumps(given)
    assert petra.name not in json.dumps(given)
    messages = next(line for line in told["stores"] if line["store"] == "subjects.Message")
    assert (messages["found"], messages["removed"], messages["asked_again"], messages["left"]) == (2, 2, 2, 0)
    assert told["kept"] == [{"store": "block", "id": "block-1", "why": "others use it too"}]
    assert {one["what"] for one in told["unreachable"]} >= {"Logs", "Backups"}
    assert told["versions"]["memory_ui"] == receipts.version()


CHANGES: dict[str, Callable[[Json], object]] = {
    "result": lambda doc: doc.update(result="partial"),
    "stores[0].removed": lambda doc: doc["stores"][0].update(removed=3),
    "times.written": lambda doc: doc["times"].update(written="2020-01-01T00:00:00+00:00"),
    "kept": lambda doc: doc["kept"].clear(),
    "people.approved_by": lambda doc: doc["people"].update(approved_by="1"),
    "subject.keyed_hash": lambda doc: doc["subject"].update(keyed_hash="0" * 64),
    "reasons": lambda doc: doc["reasons"].append("x"),
    "extra (put in)": lambda doc: doc.update(extra=1),
    "attempt (taken out)": lambda doc: doc.pop("attempt"),
    "digests.result": lambda doc: doc["digests"].update(result="0"),
}


@pytest.mark.parametrize("place", CHANGES)
def test_a_change_is_found_and_named_by_the_original_that_is_kept(given: Json, place: str) -> None:
    CHANGES[place](given["document"])
    checked = checking.check(given)
    assert not checked.good
    assert checked.sentence == "The signature does not match: the receipt was changed after it was signed."
    assert checked.changed == (f"document.{place}",)


@pytest.mark.parametrize("place", [place for place in CHANGES if not place.startswith("digests")])
def test_without_the_original_the_part_is_named(given: Json, place: str) -> None:
    Receipt.objects.all().delete()
    CHANGES[place](given["document"])
    checked = checking.check(given)
    assert not checked.good
    part = place.split(" ")[0].split(".")[0].split("[")[0]
    assert checked.changed == (part,)


def test_any_byte_of_the_signature_counts(given: Json) -> None:
    raw = bytearray(base64.b64decode(given["signature"]))
    for place in range(len(raw)):
        changed = copy.deepcopy(given)
        raw[place] ^= 1
        changed["signature"] = base64.b64encode(raw).decode()
        raw[place] ^= 1
        checked = checking.check(changed)
        assert not checked.good
        assert checked.changed == ("signature",)


def test_any_byte_of_the_file_counts(receipt: Receipt) -> None:
    """Each byte of the file, one after the other: changed, it is never good unless it says the very same."""
    text = json.dumps(receipts.as_file(receipt)).encode()
    wrongly_good = []
    for place in range(len(text)):
        changed = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        if checking.check_text(changed).good:
            wrongly_good.append(text[max(0, place - 20) : place + 20])
    assert not wrongly_good


def test_a_whole_receipt_of_another_key_is_no_receipt_of_ours(given: Json) -> None:
    forger = Ed25519PrivateKey.generate()
    given["document"]["result"] = "partial"
    given["signature"] = base64.b64encode(forger.sign(signing.canonical(given["document"]))).decode()
    given["public_key"] = base64.b64encode(forger.public_key().public_bytes_raw()).decode()
    checked = checking.check(given)
    assert not checked.good
    assert "a key that this console never had" in checked.sentence


@pytest.fixture
def another_key(given: Json, settings: Settings) -> Iterator[None]:
    """The key was changed after the receipt was signed."""
    settings.RECEIPT_SIGNING_KEY = base64.b64encode(b"k" * 32).decode()
    signing._key.cache_clear()
    yield
    signing._key.cache_clear()


def test_receipts_of_an_earlier_key_stay_good(given: Json, another_key: None) -> None:
    assert signing.public_key() != given["public_key"]
    assert checking.check(given).good


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"document": 1}', '{"document": {}}', '{"document": {}, "signature": "x"}', "{" * 9999]
)
def test_what_is_no_receipt_is_told_so(text: str) -> None:
    checked = checking.check_text(text)
    assert not checked.good
    assert checked.sentence.startswith("This is no")


def test_two_values_of_one_name_are_no_receipt(given: Json) -> None:
    """Readers differ in which of the two they take."""
    text = json.dumps(given).replace('"result": "done"', '"result": "partial", "result": "done"')
    assert not checking.check_text(text).good


# the command and the pages --------------------------------------------------------------------------------------------


def test_the_command(given: Json, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(given))
    out = StringIO()
    call_command("verify_receipt", path, stdout=out)
    assert "The signature is good" in out.getvalue()
    assert "done" in out.getvalue()
    given["document"]["result"] = "partial"
    path.write_text(json.dumps(given))
    err = StringIO()
    with pytest.raises(CommandError, match="changed after it was signed"):
        call_command("verify_receipt", path, stderr=err)
    assert "changed: document.result" in err.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_receipt", tmp_path / "nowhere.json")


def test_pasted_and_uploaded(given: Json, otto: User, sign_in: SignIn, tmp_path: Path) -> None:
    client = sign_in(otto)
    page = client.post("/privacy/receipts/verify/", {"text": json.dumps(given)}).content.decode()
    assert "The signature is good" in page
    given["document"]["stores"][0]["removed"] = 9
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(given))
    with path.open("rb") as file:
        page = client.post("/privacy/receipts/verify/", {"file": file}).content.decode()
    assert "document.stores[0].removed" in page
    assert client.post("/privacy/receipts/verify/", {}).status_code == 422


def test_what_stands_in_a_receipt_is_escaped(given: Json, otto: User, sign_in: SignIn) -> None:
    given["document"]["<script>x</script>"] = "<b>"
    page = sign_in(otto).post("/privacy/receipts/verify/", {"text": json.dumps(given)}).content.decode()
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_to_read_and_to_save(receipt: Receipt, given: Json, otto: User, sign_in: SignIn) -> None:
    client = sign_in(otto)
    page = client.get(f"/privacy/receipts/{receipt.pk}/").content.decode()
    assert "Erased, and read again: nothing is left" in page
    assert "The signature is good" in page
    saved = client.get(f"/privacy/receipts/{receipt.pk}/file/")
    assert saved.headers["Content-Disposition"] == f'attachment; filename="receipt-{receipt.pk}.json"'
    assert saved.json() == given
    assert str(receipt.pk) in client.get("/privacy/receipts/").content.decode()


def test_times_are_written_out_for_people_and_in_iso_for_machines(receipt: Receipt, otto: User, sign_in: SignIn) -> None:
    document = receipt.document
    document["times"]["written"] = "2026-11-05T07:08:59+00:00"
    document["times"]["begun"] = "<b>no time"
    refused = "not vacuumed: LockNotAvailable"
    document["vacuumed"] = {"subjects_run": "2026-11-05T08:00:01+00:00", "subjects_block": refused}
    receipt.save()
    page = sign_in(otto).get(f"/privacy/receipts/{receipt.pk}/").text
    assert '<time datetime="2026-11-05T07:08:59Z" title="2026-11-05 07:08:59 UTC">5 November 2026, 07:08 UTC</time>' in page
    assert "&lt;b&gt;no time" in page, "what somebody changed is shown as it is"
    assert ">5 November 2026, 08:00 UTC</time>: no deleted row" in page
    assert "subjects_block: not vacuumed: LockNotAvailable" in page


def test_what_goes_with_something_else_is_not_told_as_left_out(receipt: Receipt, otto: User, sign_in: SignIn) -> None:
    none = {"found": 0, "removed": 0, "asked_again": 0, "left": 0, "note": ""}
    run = none | {"where": "letta", "store": "run", "name": "Runs", "found": 2, "asked_again": 2}
    emptied = none | {"where": "here", "store": "privacy.Request", "name": "Requests", "removed": 1}
    receipt.document["stores"] = [run, emptied]
    receipt.document["cleaned"] = {"privacy.Request": "Requests: the outside id is emptied, its keyed hash stays"}
    receipt.save()
    page = sign_in(otto).get(f"/privacy/receipts/{receipt.pk}/").text
    assert '<span class="soft">with their agent</span>' in page
    assert "here · the outside id is emptied, its keyed hash stays" in page
    names = re.findall(r"<dt>(Filed|Confirmed|Approved|Begun|Written)</dt>", page)
    assert names == [one for one in ("Filed", "Confirmed", "Approved", "Begun", "Written") if one in names]
    assert len(names) >= 3


def test_one_that_was_changed_in_the_database_says_so(receipt: Receipt, otto: User, sign_in: SignIn) -> None:
    receipt.document["result"] = "partial"
    receipt.save()
    page = sign_in(otto).get(f"/privacy/receipts/{receipt.pk}/").content.decode()
    assert "The signature does not match" in page
    assert Request.objects.get().receipts.get() == receipt


# the key --------------------------------------------------------------------------------------------------------------


def test_a_key_in_pem_or_as_a_seed_is_the_same_key() -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    seed = base64.b64encode(key.private_bytes_raw()).decode()
    found = [signing_key.private_key(text).public_key().public_bytes_raw() for text in (pem, seed)]
    assert found == [key.public_key().public_bytes_raw()] * 2


@pytest.mark.parametrize("text", ["x", "aGVsbG8=", "-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_refused_at_start(text: str) -> None:
    with pytest.raises(signing_key.BadKey, match="Ed25519"):
        signing_key.checked(text)
