"""What was just done, said in a toast, with the way back."""

import json
from typing import NotRequired, TypedDict

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Permission
from subjects.models import Block, Revision, Run, Subject


class Toast(TypedDict):
    """One toast, as a message of Django or in a template. It passes through a cookie: opaque ids only, no personal text.

    `undo`: the address that takes it back, by POST with `fields`; `word`: what the button says. `card`: the id of the
    element that the answer takes the place of; it must be on the page.
    """

    text: str
    undo: NotRequired[str]
    fields: NotRequired[dict[str, str]]
    word: NotRequired[str]
    card: NotRequired[str]


def tell(request: HttpRequest, toast: Toast, level: int = messages.SUCCESS) -> None:
    """Say it on the next page that is shown."""
    # A message of Django's is text and tags; the way back travels in the tags, for `toast_of`.
    way_back = {name: value for name, value in toast.items() if name != "text"}
    messages.add_message(request, level, toast["text"], extra_tags=json.dumps(way_back) if way_back else "")


def saved(block: Block, revision: Revision, reader: User) -> Toast:
    """A revision just made; whoever made it can take it back, as long as it is the latest."""
    verb = "Put back" if revision.source == Revision.Source.RESTORE else "Added" if revision.number == 1 else "Saved"
    toast = Toast(text=f"{verb} as revision {revision.number}.")
    newest = block.revisions.order_by("-number").values_list("number", flat=True).first()
    mine = revision.editor_id == reader.pk and reader.may(Permission.CORRECT)
    if mine and revision.number == newest and not block.removed_at:
        if revision.number > 1:
            toast["undo"] = reverse("block-restore", args=[block.pk, revision.number - 1])
            toast["card"] = f"block-{block.pk}"
        else:
            toast["undo"] = reverse("block-delete", args=[block.pk])
        toast["fields"] = {"base": str(revision.number), "reason": "Undone", "confirmed": "1"}
    return toast


def removed(block: Block) -> Toast:
    """A block that was taken off; undone, it is added again with what it held."""
    return Toast(
        text="The block was taken off.",
        undo=reverse("block-create", args=[block.subject_id]),
        fields={"again": str(block.pk), "reason": "Undone"},
    )


def flagged(block: Block, flag_pk: object, line: int | None) -> Toast:
    """A line that was marked as wrong."""
    return Toast(
        text="Marked as wrong. The next run is told.",
        undo=reverse("line-unflag", args=[block.pk]),
        fields={"flag": str(flag_pk), "line": str(line or "")},
        card=f"block-{block.pk}",
    )


def passage_added(subject: Subject, passage_id: str) -> Toast:
    """A passage that was stored."""
    undo = reverse("passage-delete", args=[subject.pk])
    return Toast(text="The passage was added.", undo=undo, fields={"passage": passage_id})


def cancelled(run: Run) -> Toast:
    """A run that was stopped, or is being stopped."""
    if run.state == Run.State.CANCELLED:
        undo = reverse("run-retry", args=[run.pk])
        text = "The run was cancelled. The messages are kept."
        return Toast(text=text, undo=undo, fields={}, word="Learn it after all", card=f"run-{run.pk}")
    return Toast(text="The run stops at Letta’s next step. The messages are kept.")


def retried(run: Run) -> Toast:
    """A batch that is learned once more."""
    undo = reverse("run-cancel", args=[run.pk])
    return Toast(text="It is learned once more.", undo=undo, fields={}, word="Cancel", card=f"run-{run.pk}")
