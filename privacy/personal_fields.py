"""Which stored fields hold personal data: the one table that inventory, export, erasure and logs go by.

Every field of every model stands here exactly once; tests/architecture/test_personal_fields.py fails on one that is
new, gone or named twice. *Personal* is what says something about a person or names one outside this database: memory,
messages, names, addresses, free text that people or models wrote, outside ids, and whatever may echo these. Our own
opaque ids, Letta's ids, states, counts and times are not: they mean nothing once the personal fields they belong to are
erased.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fields:
    """The fields of one model, by name, separated by spaces."""

    personal: str = ""
    other: str = ""

    @property
    def personal_names(self) -> frozenset[str]:
        """The fields that hold personal data."""
        return frozenset(self.personal.split())

    @property
    def other_names(self) -> frozenset[str]:
        """The fields that hold none."""
        return frozenset(self.other.split())


OVER_REST = ("engine.",)
"""How tables begin that only Letta's REST API writes and deletes."""

FIELDS: dict[str, Fields] = {
    # The people who work here
    "accounts.User": Fields(
        personal="email name password last_login",
        other="id role is_approver is_active sessions_ended date_joined",
    ),
    "accounts.Invitation": Fields(
        personal="email",
        other="id role is_approver digest invited_by created_at expires_at sent_at accepted_at accepted_by revoked_at",
    ),
    "accounts.ApiKey": Fields(
        personal="name",  # people name keys after people
        other="id start digest scopes created_at created_by last_used_at revoked_at",
    ),
    "account.EmailAddress": Fields(personal="email", other="id user verified primary"),
    "account.EmailConfirmation": Fields(personal="key", other="id email_address created sent"),
    "sessions.Session": Fields(personal="session_key session_data", other="expire_date"),
    # How the background work goes
    "memory_ui.Pulse": Fields(other="task ended_at seconds failed"),
    # Who read and changed what: ids and codes alone
    "audit.Entry": Fields(
        # The one field somebody types into, the ticket, takes a reference of another system's and no words.
        other="id at actor_kind actor action subject run reason ticket request privacy_request detail",
    ),
    "audit.Seal": Fields(other="number at first_id last_id count rows settled_id xid previous_hash hash"),
    "audit.Verification": Fields(other="id state asked_by walk seals_expected created_at ended_at wake_at"),
    # The people whom memory is about, as our pages know them
    "subjects.Subject": Fields(
        # An outside id is often an e-mail address, and a sentence of Letta's may repeat it.
        personal="subject_id setup_error tags",
        other="id kind agent_id setup_refused wake_at tries created_at created_by last_learned_at mirrored_at gone_at"
        " duplicate_agent_ids activity_at look_at log_cursor frozen_at frozen_for",
    ),
    "subjects.LearningTest": Fields(
        other="id state steps scratch_agent_id block_id letta_run_id sending_at step_at created_at created_by ended_at"
        " removed_at wake_at tries",
    ),
    "subjects.Block": Fields(
        personal="label description value",
        other="id subject block_id limit read_only position line_revisions created_at subject_created_at removed_at",
    ),
    "subjects.Revision": Fields(
        personal="value description reason",
        other="id block number limit source run editor created_at",
    ),
    "subjects.Edit": Fields(
        personal="value description reason",
        other="id block limit source editor created_at",
    ),
    "subjects.Flag": Fields(personal="line note", other="id block created_at created_by closed_at"),
    "subjects.Run": Fields(
        personal="idempotency_key failure",  # a key comes from the program that imports, and may be anything
        other="id subject position source state letta_run_id attempt message_count cancel_requested created_at created_by"
        " queued_at sending_at sent_at ended_at",
    ),
    "subjects.SyncState": Fields(
        personal="error",  # a sentence of Letta's
        other="id started_at succeeded_at failing_since activity_until activity_reached activity_cursor round_started_at"
        " round_listed_at round_finished_at round_cursor first_round_finished_at agents_seen agents_expected subjects_found"
        " runs_found changes_found subjects_gone left_out",
    ),
    "subjects.RunHour": Fields(personal="reason", other="id hour state runs seconds"),  # as `Run.failure`
    "subjects.Message": Fields(personal="content", other="id subject run position role created_at"),
    "subjects.Document": Fields(
        personal="name sha256 content failure",  # who has the file can tell by its digest that it was given
        other="id subject kind size characters part_count state storing_at archived created_at created_by ended_at wake_at"
        " tries",
    ),
    "subjects.DocumentPart": Fields(personal="text", other="id document position run stored"),
    "subjects.Tidy": Fields(
        personal="failure",  # a sentence of Letta's
        other="id subject state scratch_agent_id letta_run_id sending_at sent_at part last_message next_message offset"
        " characters characters_read created_at created_by ready_at ended_at wake_at tries",
    ),
    "subjects.ListExport": Fields(
        personal="filters",  # words that were looked for
        other="id person state failure rows_done rows_expected after created_at ended_at wake_at",
    ),
    "subjects.ListPart": Fields(personal="content", other="id list_export position"),
    "subjects.Tagged": Fields(personal="tag", other="id subject subject_created_at"),
    "subjects.Opened": Fields(other="id person subject opened_at"),
    "subjects.Proposal": Fields(personal="value", other="id tidy block base decision"),
    # What memory consists of, as admins define it; free text, in which a name may stand
    "schemas.Template": Fields(
        personal="name purpose", other="id is_default applies_outside edition created_at created_by archived_at"
    ),
    "schemas.Version": Fields(personal="note", other="id template number changed_at changed_by published_at published_by"),
    "schemas.BlockSchema": Fields(
        personal="label description value", other="id version position limit read_only shared_block"
    ),
    "schemas.SharedBlock": Fields(
        personal="label description value trouble",  # a sentence of Letta's may repeat what it was given
        other="id block_id limit read_only created_at created_by archived_at looked_at following_since follow_after subjects"
        " wake_at tries",
    ),
    "schemas.SharedRevision": Fields(
        personal="value description reason", other="id shared_block number limit read_only source editor created_at"
    ),
    "schemas.SharedEdit": Fields(
        personal="value description reason", other="id shared_block limit read_only source editor created_at"
    ),
    "schemas.Distribution": Fields(
        personal="filters trouble",  # words that were looked for; a sentence of Letta's
        other="id shared_block detach state version subject_pks unknown_count after total changed same refused rate next_at"
        " tries created_at created_by started_at ended_at wake_at",
    ),
    "schemas.Share": Fields(other="id distribution subject state reason begun"),
    "schemas.Rollout": Fields(
        personal="filters unknown_ids trouble",  # words that were looked for, ids as they were given, Letta's sentences
        other="id version undoes state subject_pks percent unknown_count add_missing update_described extras values after"
        " looked_at expected found left_out samples counted_at total changed same skipped failed requests rate next_at"
        " slowness pause_until pace pace_at pace_done created_at created_by started_at started_by ended_at",
    ),
    "schemas.RolloutItem": Fields(
        personal="bases before note",  # labels and descriptions
        other="id rollout subject state kinds lane not_before tries asked_at requests ended_at",
    ),
    "schemas.Standing": Fields(other="subject version since wake_at tries kinds"),
    "schemas.Deviation": Fields(personal="label", other="id standing version kind"),
    "schemas.Tally": Fields(personal="label", other="id version kinds kind number"),  # labels of a version, of nobody's own
    # The same people, as the engine keeps them for Letta's API
    "engine.Agent": Fields(
        personal="name description system tags metadata options",
        other="id agent_type model embedding hidden created_at updated_at last_run_completion last_run_duration_ms"
        " last_stop_reason frozen_at archive",
    ),
    "engine.Block": Fields(
        personal="label description value metadata tags options",
        other="id limit read_only is_template hidden created_at updated_at agents",
    ),
    "engine.Tagged": Fields(personal="tag", other="owner"),
    "engine.Attachment": Fields(personal="label", other="id agent block"),
    "engine.Run": Fields(
        personal="error request_config metadata idempotency_key",
        other="id position agent status stop_reason background claim steps max_steps takeovers prompt_tokens"
        " completion_tokens created_at started_at updated_at completed_at",
    ),
    "engine.Message": Fields(
        personal="text reasoning tool_calls name otid",
        other="id agent run position step role tool_call_id tool_name tool_status created_at",
    ),
    "engine.Archive": Fields(personal="name description metadata", other="id embedding created_at updated_at"),
    "engine.Passage": Fields(
        personal="text tags metadata embedding search",  # a vector and its words give the text away
        other="id archive embedding_model created_at updated_at",
    ),
    # The privacy desk: what stays of a person who was erased is a keyed hash
    "privacy.Request": Fields(
        personal="subject_id",
        other="id kind subject subject_hash state failure batch filed_at filed_by filed_key reference confirmed_at"
        " confirmed_by approved_at approved_by begun_at wake_at tries ended_at lifted_at refusal due_at extended_at"
        " extension_reason extension_ticket held_at hold_reason hold_ticket assignee",
    ),
    "privacy.Export": Fields(other="id request subject state done expected size sha256 created_at expires_at fetched_at"),
    "privacy.ExportPart": Fields(personal="content", other="id export position"),
    "privacy.Scan": Fields(
        other="id step after looked_at found lacking trouble started_at started_by ended_at wake_at",
    ),
    "privacy.Orphan": Fields(
        personal="name trouble",  # an archive may be named after a person
        other="id kind letta_id characters created_at state first_seen_at last_seen_at decided_at decided_by",
    ),
    "privacy.RetentionRule": Fields(
        other="id what days state created_at created_by approved_at approved_by stopped_at next_at removed last_at"
    ),
    "privacy.LedgerEntry": Fields(other="subject_hash request entered_at lifted_at lifted_by"),
    "privacy.Reappearance": Fields(
        other="id entry how agent_id first_seen_at last_seen_at outcome settled_at settled_by request"
    ),
    "privacy.Event": Fields(other="id request action detail at by whom"),
    "privacy.Note": Fields(
        personal="text",  # what names the person is refused, but nobody can know all that names one
        other="id request at by",
    ),
    "privacy.Batch": Fields(
        other="id kind state lines_expected doubles filed unknown already filed_at filed_by ended_at wake_at",
    ),
    "privacy.BatchLine": Fields(personal="subject_id", other="id batch outcome"),
    "privacy.Erasure": Fields(
        # Opaque ids, counts and sentences of ours; what searches find is counted, not kept.
        other="id request step attempt again inventory deleted failures progress expected tries times step_at deleted_at"
        " vacuumed verified started_at",
    ),
    "privacy.Preview": Fields(other="id request asked_at taken_at found failure"),
    "privacy.Vacuuming": Fields(other="id started_at ended_at tables"),
    "privacy.Receipt": Fields(other="id request attempt document signature key_id public_key created_at"),
    # Django's own
    "auth.Group": Fields(other="id name permissions"),
    "auth.Group_permissions": Fields(other="id group permission"),
    "auth.Permission": Fields(other="id name content_type codename"),
    "contenttypes.ContentType": Fields(other="id app_label model"),
}


def is_personal(model: str, field: str) -> bool:
    """Whether `field` of `model` (as in "subjects.Block") holds personal data.

    Raises:
        KeyError: the table does not know the model or the field.
    """
    fields = FIELDS[model]
    if field not in fields.personal_names | fields.other_names:
        raise KeyError(f"{model}.{field}")
    return field in fields.personal_names
