"""Receipts of erasures: stored ones, one to read and print, and checking one that comes back."""

from typing import Any
from uuid import UUID

from django.db.models.fields.json import KT
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.models import User
from accounts.roles import Permission
from audit.actions import Action
from audit.recording import record
from memory_ui.keyset import cursor_of, keyset_page
from privacy import checking, receipts, signing
from privacy.forms import ReceiptForm
from privacy.models import Receipt
from privacy.vacuuming import NOT_DONE

ORDER = ("filed_by", "filed_with_key", "confirmed_by", "approved_by", "filed", "confirmed", "approved", "begun", "written")
"""The database gives the fields of a document back in another order than they were written."""
GOES_WITH = {
    "passage": "with their archive",
    "file": "with their folder",
    "run": "with their agent",
    "step": "with their agent",
    "trace": "with their agent",
    "message": "with their agent",
}
"""What Letta deletes by itself, by kind: nobody counted it, and it is asked for again where it has an address."""


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def receipt_list(request: StaffRequest) -> HttpResponse:
    """Every receipt, the newest first, and the key that checks them."""
    rows = Receipt.objects.annotate(result=KT("document__result")).defer("document")
    page = keyset_page(rows, ("-created_at", "-id"), cursor_of(request.GET))
    context = {"page": page, "public_key": signing.public_key(), "key_id": signing.key_id(signing.public_key())}
    return render(request, "privacy/receipt_list.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def receipt_detail(request: StaffRequest, receipt_pk: UUID) -> HttpResponse:
    """One receipt, to be read and printed, with what checking it now comes to."""
    receipt = get_object_or_404(Receipt.objects.select_related("request"), pk=receipt_pk)
    _note(request, Action.LOOKED_AT_RECEIPT, receipt)
    vacuumed = receipt.document["vacuumed"]
    refused = [(table, said) for table, said in sorted(vacuumed.items()) if said.startswith(NOT_DONE)]
    people = {str(user.pk): str(user) for user in User.objects.filter(pk__in=_people(receipt.document))}
    context = {
        "receipt": receipt,
        "told": receipt.document,
        "people": [(name.replace("_", " "), pk, people.get(pk or "")) for name, pk in _in_order(receipt.document["people"])],
        "times": _in_order(receipt.document["times"]),
        "stores": [_line(line, receipt.document["cleaned"]) for line in receipt.document["stores"]],
        "vacuumed_at": max((said for said in vacuumed.values() if not said.startswith(NOT_DONE)), default=""),
        "not_vacuumed": refused,
        "checked": checking.check(receipts.as_file(receipt)),
    }
    return render(request, "privacy/receipt_detail.html", context)


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def receipt_download(request: StaffRequest, receipt_pk: UUID) -> HttpResponse:
    """The receipt as a file: what `manage.py verify_receipt` and anybody with the public key can check."""
    receipt = get_object_or_404(Receipt.objects.select_related("request"), pk=receipt_pk)
    _note(request, Action.DOWNLOADED_RECEIPT, receipt)
    answer = JsonResponse(receipts.as_file(receipt), json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="receipt-{receipt.pk}.json"'
    return answer


@require_http_methods(["GET", "POST"])
@requires(Permission.READ_REQUESTS)
def receipt_verify(request: StaffRequest) -> HttpResponse:
    """Check a receipt that was kept elsewhere: as a file, or pasted. Nothing of it is stored."""
    form = ReceiptForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form}
    status = 200
    if request.method == "POST":
        if form.is_valid():
            context["checked"] = checked = checking.check_text(form.given())
            stored = Receipt.objects.filter(pk=checked.receipt).first() if checked.receipt else None
            context["stored"] = stored
        else:
            status = 422
    return render(request, "privacy/receipt_verify.html", context, status=status)


def _note(request: StaffRequest, action: Action, receipt: Receipt) -> None:
    about = receipt.request
    record(action, by=request.user, subject=about.subject, privacy_request=about.pk, detail={"receipt": receipt.pk})


def _people(document: dict[str, Any]) -> list[str]:
    return [pk for name, pk in document["people"].items() if pk and name != "filed_with_key"]


def _line(line: dict[str, Any], cleaned: dict[str, str]) -> dict[str, Any]:
    """A store's line as the page has it. `gone`: how many were deleted, or with what they went."""
    by_itself = line["where"] == "letta" and line["store"] in GOES_WITH
    gone = GOES_WITH[line["store"]] if by_itself and not line["removed"] and not line["left"] else line["removed"]
    done = cleaned.get(line["store"], "").partition(": ")[2] if line["where"] == "here" else ""
    return line | {"gone": gone, "note": done or line["note"]}


def _in_order(fields: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, fields[name]) for name in ORDER if name in fields]
