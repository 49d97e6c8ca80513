"""The tables of the privacy desk: what people asked for, who answers it, what happened when, and notes."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import ApiKey, User
from privacy.batches import Batch as Batch
from privacy.batches import BatchLine as BatchLine
from privacy.erasures import Erasure as Erasure
from privacy.erasures import Preview as Preview
from privacy.erasures import Receipt as Receipt
from privacy.erasures import Vacuuming as Vacuuming
from privacy.exports import Export as Export
from privacy.exports import ExportPart as ExportPart
from privacy.orphans import Orphan as Orphan
from privacy.orphans import Scan as Scan
from privacy.reappearances import LedgerEntry as LedgerEntry
from privacy.reappearances import Reappearance as Reappearance
from privacy.retention import RetentionRule as RetentionRule


class Request(models.Model):
    """What one person asked for. It outlives the subject: once that is erased, only opaque ids and hashes are left."""

    class Kind(models.TextChoices):
        ACCESS = "access", "Access"
        PORTABILITY = "portability", "Portability"
        ERASURE = "erasure", "Erasure"
        RESTRICTION = "restriction", "Restriction"

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        WAITING = "waiting", "Waiting for approval"
        APPROVED = "approved", "Approved"
        WORKING = "working", "Being carried out"
        DONE = "done", "Done"
        PARTIAL = "partial", "Partly done"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    BEFORE_WORK = (State.RECEIVED, State.WAITING, State.APPROVED)
    OPEN = (*BEFORE_WORK, State.WORKING)

    class Extension(models.TextChoices):
        COMPLEX = "complex", "The request is complex"
        MANY = "many", "There are many requests"

    class Hold(models.TextChoices):
        CLAIM = "claim", "A legal claim is made or defended"
        OBLIGATION = "obligation", "A law obliges us to keep the data"
        AUTHORITY = "authority", "An authority has asked for it"
        DISPUTE = "dispute", "The request itself is in dispute"

    class Refusal(models.TextChoices):
        IDENTITY = "identity", "The person could not be identified"
        UNFOUNDED = "unfounded", "Manifestly unfounded or excessive"
        OBLIGATION = "obligation", "A law obliges us to keep the data"
        CLAIM = "claim", "Needed for legal claims"
        EXPRESSION = "expression", "Freedom of expression and information"
        RIGHTS = "rights", "It would harm the rights of others"
        MISTAKE = "mistake", "Filed by mistake"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    subject = models.UUIDField(null=True)
    """`Subject.id`; no foreign key, for the request outlives the subject. None: nobody we knew when it was filed."""
    subject_id = models.CharField(max_length=200, blank=True)
    """The outside id that was asked about; emptied when the person is erased."""
    subject_hash = models.CharField(max_length=64)
    """`hashing.keyed_hash` of the outside id: stays."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    failure = models.TextField(blank=True)
    """Why it stands still or ended partly done, or what else is to be said of its end: a sentence without personal text."""
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="requests")
    """The list of ids it was filed with."""

    filed_at = models.DateTimeField(default=timezone.now)
    filed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who asked; for a request that came over HTTP, whoever made the key."""
    filed_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    """The API key with which it came over HTTP."""
    reference = models.CharField(max_length=100, blank=True)
    """The caller's own name for it: the same reference is the same request."""
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who typed the id of an erasure once more."""
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """The second person. None when an erasure needs none."""
    begun_at = models.DateTimeField(null=True)
    """When work was last begun: a second time after `partial`."""
    wake_at = models.DateTimeField(null=True)
    """While it is being carried out: when a worker looks at it next; None: when it is woken (`working.UNTIL_WOKEN`)."""
    tries = models.IntegerField(default=0)
    """How often in a row the work broke off unexpectedly, for the pause before the next try."""
    ended_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    """When a restriction that was done was lifted again."""
    refusal = models.CharField(max_length=12, choices=Refusal.choices, blank=True)

    due_at = models.DateTimeField()
    """By when it must be answered: 30 days after filing, 60 more when extended."""
    extended_at = models.DateTimeField(null=True)
    extension_reason = models.CharField(max_length=12, choices=Extension.choices, blank=True)
    extension_ticket = models.CharField(max_length=40, blank=True)
    """Where the reason is told at length, for example a ticket number."""
    held_at = models.DateTimeField(null=True)
    """Legal hold: nothing of this subject is erased from then on until it is released, whatever becomes of the request."""
    hold_reason = models.CharField(max_length=12, choices=Hold.choices, blank=True)
    hold_ticket = models.CharField(max_length=40, blank=True)
    assignee = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            # The code asks first and answers in a sentence; this is for whatever goes round the code.
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | (
                    (Q(filed_by=None) | ~Q(approved_by=F("filed_by")))
                    & (Q(confirmed_by=None) | ~Q(approved_by=F("confirmed_by")))
                ),
                name="privacy_request_second_person",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_hash"],
                name="privacy_request_open_once",
                condition=Q(state__in=["received", "waiting", "approved", "working"]),
            ),
            models.UniqueConstraint(fields=["reference"], name="privacy_request_reference", condition=~Q(reference="")),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="privacy_request_due",
                condition=Q(state__in=["received", "waiting", "approved", "working"]),
            ),
            models.Index(fields=["approved_at"], name="privacy_request_approved", condition=Q(state="approved")),
            models.Index(fields=["wake_at"], name="privacy_request_wake", condition=Q(state="working")),
            models.Index(fields=["-filed_at", "-id"], name="privacy_request_newest"),
            models.Index(fields=["state", "-filed_at", "-id"], name="privacy_request_state"),
            models.Index(fields=["batch", "state"], name="privacy_request_batch", condition=Q(batch__isnull=False)),
            models.Index(fields=["subject", "-filed_at"], name="privacy_request_subject"),
            models.Index(fields=["kind", "state", "-filed_at", "-id"], name="privacy_request_kind"),
            models.Index(fields=["subject_hash", "-filed_at"], name="privacy_request_hash"),
            models.Index(fields=["due_at", "id"], name="privacy_request_held", condition=Q(held_at__isnull=False)),
            models.Index(
                fields=["assignee", "due_at"], name="privacy_request_assignee", condition=Q(assignee__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.pk)[:8]}"

    @property
    def is_open(self) -> bool:
        """Whether it still has to be answered."""
        return self.state in self.OPEN


class Event(models.Model):
    """Something that happened to a request: its history on the page. The audit log has it too, for ever."""

    class Action(models.TextChoices):
        FILED = "filed", "filed it"
        CONFIRMED = "confirmed", "confirmed it by typing the id"
        APPROVED = "approved", "approved it"
        BEGUN = "begun", "began the work"
        ENDED = "ended", "ended the work"
        RETRIED = "retried", "had it tried again"
        REFUSED = "refused", "refused it"
        WITHDRAWN = "withdrawn", "withdrew it"
        HELD = "held", "put it on legal hold"
        RELEASED = "released", "released it from legal hold"
        EXTENDED = "extended", "extended the time by 60 days"
        ASSIGNED = "assigned", "assigned it"
        LIFTED = "lifted", "lifted the restriction"

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="events")
    action = models.CharField(max_length=10, choices=Action.choices)
    detail = models.CharField(max_length=200, blank=True)
    """A reason from a list of reasons and a ticket number, or the state reached: never personal text."""
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """None: the machine itself, or a program with a key."""
    whom = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """To whom it was assigned."""

    class Meta:
        indexes = [models.Index(fields=["request", "id"], name="privacy_event_request")]


class Note(models.Model):
    """What the people who answer a request tell each other. Refused when it names the person."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="notes")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["request", "id"], name="privacy_note_request")]
