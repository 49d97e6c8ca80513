"""A new subject, from a template or without one."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError
from schemas.forms import NewSubjectForm
from schemas.placeholders import Filling
from schemas.showing import TemplateRow, asks_for_a_name, startable_templates
from schemas.starting import start_subject
from subjects.creation import USER_BLOCKS, BadSubject, create_subject
from subjects.editing import Busy
from subjects.forms import FIRST_BLOCK_ROWS, BlockRows, BlockRowSet
from subjects.models import Subject


@require_http_methods(["GET", "POST"])
@requires(Permission.CREATE_SUBJECT)
def subject_create(request: StaffRequest) -> HttpResponse:
    """A new subject. The buttons "add" and "remove-N" only change the rows; nothing is checked or created by them."""
    startable = startable_templates()
    form = NewSubjectForm(request.POST or None, startable=startable)
    rows = BlockRows(request.POST or None, prefix="blocks", initial=FIRST_BLOCK_ROWS)
    status = 200
    if request.method == "POST":
        changed = rows.changed_by(request.POST.get("action", ""))
        if changed is not None:
            typed = {name: form[name].value() for name in form.fields}
            form = NewSubjectForm(initial=typed, startable=startable)
            rows = BlockRows(prefix="blocks", initial=changed)
            rows.focus("label")
        else:
            subject = _create(request, form, rows, startable)
            if subject is not None:
                return redirect("subject-detail", subject.pk)
            status = 422
    context = {"form": form, "rows": rows, "user_blocks": USER_BLOCKS, "asks_for_a_name": asks_for_a_name(startable)}
    template = "schemas/subject_create.html"
    return render(request, f"{template}#rows" if request.htmx else template, context, status=status)


def _create(request: StaffRequest, form: NewSubjectForm, rows: BlockRowSet, startable: list[TemplateRow]) -> Subject | None:
    """The new subject; None when something is to be put right first, which the forms then say."""
    if not form.is_valid():
        return None
    data = form.cleaned_data
    version = next((row.version for row in startable if str(row.template.pk) == data["kind"]), None)
    blocks = list(USER_BLOCKS)
    if data["kind"] == Subject.Kind.SUBJECT:
        if not rows.is_valid():
            return None
        blocks = [block for row in rows.forms if (block := row.block())]
        if not blocks:
            rows.forms[0].add_error("label", "Give the subject at least one block, for example preferences.")
            return None
    try:
        if version is not None:
            return start_subject(version, Filling(data["subject_id"], data["display_name"]), request.user)
        return create_subject(data["subject_id"], Subject.Kind(data["kind"]), blocks, request.user)
    except BadSubject as error:
        form.add_error("subject_id" if error.field == "subject_id" else "kind", str(error))
        form.taken = getattr(error, "subject", None)
    except (LettaError, Busy):
        form.add_error(
            "kind", "A block that subjects share is not in Letta yet. Nothing was created; try again in a moment."
        )
    return None
