"""Blocks: the page of one, with why each line is there; one more; one less; marks on lines."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_sdk import LettaError
from memory_ui.keyset import Cursor
from subjects import blame, browsing, flags, sharing, toasts
from subjects.cards import change_of
from subjects.editing import BadEdit, Busy, Changed, add_block, remove_block
from subjects.frozen import Frozen
from subjects.models import Block, Flag, Revision, Subject
from subjects.refusal import LOCKED
from subjects.toasts import Toast
from subjects.views.correction_forms import FlagForm, NewBlockForm, RemovalForm
from subjects.views.corrections import can_be_corrected, in_words


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def block_detail(request: StaffRequest, block_pk: UUID) -> HttpResponse:
    """A block with its history; with `line`, why that line is there. As a fragment: its card."""
    block = browsing.block_of(block_pk)
    if block is None:
        raise Http404
    note_read(request, Action.LOOKED_AT_BLOCK, block.subject_id, detail={"block": block.pk})
    line, saved = (_number(request.GET.get(name)) for name in ("line", "saved"))
    context: dict[str, Any] = {"block": block, "origin": blame.origin_of(block, line) if line else None}
    if request.htmx:
        return render(request, "subjects/_block.html", context)
    page = browsing.revisions_of(block, Cursor())
    made = next((one for one in page.rows if one.number == saved), None)
    return render(
        request,
        "subjects/block_detail.html",
        {
            "subject": block.subject,
            "memory_block": block,
            "origin": context["origin"],
            "toast": toasts.saved(block, made, request.user) if made else None,
            "changes": [change_of(revision, block.label, short=True) for revision in page.rows],
            "page": page,
            "can_be_corrected": can_be_corrected(block),
            "tab": "memory",
        },
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.CORRECT)
def block_create(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """One more block. `again`: a block that was removed, to begin with what it last held."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    if subject.agent_id is None:
        return redirect("subject-detail", subject.pk)
    given: Any = request.POST or None
    if given and "again" in given and "label" not in given:  # the undo of a removal
        given = _last_words(subject, given["again"]) | {"reason": given.get("reason", "")}
    if request.GET.get("again"):
        note_read(request, Action.LOOKED_AT_BLOCK, subject.pk)
    form = NewBlockForm(given, initial=_last_words(subject, request.GET.get("again", "")))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (new := form.block()) is not None:
            try:
                block = add_block(subject, new, reason=form.cleaned_data["reason"], by=request.user)
            except BadEdit as error:
                form.add_error(error.field, str(error))
            except (Busy, Frozen, LettaError) as error:
                form.add_error(None, in_words(error))
                status = LOCKED if isinstance(error, Frozen) else 502
            else:
                return redirect(reverse("block-detail", args=[block.pk]) + "?saved=1")
    return render(request, "subjects/block_create.html", {"subject": subject, "form": form, "tab": "memory"}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Permission.CORRECT)
def block_delete(request: StaffRequest, block_pk: UUID) -> HttpResponse:
    """Take a block off its subject, after a page that says what goes and what stays."""
    block = get_object_or_404(Block.objects.select_related("subject"), pk=block_pk)
    note_read(request, Action.LOOKED_AT_BLOCK, block.subject_id, detail={"block": block.pk})
    latest = block.revisions.order_by("-number").first()
    if latest is None or not can_be_corrected(block):
        return redirect("block-detail", block.pk)
    form = RemovalForm(request.POST or None, initial={"base": latest.number})
    context: dict[str, Any] = {"subject": block.subject, "memory_block": block, "form": form, "tab": "memory"}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            base, reason = form.cleaned_data["base"], form.cleaned_data["reason"]
            try:
                remove_block(block, base=base, reason=reason, by=request.user)
            except (Changed, Revision.DoesNotExist):
                newest = block.revisions.order_by("-number")[0].number
                context |= {"form": RemovalForm(initial={"base": newest, "reason": reason}), "changed": True}
                status = 409
            except (Busy, Frozen, LettaError) as error:
                form.add_error(None, in_words(error))
                status = LOCKED if isinstance(error, Frozen) else 502
            else:
                toasts.tell(request, toasts.removed(block))
                return redirect("block-detail", block.pk)
    context["sharers"] = sharing.agents_sharing(block)
    return render(request, "subjects/block_delete.html", context, status=status)


@require_http_methods(["POST"])
@requires(Permission.CORRECT)
def line_flag(request: StaffRequest, block_pk: UUID) -> HttpResponse:
    """Mark a line as wrong."""
    block = get_object_or_404(Block.objects.select_related("subject"), pk=block_pk)
    note_read(request, Action.LOOKED_AT_BLOCK, block.subject_id, detail={"block": block.pk})
    if "flag" in request.POST:  # the undo of taking it off
        return _flag_again(request, block)
    form = FlagForm(request.POST)
    trouble = "The mark was not understood. Nothing was changed."
    if form.is_valid():
        lines = block.value.split("\n")
        number, latest = form.cleaned_data["line"], block.revisions.order_by("-number").first()
        trouble = "The block has changed since, so the line was not marked. Look at it again."
        if latest and latest.number == form.cleaned_data["base"] and number <= len(lines):
            try:
                flag = flags.flag_line(block, lines[number - 1], note=form.cleaned_data["note"], by=request.user)
                return _at_line(request, block, number, "", toasts.flagged(block, flag.pk, number))
            except flags.NoSuchLine as error:
                trouble = str(error)
    return _at_line(request, block, _number(request.POST.get("line")), trouble)


@require_http_methods(["POST"])
@requires(Permission.CORRECT)
def line_unflag(request: StaffRequest, block_pk: UUID) -> HttpResponse:
    """Take the mark off a line."""
    block = get_object_or_404(Block.objects.select_related("subject"), pk=block_pk)
    note_read(request, Action.LOOKED_AT_BLOCK, block.subject_id, detail={"block": block.pk})
    if flag := _flag(request, block):
        flags.unflag(flag, request.user)
    number = _number(request.POST.get("line"))
    return _at_line(request, block, number, "", toasts.unflagged(block, request.POST.get("flag", ""), number))


def _flag(request: StaffRequest, block: Block) -> Flag | None:
    """The mark that the form names, open or closed; None: the block has no such."""
    try:
        pk = UUID(request.POST.get("flag", ""))
    except ValueError:
        return None
    return Flag.objects.select_related("block__subject").filter(block=block, pk=pk).first()


def _flag_again(request: StaffRequest, block: Block) -> HttpResponse:
    number = _number(request.POST.get("line"))
    closed = _flag(request, block)
    try:
        if closed is None:
            raise flags.NoSuchLine("This mark is no longer known. Nothing was changed.")
        flag = flags.flag_again(closed, request.user)
    except flags.NoSuchLine as error:
        return _at_line(request, block, number, str(error))
    return _at_line(request, block, number, "", toasts.flagged(block, flag.pk, number))


def _at_line(
    request: StaffRequest, block: Block, line: int | None, trouble: str, toast: Toast | None = None
) -> HttpResponse:
    card = browsing.block_of(block.pk)
    origin = blame.origin_of(card, line) if card and line else None
    if request.htmx:
        return render(request, "subjects/_block.html", {"block": card, "origin": origin, "trouble": trouble, "toast": toast})
    if toast:
        toasts.tell(request, toast)
    elif trouble:
        messages.warning(request, trouble)
    address = reverse("block-detail", args=[block.pk])
    return redirect(f"{address}?line={line}#line-{block.pk}-{line}" if origin and not trouble else address)


def _last_words(subject: Subject, again: str) -> dict[str, Any]:
    """What a removed block last held; a new block starts empty."""
    try:
        gone = subject.blocks.filter(pk=UUID(again)).first()
    except ValueError:
        return {}
    if gone is None:
        return {}
    return {"label": gone.label, "description": gone.description, "limit": gone.limit, "value": gone.value}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None
