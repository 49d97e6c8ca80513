"""The archive of a subject: passages in Letta, listed, searched, added and deleted."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_sdk import LettaError, NotFound
from subjects.forms import PlainText
from subjects.frozen import refuse_frozen
from subjects.letta import agents, patient_for
from subjects.models import Subject

PATIENCE = 5.0  # seconds; a search embeds its query first
PAGE = 50
LONGEST = 20_000  # characters; as the SDK cuts what it stores


class ArchiveFilter(forms.Form):
    """Which passages to show. The words as they stand, or what fits best by Letta's own search."""

    q = forms.CharField(label="Search", max_length=500, required=False, widget=forms.TextInput(attrs={"type": "search"}))
    how = forms.ChoiceField(
        label="By", choices=[("best", "best match"), ("words", "exact words")], required=False, initial="best"
    )


class PassageForm(forms.Form):
    """A passage to add."""

    text = PlainText(label="Text", rows=4, required=True, max_length=LONGEST)
    tags = forms.CharField(required=False, max_length=500, help_text="Separated by commas.")

    def clean_tags(self) -> list[str]:
        """The tags, each once."""
        tags = (tag.strip() for tag in str(self.cleaned_data["tags"]).split(","))
        return list(dict.fromkeys(tag for tag in tags if tag))

    def clean_text(self) -> str:
        """Text with something in it."""
        text = str(self.cleaned_data["text"])
        if not text.strip():
            raise forms.ValidationError("Write what is to be kept.")
        return text


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def passage_list(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """The passages of a subject, the oldest first, or those that fit a search, the best first."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    return _page(request, subject, PassageForm())


@require_http_methods(["POST"])
@requires(Permission.CORRECT)
def passage_create(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Add a passage."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    form = PassageForm(request.POST)
    if subject.agent_id is None or not form.is_valid():
        return _page(request, subject, form, status=422)
    refuse_frozen(subject)
    try:
        agents().create_passage(subject.agent_id, form.cleaned_data["text"], form.cleaned_data["tags"])
    except (LettaError, ValueError) as error:
        form.add_error(
            None, f"Not confirmed: {error} Your text is kept here; see whether it is listed before adding it again."
        )
        return _page(request, subject, form, status=502)
    messages.success(request, "The passage was added.")
    return redirect("passage-list", subject.pk)


@require_http_methods(["POST"])
@requires(Permission.CORRECT)
def passage_delete(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Delete the passage named by `passage`. One that is gone already is as well deleted."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    refuse_frozen(subject)
    try:
        if subject.agent_id and request.POST.get("passage"):
            agents().delete_passage(subject.agent_id, request.POST["passage"][:100])
            messages.success(request, "The passage was deleted.")
    except NotFound:
        messages.info(request, "Letta no longer has this passage.")
    except LettaError as error:
        messages.warning(request, f"The passage was perhaps not deleted: {error}")
    return redirect("passage-list", subject.pk)


def _page(request: StaffRequest, subject: Subject, new: PassageForm, status: int = 200) -> HttpResponse:
    form = ArchiveFilter(request.GET if request.method == "GET" else None)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    context: dict[str, Any] = {"subject": subject, "form": form, "new": new, "tab": "archive", "asked": wanted.get("q", "")}
    context["how"] = "" if not context["asked"] else wanted.get("how") or "best"
    try:
        context |= _found(subject, wanted, request.GET.get("after", ""))
    except NotFound:
        context["trouble"] = "Letta no longer has this subject’s agent, and its archive with it."
    except LettaError as error:
        context["trouble"] = f"The archive lies in Letta alone, which cannot be read now: {error}"
    return render(request, "subjects/passage_list.html", context, status=status)


def _found(subject: Subject, wanted: dict[str, Any], after: str) -> dict[str, Any]:
    if subject.agent_id is None:
        return {"passages": [], "no_agent": True}
    query = wanted.get("q", "")
    with patient_for(PATIENCE) as letta:
        if query and wanted.get("how") != "words":
            return {"passages": letta.search_passages(subject.agent_id, query)}
        rows = letta.list_passages(subject.agent_id, text=query or None, after=after[:100] or None, limit=PAGE + 1)
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    return {"passages": rows[:PAGE], "following": following, "later": after}
