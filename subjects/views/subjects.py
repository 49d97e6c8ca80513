"""Subjects: a new one, the page of one."""

import zlib
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_read
from subjects import browsing
from subjects.creation import USER_BLOCKS, BadSubject, create_subject, retry_setup
from subjects.forms import FIRST_BLOCK_ROWS, BlockRows, BlockRowSet, SubjectForm
from subjects.models import Run, Subject
from subjects.opening import note_opened
from subjects.views.runs import runs_aside


@require_http_methods(["GET", "POST"])
@requires(Permission.CREATE_SUBJECT)
def subject_create(request: StaffRequest) -> HttpResponse:
    """A new subject. The buttons "add" and "remove-N" only change the rows; nothing is checked or created by them."""
    form = SubjectForm(request.POST or None)
    rows = BlockRows(request.POST or None, prefix="blocks", initial=FIRST_BLOCK_ROWS)
    status = 200
    if request.method == "POST":
        changed = rows.changed_by(request.POST.get("action", ""))
        if changed is not None:
            form = SubjectForm(initial={name: form[name].value() for name in form.fields})
            rows = BlockRows(prefix="blocks", initial=changed)
            rows.focus("label")
        else:
            subject = _create(request, form, rows)
            if subject is not None:
                return redirect("subject-detail", subject.pk)
            status = 422
    context = {"form": form, "rows": rows, "user_blocks": USER_BLOCKS}
    template = "subjects/subject_create.html"
    return render(request, f"{template}#rows" if request.htmx else template, context, status=status)


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def subject_detail(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """What is remembered about a subject, and the runs that taught it. As a fragment: only the memory, if it changed."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    seen = f"{zlib.crc32(repr((subject.agent_id, subject.setup_error, subject.setup_refused)).encode()):08x}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    note_read(request, Action.LOOKED_AT_MEMORY, subject.pk)
    context = {"subject": subject, "blocks": browsing.blocks_of(subject), "seen": seen, "tab": "memory"}
    last_run = subject.runs.order_by("-position").first()
    context["failed_run"] = last_run if last_run and last_run.state == Run.State.FAILED else None
    if request.htmx:
        return render(request, "subjects/subject_detail.html#refreshed", context)
    note_opened(request.user, subject)
    return render(request, "subjects/subject_detail.html", context | runs_aside(subject))


@require_http_methods(["POST"])
@requires(Permission.CREATE_SUBJECT)
def subject_retry(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Try again to create the agent of a subject."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    retry_setup(subject)
    return redirect("subject-detail", subject.pk)


def _create(request: StaffRequest, form: SubjectForm, rows: BlockRowSet) -> Subject | None:
    """The new subject; None when something is to be put right first, which the forms then say."""
    if not form.is_valid():
        return None
    kind = Subject.Kind(form.cleaned_data["kind"])
    blocks = list(USER_BLOCKS)
    if kind == Subject.Kind.SUBJECT:
        if not rows.is_valid():
            return None
        blocks = [block for row in rows.forms if (block := row.block())]
        if not blocks:
            rows.forms[0].add_error("label", "Give the subject at least one block, for example preferences.")
            return None
    try:
        return create_subject(form.cleaned_data["subject_id"], kind, blocks, request.user)
    except BadSubject as error:
        form.add_error("subject_id" if error.field == "subject_id" else None, str(error))
        form.taken = getattr(error, "subject", None)  # type: ignore[attr-defined]
        return None
