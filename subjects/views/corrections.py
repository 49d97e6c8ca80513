"""Correcting a block: its text, description and limit, back to an earlier revision, and merging two changes."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from memory_sdk import LettaError, NotFound, Unavailable
from subjects import browsing, freshness, sharing, toasts
from subjects.cards import change_between
from subjects.editing import BadEdit, Busy, Changed, Correction, Gone
from subjects.frozen import Frozen
from subjects.models import Block, Revision
from subjects.refusal import LOCKED
from subjects.views.correction_forms import CorrectionForm, NewBlockForm, RestoreForm
from subjects.views.merge_screen import MergeScreen

BUSY = "A worker is talking to Letta about this subject just now. Nothing was changed; try again in a moment."


@require_http_methods(["GET", "POST"])
@requires(Permission.CORRECT)
def block_edit(request: StaffRequest, block_pk: UUID) -> HttpResponse:
    """Edit a block, on a page of its own or in place. What changed meanwhile is merged, and nothing typed is lost."""
    block = get_object_or_404(Block.objects.select_related("subject"), pk=block_pk)
    note_read(request, Action.LOOKED_AT_BLOCK, block.subject_id, detail={"block": block.pk})
    latest = block.revisions.order_by("-number").first()
    if latest is None or not can_be_corrected(block):
        return _kept(request, block) if "value" in request.POST else _to_block(request, block)
    if request.method == "GET":
        return _form(request, block, CorrectionForm.of(block, latest.number))
    form = CorrectionForm(request.POST)
    is_valid = form.is_valid()
    screen = MergeScreen.read(form, block)
    if not is_valid:
        return _form(request, block, form, screen, status=422)
    if screen and (request.POST.get("action") == "choose" or screen.is_ahead_of(form.cleaned_data)):
        return _form(request, block, CorrectionForm(initial=screen.put_into(form.cleaned_data)), screen)
    wanted = Correction(*(form.cleaned_data[name] for name in ("value", "description", "limit")))
    base, reason, confirmed = (form.cleaned_data[name] for name in ("base", "reason", "confirmed"))
    try:
        revision = sharing.correct(block, wanted, base=base, reason=reason, by=request.user, confirmed=confirmed or 1)
    except Changed as changed:
        if changed.current.editor == request.user and _reads(changed.current, wanted):
            return _to_block(request, block, changed.current)  # the answer to the same edit got lost before
        return _merge(request, block, wanted, changed, reason)
    except Revision.DoesNotExist:
        return _form(request, block, CorrectionForm.of(block, latest.number), status=422)  # a hand-made revision number
    except Gone:
        return _kept(request, Block.objects.select_related("subject").get(pk=block.pk))
    except (BadEdit, sharing.Affects, Busy, Frozen, LettaError) as error:
        return _form(request, block, form, screen, **_trouble(form, error))
    return _to_block(request, block, revision)


@require_http_methods(["GET", "POST"])
@requires(Permission.CORRECT)
def block_restore(request: StaffRequest, block_pk: UUID, number: int) -> HttpResponse:
    """Make a block what it was at revision `number`: what that changes, why, and then done. Undo comes here too."""
    block = get_object_or_404(Block.objects.select_related("subject"), pk=block_pk)
    note_read(request, Action.LOOKED_AT_BLOCK, block.subject_id, detail={"block": block.pk})
    latest = block.revisions.order_by("-number").first()
    wanted = block.revisions.filter(number=number).first()
    if latest is None or wanted is None or wanted.source == Revision.Source.REMOVED or not can_be_corrected(block):
        return _to_block(request, block)
    form = RestoreForm(request.POST or None, initial={"base": latest.number})
    status: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        base, reason, confirmed = (form.cleaned_data[name] for name in ("base", "reason", "confirmed"))
        try:
            revision = sharing.restore(block, wanted, base=base, reason=reason, by=request.user, confirmed=confirmed or 1)
        except (Changed, Revision.DoesNotExist):
            if request.htmx:
                return HttpResponseClientRedirect(request.path)  # an undo that came too late: the page shows why
            latest = block.revisions.order_by("-number")[0]
            form = RestoreForm(initial={"base": latest.number, "reason": reason})
            status = {"status": 409, "changed": True}
        except (BadEdit, sharing.Affects, Busy, Gone, Frozen, LettaError) as error:
            if request.htmx:
                if isinstance(error, Frozen):
                    raise  # said beside what the page shows
                return HttpResponseClientRedirect(request.path)
            status = _trouble(form, error)
        else:
            return _to_block(request, block, revision)
    return _restore_form(request, block, latest, wanted, form, **status)


def can_be_corrected(block: Block) -> bool:
    """Whether Letta has the block, so that it can be changed."""
    return bool(block.removed_at is None and block.block_id and block.subject.agent_id)


def in_words(error: Exception) -> str:
    """What went wrong with a change, what was kept, and what to do."""
    if isinstance(error, NotFound):
        return f"Nothing was changed: Letta no longer has this block or its agent. {error}"
    if isinstance(error, Unavailable):
        return (
            f"Not confirmed: {error} What you typed is kept here. Whether Letta took the change is looked up within a "
            "minute; you can also try again, and a change that did arrive is recognised."
        )
    if isinstance(error, LettaError):
        return f"Nothing was changed: {error} What you typed is kept here."
    if isinstance(error, Frozen):
        return f"{error} What you typed is kept here, to be copied."
    if isinstance(error, Gone):
        return "Nothing was changed: the block was taken off meanwhile."
    return BUSY if isinstance(error, Busy) else str(error)


def _trouble(form: CorrectionForm | RestoreForm, error: Exception) -> dict[str, Any]:
    """The error said at the form, and what the page is to know besides."""
    if isinstance(error, BadEdit):
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return {"status": 422}
    if isinstance(error, sharing.Affects):
        form.add_error(None, f"{error} Nothing was changed yet: confirm that all of them are meant.")
        return {"status": 409, "sharers": error.agents}
    form.add_error(None, in_words(error))
    if isinstance(error, Unavailable):
        return {"status": 502, "sharers": None}  # whoever waited for this need not wait for that
    if isinstance(error, Frozen):
        return {"status": LOCKED}
    return {"status": 409 if isinstance(error, Busy | Gone) else 502}


def _merge(request: StaffRequest, block: Block, wanted: Correction, changed: Changed, reason: str) -> HttpResponse:
    screen = MergeScreen(changed.base, changed.current, asdict(wanted))
    return _form(request, block, CorrectionForm(initial=screen.proposed | {"reason": reason}), screen, status=409)


def _form(
    request: StaffRequest, block: Block, form: CorrectionForm, screen: MergeScreen | None = None, **more: Any
) -> HttpResponse:
    status = more.pop("status", 200)
    form.auto_id = f"edit-{block.pk}-%s"  # several may be open on one page
    context = {"subject": block.subject, "memory_block": block, "form": form, "screen": screen, "tab": "memory", **more}
    if "sharers" not in more:
        context["sharers"] = sharing.agents_sharing(block)
    # In place the fragment says what is wrong; its status is not an error of the page around it.
    template, status = ("subjects/_block_form.html", 200) if request.htmx else ("subjects/block_edit.html", status)
    return render(request, template, context, status=status)


def _kept(request: StaffRequest, block: Block) -> HttpResponse:
    """What was typed for a block that cannot be corrected now: why, the text, and where it was taken off, adding it anew."""
    typed = {name: request.POST.get(name, "") for name in ("value", "description", "limit", "reason")}
    form = NewBlockForm(initial={"label": block.label, "read_only": block.read_only, **typed})
    form.auto_id = f"kept-{block.pk}-%s"
    context = {"subject": block.subject, "memory_block": block, "form": form, "kept": True, "tab": "memory"}
    if block.removed_at:
        last = block.revisions.select_related("editor", "run").order_by("-number").first()
        context["removal"] = last if last and last.source == Revision.Source.REMOVED else None
        context["successor"] = block.subject.blocks.filter(label=block.label, removed_at=None).first()
    if request.htmx:
        return render(request, "subjects/_block_kept.html", context)
    return render(request, "subjects/block_edit.html", context, status=409)


def _restore_form(
    request: StaffRequest, block: Block, latest: Revision, wanted: Revision, form: RestoreForm, **more: Any
) -> HttpResponse:
    status = more.pop("status", 200)
    context = {"subject": block.subject, "memory_block": block, "form": form, "latest": latest, "wanted": wanted, **more}
    if "sharers" not in more:
        context["sharers"] = sharing.agents_sharing(block)
    context["change"] = change_between(latest, wanted, block.label)
    return render(request, "subjects/block_restore.html", context | {"tab": "memory"}, status=status)


def _to_block(request: StaffRequest, block: Block, saved: Revision | None = None) -> HttpResponse:
    """Back to the block: its card when it was edited in place, else its page."""
    if request.htmx:
        context: dict[str, Any] = {"block": browsing.block_of(block.pk)}
        if saved:
            context["toast"] = toasts.saved(block, saved, request.user)
            # What this page asks for is news since then, and its own edit is none.
            if request.htmx.current_url_abs_path == reverse("subject-detail", args=[block.subject_id]):
                context |= freshness.told(block.subject, freshness.saved())
        return render(request, "subjects/_block.html", context)
    return redirect(reverse("block-detail", args=[block.pk]) + (f"?saved={saved.number}" if saved else ""))


def _reads(revision: Revision, wanted: Correction) -> bool:
    return (revision.value, revision.description, revision.limit) == (wanted.value, wanted.description, wanted.limit)
