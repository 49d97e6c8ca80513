"""Where this database keeps something about a subject, and what an erasure does there: the table that it goes by.

tests/privacy/test_stores.py holds it against the relations of the models and against personal_fields: a new table with
something personal in it, or one that hangs on a subject, fails there until it has its place here.
"""

from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True)
class Store:
    """A table with rows about a subject.

    `path` leads from its rows to `Subject.id`.
    """

    label: str
    path: str
    name: str

    @property
    def model(self) -> type[Model]:
        """The Django model."""
        return apps.get_model(self.label)

    def rows(self, subject: object) -> QuerySet[Model]:
        """The rows about a subject; none for one that was never known here."""
        rows = self.model._base_manager.all()
        return rows.filter(Q(**{self.path: subject})) if subject else rows.none()


DELETED = (
    Store("subjects.Proposal", "tidy__subject", "What tidy-ups propose"),
    Store("subjects.Tidy", "subject", "Tidy-ups"),
    Store("subjects.DocumentPart", "document__subject", "Parts of files"),
    Store("subjects.Document", "subject", "Files"),
    Store("subjects.Flag", "block__subject", "Flags"),
    Store("subjects.Edit", "block__subject", "Corrections under way"),
    Store("subjects.Revision", "block__subject", "Revisions of blocks"),
    Store("subjects.Message", "subject", "Messages"),
    Store("subjects.Run", "subject", "Learning runs"),
    Store("subjects.Tagged", "subject", "Tags"),
    Store("subjects.Opened", "subject", "Who opened it lately"),
    Store("privacy.ExportPart", "export__subject", "Archives that were made for the person"),
    Store("privacy.Export", "subject", "Exports"),
    Store("schemas.Share", "subject", "Orders to share a block"),
    Store("schemas.RolloutItem", "subject", "Its part in rollouts"),
    Store("schemas.Deviation", "standing__subject", "Deviations from the template"),
    Store("schemas.Standing", "subject", "Standing to the template"),
    Store("subjects.Block", "subject", "Blocks"),
    Store("subjects.Subject", "pk", "The subject"),
)
"""Deleted row by row, in this order: what hangs on something goes before it."""

CLEANED: dict[str, str] = {
    "subjects.ListExport": "Saved lists that name the person: deleted, with their parts",
    "subjects.ListPart": "Parts of saved lists that name the person: deleted with their list",
    "subjects.SyncState": "What sync left out, and its last trouble: the person's agents are taken out",
    "sessions.Session": "Sessions of people who work here: what names the person is taken out",
    "subjects.RunHour": "Hourly counts of runs: a reason that names the person is rewritten",
    "schemas.Rollout": "Rollouts: what names the person in them is rewritten",
    "schemas.Distribution": "Orders to share a block with many: what names the person in them is rewritten",
    "privacy.Request": "Requests: the outside id is emptied, its keyed hash stays",
    "privacy.BatchLine": "Lists of ids that were filed: the line is deleted",
    "privacy.Note": "Notes on requests: those that name the person are deleted",
}
"""Rows that are about others, too, or that have to stay: only what names the person goes."""

REWRITTEN: dict[str, tuple[str, ...]] = {
    "subjects.RunHour": ("reason",),
    "schemas.Rollout": ("filters", "unknown_ids", "trouble"),
    "schemas.Distribution": ("filters", "trouble"),
}
"""Of CLEANED, the fields in which the outside id is replaced by `naming.GONE`."""

NOT_OF_SUBJECTS: dict[str, str] = {
    "accounts.User": "people who work here",
    "accounts.Invitation": "people who are to work here",
    "accounts.ApiKey": "programs of the people who work here",
    "account.EmailAddress": "people who work here",
    "account.EmailConfirmation": "people who work here",
    "privacy.Orphan": "what in Letta belongs to nobody",
    "schemas.Template": "what every new subject starts from",
    "schemas.Version": "what every new subject starts from",
    "schemas.BlockSchema": "what every new subject starts from",
    "schemas.SharedBlock": "what several subjects share",
    "schemas.SharedRevision": "what several subjects share",
    "schemas.SharedEdit": "what several subjects share",
    "schemas.Tally": "labels and counts of a template",
}
"""Tables with personal fields that are not about a subject. They are searched for the outside id all the same."""


def name_of(label: str) -> str:
    """The words for a store of ours."""
    named = {store.label: store.name for store in DELETED}
    return named.get(label) or CLEANED.get(label, label).partition(":")[0]
