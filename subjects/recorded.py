"""What a change of blocks says in the audit log: an entry for each revision, in the transaction that keeps it."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from audit.actions import Action, ActorKind
from audit.recording import SYSTEM, Actor, Detail, record_each
from subjects.models import Revision

Source = Revision.Source
DID = {
    Source.CREATED: Action.ADDED_BLOCK,
    Source.RUN: Action.LEARNED,
    Source.EDIT: Action.CORRECTED_BLOCK,
    Source.RESTORE: Action.RESTORED_BLOCK,
    Source.TIDY: Action.KEPT_TIDY,
    Source.TEMPLATE: Action.ROLLED_OUT,
    Source.OUTSIDE: Action.CHANGED_OUTSIDE,
    Source.REMOVED: Action.REMOVED_BLOCK,
}


def record_revisions(revisions: Iterable[Revision], action: Action | None = None) -> None:
    """Record new revisions, whose blocks are at hand, by their editors or else by memory_ui itself.

    `action`: what was done; by itself what the revision's source says. One statement for all that are alike.
    """
    alike: dict[tuple[Action, UUID | None, UUID | None], list[tuple[UUID | None, Detail]]] = defaultdict(list)
    for revision in revisions:
        is_new = revision.number == 1 and revision.source == Source.EDIT
        did = action or (Action.ADDED_BLOCK if is_new else DID[Source(revision.source)])
        detail: Detail = {"block": revision.block_id, "revision": revision.number}
        alike[did, revision.editor_id, revision.run_id].append((revision.block.subject_id, detail))
    for (did, editor, run), of in alike.items():
        by = Actor(ActorKind.PERSON, editor) if editor else SYSTEM
        record_each(did, by=by, of=of, run=run)
