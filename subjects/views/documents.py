"""Learning from files: given, read, confirmed, and then a passage and a run for each part."""

import zlib
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseStopPolling

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_ui.keyset import cursor_of, keyset_page
from subjects import teaching, waits
from subjects.document_forms import DocumentForm
from subjects.models import Document, Run, Subject

FIRST_CHARACTERS = 3_000  # of the text, in the preview
SHOWN = 10  # documents a page


@require_http_methods(["GET", "POST"])
@requires(Permission.TEACH)
def document_create(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Give a file, and see those that were given before. The same file again leads to what became of it."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    note_read(request, Action.LOOKED_AT_FILES, subject.pk)
    form = DocumentForm(request.POST, request.FILES) if request.method == "POST" else DocumentForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            document, new = teaching.take_in(subject, file.name, file.read(), request.user)
        except teaching.BadFile as error:
            form.add_error("file", str(error))
        else:
            if not new:
                messages.warning(request, "This very file was given before. Here is what became of it.")
            return redirect("document-detail", document.pk)
    rows = subject.documents.exclude(state=Document.State.DISCARDED).select_related("created_by").defer("content")
    page = keyset_page(rows, ("-created_at", "-id"), cursor_of(request.GET), SHOWN)
    context = {"subject": subject, "form": form, "page": page, "kinds": ", ".join(teaching.KINDS)}
    status = 422 if request.method == "POST" else 200
    return render(request, "subjects/document_create.html", context, status=status)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def document_detail(request: StaffRequest, document_pk: UUID) -> HttpResponse:
    """A file on its way to being learned. As a fragment: its card, if anything is new since `seen`."""
    rows = Document.objects.select_related("subject", "created_by").defer("content")
    if request.htmx:
        document = rows.filter(pk=document_pk).first()
        if document is None:
            return HttpResponseStopPolling()  # erased meanwhile: nothing to wait for
    else:
        document = get_object_or_404(rows, pk=document_pk)
    context = _card(document)
    if request.htmx and request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    note_read(request, Action.LOOKED_AT_FILE, document.subject_id, detail={"file": document.pk})
    template = "subjects/document_detail.html"
    return render(request, f"{template}#card" if request.htmx else template, context)


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def document_learn(request: StaffRequest, document_pk: UUID) -> HttpResponse:
    """Learn from what the preview showed."""
    document = _get(document_pk)
    if teaching.learn_from(document, request.user):
        messages.success(request, "The file is being stored and learned. What each part teaches is shown in its run.")
    return redirect("document-detail", document.pk)


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def document_retry(request: StaffRequest, document_pk: UUID) -> HttpResponse:
    """Go on with a document that failed."""
    document = _get(document_pk)
    if teaching.retry(document, request.user):
        messages.success(request, "It goes on with the first part that is not stored yet.")
    return redirect("document-detail", document.pk)


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def document_discard(request: StaffRequest, document_pk: UUID) -> HttpResponse:
    """Drop a document of which nothing was learned."""
    document = _get(document_pk)
    if not teaching.discard(document, request.user):
        return redirect("document-detail", document.pk)
    messages.success(request, "The file and its text were dropped. Nothing was learned from it.")
    return redirect("document-create", document.subject_id)


def _get(document_pk: UUID) -> Document:
    return get_object_or_404(Document.objects.defer("content"), pk=document_pk)


def _card(document: Document) -> dict[str, object]:
    """What the card of a document shows. `seen` stands for all of it: while it stays the same, a poll answers 204."""
    parts = document.parts.aggregate(
        stored=Count("pk", filter=Q(stored=True)),
        learned=Count("pk", filter=Q(run__state=Run.State.COMPLETED)),
        over=Count("pk", filter=Q(run__isnull=False) & ~Q(run__state__in=Run.OPEN)),
    )
    learning = document.state == Document.State.STORED and parts["over"] < parts["stored"]
    text = ""
    if document.state == Document.State.READY:
        text = document.parts.order_by("position").values_list("text", flat=True)[0]
    waiting = waits.wait_of_document(document)
    everything = repr((document.state, document.failure, document.archived, sorted(parts.items()), waiting))
    return {
        "subject": document.subject,
        "document": document,
        "parts": parts,
        "unlearned": parts["over"] - parts["learned"],
        "learning": learning,
        "waiting": waiting,
        "polled": learning or document.state in Document.WORKING,
        "text": text[:FIRST_CHARACTERS],
        "text_left": document.characters - len(text[:FIRST_CHARACTERS]),
        "seen": f"{zlib.crc32(everything.encode()):08x}",
    }
