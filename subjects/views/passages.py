"""The archive of a subject: passages in Letta, listed, searched, added and deleted."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from audit.actions import Action
from audit.reading import note_asked, note_read
from memory_sdk import LettaError, NotFound, Passage, Unavailable
from memory_ui.filters import Filters
from subjects import browsing, toasts
from subjects.archiving import LONGEST_PASSAGE, LONGEST_TAGS, add_passage, delete_passage
from subjects.editing import Busy
from subjects.forms import PlainText
from subjects.frozen import Frozen, refuse_frozen
from subjects.letta import patient_for
from subjects.models import Subject
from subjects.passage_tags import shown_tags
from subjects.views.corrections import BUSY

FIRST_PAINT = 1.0  # seconds the page itself waits for Letta; the rest is asked for behind it
PATIENCE = 5.0  # seconds; a search embeds its query first
PAGE = 50


class ArchiveFilter(Filters):
    """Which passages to show. The words as they stand, or what fits best by Letta's own search."""

    q = forms.CharField(label="Search", max_length=500, required=False, widget=forms.TextInput(attrs={"type": "search"}))
    how = forms.ChoiceField(
        label="By", choices=[("best", "best match"), ("words", "exact words")], required=False, initial="best"
    )


class PassageForm(forms.Form):
    """A passage to add. `key`: what is sent twice with the same key is added once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    text = PlainText(label="Text", rows=4, required=True, max_length=LONGEST_PASSAGE)
    tags = forms.CharField(required=False, max_length=LONGEST_TAGS, help_text="Separated by commas.")

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


class PassageChoice(forms.Form):
    """The passage to delete, by Letta's id."""

    passage = forms.RegexField(r"^passage-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def passage_list(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """The passages of a subject, the oldest first, or those that fit a search, the best first."""
    subject = browsing.subject_or_404(subject_pk)
    if request.htmx:
        context = _context(request, subject, PATIENCE)
        return render(request, "subjects/passage_list.html#passages", context)
    return _page(request, subject, PassageForm())


@require_http_methods(["POST"])
@requires(Permission.CORRECT)
def passage_create(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Add a passage."""
    subject = browsing.subject_or_404(subject_pk)
    refuse_frozen(subject)
    form = PassageForm(request.POST)
    if subject.agent_id is None or not form.is_valid():
        return _page(request, subject, form, status=422)
    text, tags, key = (form.cleaned_data[name] for name in ("text", "tags", "key"))
    try:
        passage_id = add_passage(subject, text, tags, key, request.user)
    except (LettaError, Busy, ValueError) as error:
        if isinstance(error, Frozen):
            raise
        form.add_error(None, _in_words(error))
        return _page(request, subject, form, status=502)
    toasts.tell(request, toasts.passage_added(subject, passage_id))
    return redirect("passage-list", subject.pk)


@require_http_methods(["POST"])
@requires(Permission.CORRECT)
def passage_delete(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Delete the passage named by `passage`. One that is gone already is as well deleted."""
    subject = browsing.subject_or_404(subject_pk)
    refuse_frozen(subject)
    form = PassageChoice(request.POST)
    level, toast = messages.WARNING, toasts.Toast(text="Letta no longer has this passage.")
    try:
        if subject.agent_id is None or not form.is_valid():
            raise NotFound("no passage of Letta")
        passage_id = form.cleaned_data["passage"]
        # Its text goes nowhere but into this answer, so a page that is shown anew has no way back to offer.
        known = _passage(request, subject, passage_id) if request.htmx else None
        delete_passage(subject, passage_id, request.user)
        level, toast = messages.SUCCESS, toasts.passage_deleted(subject, known)
    except NotFound:
        level = messages.INFO
    except Busy:
        toast = toasts.Toast(text=BUSY)
    except LettaError as error:
        toast = toasts.Toast(text=f"The passage was {'' if error.permanent else 'perhaps '}not deleted: {error}")
    if request.htmx:
        context = _context(request, subject, PATIENCE) | {"toast": toast, "level": messages.DEFAULT_TAGS[level]}
        return render(request, "subjects/passage_list.html#passages", context)
    messages.add_message(request, level, toast["text"])
    return redirect("passage-list", subject.pk)


def _passage(request: StaffRequest, subject: Subject, passage_id: str) -> Passage | None:
    """A passage as the page has it that it is deleted from; None where Letta does not tell."""
    form = ArchiveFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    try:
        found = _found(subject, wanted, request.GET.get("after", ""), PATIENCE)["passages"]
    except LettaError:
        return None  # what is to be done is to delete it, and that says whether Letta answers
    return next((passage for passage in found if passage.id == passage_id), None)


def _in_words(error: Exception) -> str:
    if isinstance(error, Unavailable):
        return (
            f"Not confirmed: {error} Your text is kept below. Add it again when Letta answers: it looks first whether the "
            "passage is there, and never adds it twice."
        )
    return BUSY if isinstance(error, Busy) else f"Nothing was added: {error} Your text is kept below."


def _page(request: StaffRequest, subject: Subject, new: PassageForm, status: int = 200) -> HttpResponse:
    context = _context(request, subject, FIRST_PAINT) | {"new": new}
    return render(request, "subjects/passage_list.html", context, status=status)


def _context(request: StaffRequest, subject: Subject, seconds: float) -> dict[str, Any]:
    if request.GET.get("q", "").strip():
        note_asked(request, Action.SEARCHED_ARCHIVE, subject.pk)
    else:
        note_read(request, Action.LOOKED_AT_ARCHIVE, subject.pk)
    form = ArchiveFilter(request.GET if request.method == "GET" or request.htmx else None)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    context: dict[str, Any] = {"subject": subject, "form": form, "tab": "archive", "asked": wanted.get("q", "")}
    context["how"] = "" if not context["asked"] else wanted.get("how") or "best"
    try:
        context |= _found(subject, wanted, request.GET.get("after", ""), seconds)
        context["tags"] = shown_tags(subject, context["passages"])
    except NotFound:
        context["trouble"] = "Letta no longer has this subject’s agent, and its archive with it."
    except LettaError as error:
        context["trouble"] = f"The archive lies in Letta alone, which cannot be read now: {error}"
        context["waits"] = isinstance(error, Unavailable) and error.status is None and not request.htmx
    return context


def _found(subject: Subject, wanted: dict[str, Any], after: str, seconds: float) -> dict[str, Any]:
    if subject.agent_id is None:
        return {"passages": [], "no_agent": True}
    query = wanted.get("q", "")
    with patient_for(seconds) as letta:
        if query and wanted.get("how") != "words":
            return {"passages": letta.search_passages(subject.agent_id, query)}
        rows = letta.list_passages(subject.agent_id, text=query or None, after=after[:100] or None, limit=PAGE + 1)
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    return {"passages": rows[:PAGE], "following": following, "later": after}
