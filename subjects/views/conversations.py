"""Adding a conversation: given, previewed, confirmed, and then a run."""

import json
import uuid
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from subjects import toasts, transcripts
from subjects.forms import FIRST_TURN_ROWS, ConfirmForm, ConversationForm, Rows, TurnRows, batch_key
from subjects.learning import learn
from subjects.models import Run, Subject

MOST_SHOWN = 300  # turns in a preview; more are counted, not shown


@require_http_methods(["GET", "POST"])
@requires(Permission.TEACH)
def conversation_create(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """The form. Posted by its own buttons: a row more or less, or back from the preview to change something."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    form = ConversationForm(initial={"key": uuid.uuid4()})
    turns = TurnRows(prefix="turns", initial=FIRST_TURN_ROWS)
    if request.method == "POST":
        sent = ConversationForm(request.POST)
        form = ConversationForm(initial={name: sent[name].value() for name in ("key", "way", "text")})
        changed = _rows_again(request, form)
        if changed is not None:
            turns = TurnRows(prefix="turns", initial=changed)
            turns.focus("content")
    return _form_page(request, subject, form, turns)


@require_http_methods(["GET", "POST"])
@requires(Permission.TEACH)
def conversation_preview(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """What was understood of the conversation, before anything is stored; or the form again, saying what to put right."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    if request.method == "GET":  # after signing in again, or from the address bar
        return redirect("conversation-create", subject.pk)
    form = ConversationForm(request.POST, request.FILES)
    turns = TurnRows(request.POST, prefix="turns")
    typed = request.POST.get("way") == Run.Source.TYPED
    if not form.is_valid() or (typed and not turns.is_valid()):
        return _form_page(request, subject, form, turns, status=422)
    try:
        text, transcript = form.transcript(turns)
    except transcripts.BadTranscript as error:
        form.add_error({"pasted": "text", "uploaded": "file"}.get(form.cleaned_data["way"]), str(error))
        return _form_page(request, subject, form, turns, status=422)
    confirm = ConfirmForm(initial={**form.cleaned_data, "text": text})
    context = {"subject": subject, "transcript": transcript, "form": confirm, "shown": _shown(transcript)}
    return render(request, "subjects/conversation_preview.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.TEACH)
def conversation_learn(request: StaffRequest, subject_pk: UUID) -> HttpResponse:
    """Learn what the preview showed: a run per conversation. Sent twice, the same runs again."""
    subject = get_object_or_404(Subject, pk=subject_pk)
    form = ConfirmForm(request.POST)
    if request.method == "GET" or not form.is_valid():
        return redirect("conversation-create", subject.pk)
    try:
        transcript = transcripts.parse(form.cleaned_data["text"])
    except transcripts.BadTranscript:
        return redirect("conversation-create", subject.pk)  # only a hand-made request: the preview had read it
    runs = [
        learn(
            subject,
            conversation.turns,
            source=Run.Source(form.cleaned_data["way"]),
            key=batch_key(form.cleaned_data["key"], place, conversation.turns),
            by=request.user,
        )
        for place, conversation in enumerate(transcript.conversations)
    ]
    toasts.tell(request, toasts.given(runs))
    return redirect(reverse("subject-detail", args=[subject.pk]) + f"#run-{runs[-1].pk}")


def _form_page(
    request: StaffRequest, subject: Subject, form: ConversationForm, turns: Rows, status: int = 200
) -> HttpResponse:
    template = "subjects/conversation_create.html"
    context = {"subject": subject, "form": form, "turns": turns}
    return render(request, f"{template}#turns" if request.htmx else template, context, status=status)


def _rows_again(request: StaffRequest, form: ConversationForm) -> list[dict[str, object]] | None:
    """The typed rows as they are to be shown next; None for two empty ones."""
    action = request.POST.get("action", "")
    if action != "change":
        rows = TurnRows(request.POST, prefix="turns")
        changed = rows.changed_by(action) or rows.raw() or [{}]
        if action == "add" and len(changed) > 1:
            # Conversations take turns: who spoke before the last one speaks next.
            changed[-1] = {"role": changed[-3]["role"] if len(changed) > 2 else "assistant"}
        return changed
    if request.POST.get("way") == Run.Source.UPLOADED:
        form.initial["way"] = Run.Source.PASTED  # a file cannot be put back into its field, its text can
    if request.POST.get("way") != Run.Source.TYPED:
        return None
    form.initial["text"] = ""
    try:
        return [dict(turn) for turn in json.loads(request.POST.get("text", ""))] or None
    except (ValueError, TypeError):
        return None


def _shown(transcript: transcripts.Transcript) -> list[tuple[transcripts.Conversation, list[transcripts.Turn], int]]:
    """Each conversation with the turns the preview has room for and how many it has not."""
    room = MOST_SHOWN
    shown = []
    for conversation in transcript.conversations:
        turns = conversation.turns[:room]
        room -= len(turns)
        shown.append((conversation, turns, len(conversation.turns) - len(turns)))
    return shown
