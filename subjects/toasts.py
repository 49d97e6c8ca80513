"""What was just done, said in a toast, with the way back."""

import json
from collections.abc import Sequence
from typing import NotRequired, TypedDict
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Permission
from memory_sdk import Passage
from memory_ui.words import counted
from subjects.archiving import LONGEST_PASSAGE, LONGEST_TAGS, MARK
from subjects.models import Block, Proposal, Revision, Run, Subject, Tidy


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


def unflagged(block: Block, flag_pk: object, line: int | None) -> Toast:
    """A mark that was taken off; undone, it is there again with the note it had."""
    return Toast(
        text="The mark was taken off.",
        undo=reverse("line-flag", args=[block.pk]),
        fields={"flag": str(flag_pk), "line": str(line or "")},
        card=f"block-{block.pk}",
    )


def tidied(tidy: Tidy, kept: Sequence[Proposal], left: Sequence[Proposal], confirmed: int = 1) -> Toast:
    """Proposals that were just kept or left; undone, a block is what it was before, or to be decided on again."""
    if kept and left:
        text = f"{counted(len(kept), 'block')} kept, {len(left):,} left as they were."
    elif kept:
        text = "Kept. The block is tidied up." if len(kept) == 1 else f"{len(kept):,} blocks were kept."
    else:
        text = "Left as it was." if len(left) == 1 else f"{len(left):,} blocks were left as they were."
    numbers = ",".join(str(proposal.pk) for proposal in (*kept, *left))
    fields = {"proposals": numbers, "confirmed": str(confirmed)}
    return Toast(text=text, undo=reverse("tidy-undo", args=[tidy.pk]), fields=fields)


def tidying_many(tidies: Sequence[Tidy]) -> Toast:
    """Tidy-ups that were asked for at once; some may have been there, and may wait for a person."""
    ready = sum(tidy.state == Tidy.State.READY for tidy in tidies)
    asked = len(tidies) - ready
    said = [f"{counted(asked, 'subject')} {'is' if asked == 1 else 'are'} being tidied up."] if asked or not ready else []
    if ready:
        said.append(f"{counted(ready, 'subject')} had a tidy-up already that waits to be looked at.")
    return Toast(text=" ".join(said))


def given(runs: Sequence[Run]) -> Toast:
    """Conversations that were given to learn from; what was given before is told by its own runs."""
    if all(run.is_over for run in runs):
        return Toast(text="This was given before. Its run says what became of it.")
    if len(runs) > 1:
        return Toast(text=f"{len(runs):,} conversations are being learned.")
    undo = reverse("run-cancel", args=[runs[0].pk])
    text = "The conversation is being learned."
    return Toast(text=text, undo=undo, fields={}, word="Cancel", card=f"run-{runs[0].pk}")


def passage_deleted(subject: Subject, passage: Passage | None) -> Toast:
    """A passage that was deleted; where its text is known, it can be added again as it was, but for its date.

    Not for `tell`: text and tags are personal.
    """
    toast = Toast(text="The passage was deleted.")
    if passage is None:
        return toast
    tags = ", ".join(tag for tag in passage.tags if not tag.startswith(MARK))
    # What other programs stored may not fit the form by which passages are added here.
    fits = passage.text.strip() and len(passage.text) <= LONGEST_PASSAGE and len(tags) <= LONGEST_TAGS
    if fits and not any("," in tag for tag in passage.tags):
        toast["undo"] = reverse("passage-create", args=[subject.pk])
        toast["fields"] = {"text": passage.text, "tags": tags, "key": str(uuid4())}
        toast["word"] = "Add it again"
    return toast


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


def too_late(run: Run) -> Toast | None:
    """A run that was to be stopped and had ended by itself; None for one that is being stopped already."""
    return Toast(text="The run had ended already. Nothing was stopped.") if run.is_over else None


def retried(run: Run) -> Toast:
    """A batch that is learned once more."""
    undo = reverse("run-cancel", args=[run.pk])
    return Toast(text="It is learned once more.", undo=undo, fields={}, word="Cancel", card=f"run-{run.pk}")
