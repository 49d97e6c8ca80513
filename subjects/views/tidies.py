"""Tidying up: asked for, watched, looked at block by block, and kept or left."""

import zlib
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseStopPolling

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_sdk import LettaError
from memory_ui.keyset import Cursor, cursor_of, keyset_page
from memory_ui.waiting import Wait
from subjects import revised, tidying, toasts, waits
from subjects.editing import BadEdit, Busy, Changed
from subjects.list_forms import SubjectFilter
from subjects.listing import subjects_page
from subjects.models import Proposal, Subject, Tidy
from subjects.searching import TooMuch
from subjects.sharing import Affects
from subjects.tidy_forms import DecisionForm, TakingBackForm, TidyFilter, UUIDs

BUSY = "A worker is talking to Letta about this subject just now. Nothing was changed; try again in a moment."
PAGE = 50


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def tidy_create(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Ask for a tidy-up. While one is open it is that one; one that is over is followed by a new one."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    try:
        tidy = tidying.tidy_up(subject, request.user)
    except tidying.CannotTidy as error:
        messages.error(request, str(error))
        return redirect("subject-detail", subject.pk)
    return redirect("tidy-detail", tidy.pk)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def tidy_detail(request: StaffRequest, tidy_pk: UUID) -> HttpResponse:
    """One tidy-up: how far it is, then what it would change. As a fragment: all of it, if anything is new since `seen`."""
    rows = Tidy.objects.select_related("subject", "created_by")
    if not request.htmx:
        return _page(request, get_object_or_404(rows, pk=tidy_pk))
    tidy = rows.filter(pk=tidy_pk).first()
    if tidy is None:
        return HttpResponseStopPolling()  # erased meanwhile: nothing to wait for
    if request.GET.get("seen") == _seen(tidy, waits.wait_of_tidy(tidy)):
        return HttpResponse(status=204)
    return _page(request, tidy)


@require_http_methods(["POST"])
@requires(Permission.CORRECT)
def tidy_decide(request: StaffRequest, tidy_pk: UUID) -> HttpResponse:
    """Keep or leave what is proposed for one block, or for all that are still open."""
    tidy = get_object_or_404(Tidy.objects.select_related("subject", "created_by"), pk=tidy_pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return redirect("tidy-detail", tidy.pk)
    proposals = tidy.proposals.filter(decision=Proposal.Decision.OPEN).select_related("block__subject", "tidy")
    if form.cleaned_data["proposal"]:
        proposals = proposals.filter(pk=form.cleaned_data["proposal"])
    trouble: dict[int, str] = {}
    affected: dict[int, int] = {}
    kept, left = [], []
    confirmed = form.cleaned_data["confirmed"] or 1
    for proposal in proposals:
        try:
            if form.cleaned_data["action"] == "keep":
                tidying.keep(proposal, request.user, confirmed)
                kept.append(proposal)
            else:
                tidying.leave(proposal, request.user)
                left.append(proposal)
        except Affects as error:
            affected[proposal.pk] = error.agents
        except (Changed, tidying.NotOpen):
            continue  # the page says so beside the block
        except (BadEdit, Busy, LettaError) as error:
            trouble[proposal.pk] = _in_words(error)
    if kept or left:
        toasts.tell(request, toasts.tidied(tidy, kept, left, confirmed))
    if trouble or affected:
        tidy.refresh_from_db()
        return _page(request, tidy, status=409, trouble=trouble, affected=affected)
    return redirect("tidy-detail", tidy.pk)


@require_http_methods(["POST"])
@requires(Permission.CORRECT)
def tidy_undo(request: StaffRequest, tidy_pk: UUID) -> HttpResponse:
    """Take decisions back: blocks become what they were before, or are to be decided on again."""
    tidy = get_object_or_404(Tidy, pk=tidy_pk)
    form = TakingBackForm(request.POST)
    back, said = 0, []
    if form.is_valid():
        chosen = tidy.proposals.filter(pk__in=form.cleaned_data["proposals"])
        for proposal in chosen.select_related("block__subject", "tidy"):
            try:
                tidying.take_back(proposal, request.user, form.cleaned_data["confirmed"] or 1)
                back += 1
            except (Changed, tidying.NotOpen):
                said.append("A block was not put back: it changed since, or was decided on anew.")
            except (Affects, BadEdit, Busy, LettaError) as error:
                said.append(_in_words(error))
    if back:
        messages.success(request, "Undone." if back == 1 else f"Undone for {back:,} blocks.")
    for sentence in dict.fromkeys(said):
        messages.warning(request, sentence)
    return redirect("tidy-detail", tidy.pk)


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def tidy_dismiss(request: StaffRequest, tidy_pk: UUID) -> HttpResponse:
    """Stop a tidy-up, or leave all of it."""
    tidy = get_object_or_404(Tidy, pk=tidy_pk)
    open_ones = list(tidy.proposals.filter(decision=Proposal.Decision.OPEN)) if tidy.state == Tidy.State.READY else []
    if tidying.dismiss(tidy, request.user):
        if open_ones and request.user.may(Permission.CORRECT):
            toasts.tell(request, toasts.tidied(tidy, [], open_ones))
        else:
            messages.success(request, "The memory was left as it is.")
    return redirect("tidy-detail", tidy.pk)


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def tidy_again(request: StaffRequest, tidy_pk: UUID) -> HttpResponse:
    """Tidy up anew, over the memory as it is now."""
    tidy = get_object_or_404(Tidy.objects.select_related("subject"), pk=tidy_pk)
    try:
        newer = tidying.tidy_up_again(tidy, request.user)
    except tidying.CannotTidy as error:
        messages.error(request, str(error))
        return redirect("tidy-detail", tidy.pk)
    return redirect("tidy-detail", newer.pk)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def tidy_list(request: StaffRequest) -> HttpResponse:
    """Tidy-ups of all subjects, newest first, or those in one state."""
    form = TidyFilter(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    rows = Tidy.objects.select_related("subject", "created_by")
    if state:
        rows = rows.filter(state=state)
    page = keyset_page(rows, ("-created_at", "-id"), cursor_of(request.GET), PAGE)
    working = any(tidy.state in Tidy.WORKED_ON for tidy in page.rows)
    waiting = waits.waits_of_tidies(page.rows)
    context = {"form": form, "page": page, "state": state, "working": working, "waiting": waiting}
    if request.htmx:
        seen = f"{zlib.crc32(repr([_seen(tidy, waiting.get(tidy.pk, Wait())) for tidy in page.rows]).encode()):08x}"
        if request.GET.get("seen") == seen:
            return HttpResponse(status=204)
        return render(request, "subjects/tidy_list.html#rows", context | {"seen": seen})
    return render(request, "subjects/tidy_list.html", context)


@require_http_methods(["POST"])
@requires(Permission.TEACH)
def tidy_many(request: StaffRequest) -> HttpResponse:
    """Ask for tidy-ups of the subjects that were ticked, or of the first `tidying.MOST_AT_ONCE` of a list."""
    try:
        subjects = _many(request)
    except (forms.ValidationError, TooMuch) as error:
        messages.error(request, error.message if isinstance(error, forms.ValidationError) else str(error))
        return redirect("subject-list")
    asked = tidying.tidy_up_many(subjects, request.user)
    if asked:
        toasts.tell(request, toasts.tidying_many(asked))
    without = len(subjects) - len(asked)
    if without:
        messages.warning(request, f"Left out {without:,} of {len(subjects):,}: Letta has no agent for them.")
    return redirect("tidy-list")


def _many(request: StaffRequest) -> list[Subject]:
    """The subjects that are meant. Raises ValidationError with what to put right, and TooMuch."""
    if request.POST.get("which") == "all":
        form = SubjectFilter(request.POST)
        if not form.is_valid():
            raise forms.ValidationError("The filter of the list is not understood. Choose it again.")
        keys = [subject.pk for subject in subjects_page(form.wanted(), Cursor(), tidying.MOST_AT_ONCE).rows]
        return list(Subject.objects.filter(pk__in=keys))
    keys = UUIDs().clean(request.POST.getlist("subjects"))
    return list(Subject.objects.filter(pk__in=keys))


def _page(request: StaffRequest, tidy: Tidy, status: int = 200, **more: Any) -> HttpResponse:
    note_read(request, Action.LOOKED_AT_TIDY, tidy.subject_id, detail={"tidy": tidy.pk})
    cards = revised.cards_of(tidy, **more) if tidy.state not in Tidy.WORKED_ON else []
    waiting = waits.wait_of_tidy(tidy)
    context = {
        "subject": tidy.subject,
        "tidy": tidy,
        "seen": _seen(tidy, waiting),
        "polled": tidy.state in Tidy.WORKED_ON,
        "waiting": waiting,
        "parts": revised.parts_of(tidy),
        "cards": cards,
        "open": [card for card in cards if card.is_open],
    }
    template = "subjects/tidy_detail.html"
    return render(request, f"{template}#tidy" if request.htmx else template, context, status=status)


def _seen(tidy: Tidy, waiting: Wait) -> str:
    """Stands for all that the page shows: while it stays the same, a poll answers 204."""
    shown = (tidy.state, tidy.part, tidy.characters_read, tidy.failure, waiting)
    return f"{zlib.crc32(repr(shown).encode()):08x}"


def _in_words(error: Exception) -> str:
    if isinstance(error, Busy):
        return BUSY
    if isinstance(error, LettaError) and not error.permanent:
        return f"Not confirmed: {error} Try again: what arrived all the same is recognised."
    return f"Nothing was changed: {error}"
