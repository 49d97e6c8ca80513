"""The words of the record: what was done, by what kind of actor, and why. Codes only, so that nothing personal fits in."""

from django.db import models


class ActorKind(models.TextChoices):
    """What did it."""

    PERSON = "person", "a person"
    API_KEY = "api-key", "an API key"
    SYSTEM = "system", "memory_ui itself"


class Action(models.TextChoices):
    """What was done. The label is the end of a sentence that begins with who did it."""

    # Reads of one subject's memory
    LOOKED_AT_MEMORY = "looked-at-memory", "looked at the memory"
    LOOKED_AT_BLOCK = "looked-at-block", "looked at a block"
    LOOKED_AT_HISTORY = "looked-at-history", "looked at the history of a block"
    COMPARED_REVISIONS = "compared-revisions", "compared revisions of a block"
    LOOKED_AT_TIMELINE = "looked-at-timeline", "looked at the timeline"
    LOOKED_AT_MESSAGES = "looked-at-messages", "looked at the messages"
    LOOKED_AT_ARCHIVE = "looked-at-archive", "looked at the archive"
    SEARCHED_ARCHIVE = "searched-archive", "searched the archive"
    LOOKED_AT_PROMPT = "looked-at-prompt", "looked at the prompt the assistant gets"
    LOOKED_AT_ACTIVITY = "looked-at-activity", "looked at who read and changed it"
    LOOKED_AT_RUNS = "looked-at-runs", "looked at the learning runs"
    LOOKED_AT_RUN = "looked-at-run", "looked at a learning run"
    LOOKED_AT_FILES = "looked-at-files", "looked at the files"
    LOOKED_AT_FILE = "looked-at-file", "looked at a file"
    LOOKED_AT_TIDY = "looked-at-tidy", "looked at a tidy-up"
    WAS_SHOWN_IN_SEARCH = "was-shown-in-search", "was shown it among search results"
    WAS_SHOWN_IN_LIST = "was-shown-in-list", "was shown it in a list"
    EXPORTED_LIST = "exported-list", "saved a list of subjects"
    EXPORTED_MEMORY = "exported-memory", "exported everything that is remembered"
    DOWNLOADED_EXPORT = "downloaded-export", "downloaded an export"
    READ_BY_API = "read-by-api", "read the memory over the API"

    # Changes of one subject's memory
    CREATED_SUBJECT = "created-subject", "created the subject"
    IMPORTED_SUBJECT = "imported-subject", "imported the subject"
    RETRIED_SETUP = "retried-setup", "tried again to create the agent"
    CORRECTED_BLOCK = "corrected-block", "corrected a block"
    RESTORED_BLOCK = "restored-block", "restored a block"
    ADDED_BLOCK = "added-block", "added a block"
    REMOVED_BLOCK = "removed-block", "removed a block"
    LEARNED = "learned", "changed a block by learning"
    KEPT_TIDY = "kept-tidy", "kept what a tidy-up proposed"
    FOLLOWED_SHARED_BLOCK = "followed-shared-block", "changed a block that it shares with others"
    CHANGED_OUTSIDE = "changed-outside", "noted a change that another program made"
    FLAGGED_LINE = "flagged-line", "flagged a line"
    UNFLAGGED_LINE = "unflagged-line", "closed a flag"
    TAUGHT = "taught", "gave messages to learn from"
    RETRIED_RUN = "retried-run", "retried a learning run"
    CANCELLED_RUN = "cancelled-run", "cancelled a learning run"
    STARTED_TIDY = "started-tidy", "started a tidy-up"
    DECIDED_TIDY = "decided-tidy", "decided on a tidy-up"
    DISMISSED_TIDY = "dismissed-tidy", "dismissed a tidy-up"
    # The archive lies in Letta: what is asked of it, and what it answered. Without an answer nobody knows yet.
    ASKED_TO_ADD_PASSAGE = "asked-to-add-passage", "asked Letta to add a passage to the archive"
    ADDED_PASSAGE = "added-passage", "added a passage to the archive"
    ASKED_TO_DELETE_PASSAGE = "asked-to-delete-passage", "asked Letta to delete a passage from the archive"
    DELETED_PASSAGE = "deleted-passage", "deleted a passage from the archive"
    ARCHIVE_UNCHANGED = "archive-unchanged", "was told by Letta that the archive stays as it is"
    TOOK_FILE = "took-file", "gave a file to learn from"
    LEARNED_FILE = "learned-file", "let a file be learned"
    RETRIED_FILE = "retried-file", "retried a file"
    DISCARDED_FILE = "discarded-file", "discarded a file"
    CHANGED_BY_API = "changed-by-api", "changed the memory over the API"
    TAUGHT_BY_API = "taught-by-api", "gave messages to learn from over the API"
    DELETED_BY_API = "deleted-by-api", "deleted the memory over the API"

    # Block templates and rollouts
    CREATED_TEMPLATE = "created-template", "created a block template"
    CHANGED_TEMPLATE = "changed-template", "changed the draft of a block template"
    PUBLISHED_TEMPLATE = "published-template", "published a block template"
    ARCHIVED_TEMPLATE = "archived-template", "put a block template away"
    IMPORTED_TEMPLATE = "imported-template", "imported a block template"
    ASSIGNED_TEMPLATE = "assigned-template", "gave the subject a block template"
    CREATED_SHARED_BLOCK = "created-shared-block", "created a shared block"
    ADOPTED_SHARED_BLOCK = "adopted-shared-block", "took over a block that other programs share"
    CHANGED_SHARED_BLOCK = "changed-shared-block", "changed a shared block for all who have it"
    ARCHIVED_SHARED_BLOCK = "archived-shared-block", "put a shared block away"
    STARTED_DISTRIBUTION = "started-distribution", "began to attach or detach a shared block"
    STOPPED_DISTRIBUTION = "stopped-distribution", "paused or cancelled attaching or detaching a shared block"
    ATTACHED_SHARED_BLOCK = "attached-shared-block", "attached a shared block"
    DETACHED_SHARED_BLOCK = "detached-shared-block", "detached a shared block"
    STARTED_ROLLOUT = "started-rollout", "started a rollout"
    PAUSED_ROLLOUT = "paused-rollout", "paused a rollout"
    RESUMED_ROLLOUT = "resumed-rollout", "resumed a rollout"
    CANCELLED_ROLLOUT = "cancelled-rollout", "cancelled a rollout"
    UNDID_ROLLOUT = "undid-rollout", "undid a rollout"
    ROLLED_OUT = "rolled-out", "brought the subject to a template version"
    ROLLED_BACK = "rolled-back", "brought the subject back from a template version"

    # Privacy requests
    FILED_REQUEST = "filed-request", "filed a privacy request"
    LOOKED_AT_REQUEST = "looked-at-request", "looked at a privacy request"
    LOOKED_FOR_REQUESTS = "looked-for-requests", "looked for the privacy requests of a person"
    ASSIGNED_REQUEST = "assigned-request", "took on a privacy request"
    EXTENDED_REQUEST = "extended-request", "extended a privacy request"
    HELD_REQUEST = "held-request", "put a privacy request on hold"
    RELEASED_REQUEST = "released-request", "took a privacy request off hold"
    NOTED_REQUEST = "noted-request", "wrote a note on a privacy request"
    PREVIEWED_ERASURE = "previewed-erasure", "previewed an erasure"
    CONFIRMED_REQUEST = "confirmed-request", "confirmed a privacy request"
    STARTED_REQUEST = "started-request", "started the work on a privacy request"
    RETRIED_REQUEST = "retried-request", "had a privacy request tried again"
    APPROVED_REQUEST = "approved-request", "approved a privacy request"
    REFUSED_REQUEST = "refused-request", "refused a privacy request"
    CANCELLED_REQUEST = "cancelled-request", "cancelled a privacy request"
    CLOSED_REQUEST = "closed-request", "closed a privacy request"
    FROZE_SUBJECT = "froze-subject", "froze the memory"
    UNFROZE_SUBJECT = "unfroze-subject", "lifted the freeze of the memory"
    STARTED_ERASURE = "started-erasure", "started an erasure"
    RETRIED_ERASURE = "retried-erasure", "retried an erasure"
    ERASED = "erased", "erased the memory"
    ERASED_PARTLY = "erased-partly", "erased the memory in part"
    REAPPEARED = "reappeared", "found an erased subject again"
    SIGNED_RECEIPT = "signed-receipt", "signed a receipt"
    LOOKED_AT_RECEIPT = "looked-at-receipt", "looked at a receipt"
    DOWNLOADED_RECEIPT = "downloaded-receipt", "downloaded a receipt"
    SCANNED_ORPHANS = "scanned-orphans", "looked for orphans in Letta"
    REMOVED_ORPHAN = "removed-orphan", "removed an orphan from Letta"
    KEPT_ORPHAN = "kept-orphan", "kept an orphan in Letta"
    CREATED_RETENTION_RULE = "created-retention-rule", "created a retention rule"
    CHANGED_RETENTION_RULE = "changed-retention-rule", "changed a retention rule"
    REMOVED_BY_RETENTION = "removed-by-retention", "removed what a retention rule lets go"

    # People, keys, settings
    INVITED_PERSON = "invited-person", "invited a person"
    RENEWED_INVITATION = "renewed-invitation", "made a new link for an invitation"
    WITHDREW_INVITATION = "withdrew-invitation", "withdrew an invitation"
    ACCEPTED_INVITATION = "accepted-invitation", "accepted an invitation"
    CHANGED_ROLE = "changed-role", "changed the role of a person"
    CHANGED_APPROVER = "changed-approver", "changed whether a person may approve erasures"
    DEACTIVATED_PERSON = "deactivated-person", "deactivated a person"
    REACTIVATED_PERSON = "reactivated-person", "reactivated a person"
    MADE_KEY = "made-key", "made an API key"
    REVOKED_KEY = "revoked-key", "revoked an API key"
    CHANGED_SETTINGS = "changed-settings", "changed the settings"

    # The record itself
    LOOKED_AT_AUDIT = "looked-at-audit", "looked at the audit log"
    EXPORTED_AUDIT = "exported-audit", "saved entries of the audit log"
    STARTED_VERIFICATION = "started-verification", "started a verification of the audit log"


READS = frozenset(
    {
        Action.LOOKED_AT_MEMORY,
        Action.LOOKED_AT_BLOCK,
        Action.LOOKED_AT_HISTORY,
        Action.COMPARED_REVISIONS,
        Action.LOOKED_AT_TIMELINE,
        Action.LOOKED_AT_MESSAGES,
        Action.LOOKED_AT_ARCHIVE,
        Action.SEARCHED_ARCHIVE,
        Action.LOOKED_AT_PROMPT,
        Action.LOOKED_AT_ACTIVITY,
        Action.LOOKED_AT_RUNS,
        Action.LOOKED_AT_RUN,
        Action.LOOKED_AT_FILES,
        Action.LOOKED_AT_FILE,
        Action.LOOKED_AT_TIDY,
        Action.WAS_SHOWN_IN_SEARCH,
        Action.WAS_SHOWN_IN_LIST,
        Action.EXPORTED_LIST,
        Action.EXPORTED_MEMORY,
        Action.DOWNLOADED_EXPORT,
        Action.READ_BY_API,
        Action.LOOKED_AT_REQUEST,
        Action.LOOKED_FOR_REQUESTS,
        Action.PREVIEWED_ERASURE,
        Action.LOOKED_AT_RECEIPT,
        Action.DOWNLOADED_RECEIPT,
        Action.LOOKED_AT_AUDIT,
        Action.EXPORTED_AUDIT,
    }
)
"""The actions that change nothing. All others are changes."""


class Reason(models.TextChoices):
    """Why somebody looked: a code, never a text, which would soon name the person."""

    CUSTOMER_ASKED = "customer-asked", "A customer asked"
    COMPLAINT = "complaint", "A complaint"
    QUALITY_CHECK = "quality-check", "A quality check"
    PRIVACY_REQUEST = "privacy-request", "A privacy request"
    OTHER_WORK = "other-work", "Other work"
