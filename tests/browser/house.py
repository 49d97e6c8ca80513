"""A house full of everything that pages show: for each page something in it, long words, and what went wrong."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import ApiKey, Invitation, User
from accounts.roles import Role
from audit import checking
from audit.actions import Action, Reason
from audit.recording import record
from audit.sealing import seal_entries
from memory_sdk import NewBlock
from memory_ui.models import Pulse
from privacy import batching, clock, holding, noting
from privacy import previewing as erasing
from privacy.models import Request
from privacy.requesting import Filer, file
from schemas import previewing, rolling_out, steering
from schemas.models import Template
from schemas.planning import Asked
from schemas.porting import take
from schemas.presets import preset
from schemas.publishing import publish
from schemas.steering import Selection
from subjects.counting import count_runs
from subjects.flags import flag_line
from subjects.letta import agents
from subjects.models import Block, Document, LearningTest, ListExport, Run, Subject, Tidy
from tests.addresses import a_reappearance, address
from tests.pages import PAGES
from tests.schemas.conftest import written_draft, written_template
from tests.schemas.drifted import written_drift
from tests.schemas.shared import written_order, written_shared
from tests.subjects.pages.conftest import Story, make_block, make_document, make_run, make_subject, make_tidy
from tests.told import Told, tell

LONG = "user_" + "very_long_" * 19
"""a subject's id of nearly the longest length, without a place to break"""
WORD = "long_word_" * 9
FAILURE = "The model did not answer, " * 20 + "https://" + "long" * 60


@dataclass(frozen=True)
class House:
    """What there is, and who is signed in."""

    told: Told
    addresses: dict[str, list[str]]
    """of each page, by its name: first as it is, then in other states: filtered, empty, refused"""


def furnished() -> House:
    """Everything, written straight into the tables; only what pages ask Letta for is in the engine."""
    told = tell()
    admin, officer = (User.objects.get(email=f"{role}@example.com") for role in (Role.ADMIN, Role.PRIVACY_OFFICER))
    in_letta(told.story)
    a_reappearance()
    # Before there is more than one request, batch or rollout: an address of these means the only one.
    addresses = {name: [address(name, told.story)] for name, methods in PAGES.items() if "GET" in methods}
    for fill in (subjects, teaching, watching, templates, sharing, settings, listings, desk, records):
        for name, more in fill(told.story, officer if fill is desk else admin).items():
            addresses[name] += more
    return House(told, addresses)


def in_letta(story: Story) -> None:
    """Gives the story's subject an agent that has its blocks and a passage."""
    subject = story.subject
    new = [NewBlock(block.label, block.description, block.value, block.limit) for block in (story.human, story.summary)]
    agent = agents().create_agent(subject.subject_id, new, kind="user")
    Subject.objects.filter(pk=subject.pk).update(agent_id=agent.id)
    for block in agent.blocks or []:
        Block.objects.filter(subject=subject, label=block.label).update(block_id=block.id)
    subject.refresh_from_db()
    story.human.refresh_from_db()
    agents().create_passage(agent.id, "The warranty ends in March.", ["warranty"])
    agents().create_passage(agent.id, f"A word that does not break: {WORD}", ["files", WORD[:40]])


def subjects(story: Story, admin: User) -> dict[str, list[str]]:
    make_block(story.subject, "plan", "x" * 5_000, "long_word_" * 600, limit=5_500)
    flag_line(story.human, "Name: Sarah", note="it is her sister", by=admin)
    refused = make_subject("team_oslo", kind="subject", agent_id=None, setup_refused=True, setup_error="Unknown model.")
    long, empty = make_subject(LONG, tags=["vip", "pilot"]), make_subject("team_empty", agent_id=None)
    make_block(long, "human", "Sells cat flaps in Utrecht, " + "and elsewhere " * 60)
    make_run(story.subject, Run.State.CANCELLED, ("user", "Never mind."), age=4000)
    make_run(long, Run.State.QUEUED, ("user", "Hello?"), age=4000)
    ours, subject, bare = (f"/{kind}/{one.pk}/" for kind, one in (
        ("blocks", story.human), ("subjects", story.subject), ("subjects", empty)))  # fmt: skip
    return {
        "subject-list": [
            "/?q=user",
            "/?kind=user&text=utrecht",
            "/?label=nothing",
            "/?sort=longest",
            "/?never=on&failed=on",
        ],
        "search-detail": ["/search/?q=utrecht", "/search/?q=user", "/search/?q=zzzz"],
        "subject-detail": [f"/subjects/{one.pk}/" for one in (refused, long, empty)],
        "run-list": [f"{bare}runs/"],
        "run-detail": [f"/runs/{run.pk}/" for run in (story.learned, story.learning)],
        "message-list": [f"{subject}messages/?role=tool", f"{subject}messages/?text=utrecht", f"{bare}messages/"],
        "timeline-detail": [f"{bare}timeline/", f"/subjects/{long.pk}/timeline/"],
        "prompt-detail": [f"{bare}prompt/"],
        "activity-detail": [f"{bare}activity/"],
        "passage-list": [f"{subject}archive/?q=warranty", f"{subject}archive/?q=giraffe", f"{bare}archive/"],
        "block-detail": [f"{ours}?line=1", f"{ours}?line=2", f"{ours}?saved=2"],
        "revision-compare": [f"{ours}compare/?view=side&older=1&newer=2", f"{ours}compare/?older=7"],
        "conversation-create": [f"/subjects/{long.pk}/learn/"],
    }


def teaching(story: Story, admin: User) -> dict[str, list[str]]:
    long = Subject.objects.get(subject_id=LONG)
    documents = [
        make_document(story.subject, Document.State.STORING, "a", "b", failure="Letta cannot be reached."),
        make_document(story.subject, Document.State.STORED, "a", "b", name="long_name_" * 11 + ".pdf"),
        make_document(story.subject, Document.State.UNREADABLE, failure="There is no text in this PDF."),
        make_document(story.subject, Document.State.READY, "long_word_" * 1900),
    ]
    block = make_block(long, "plan", "long_word_" * 60)
    working = make_tidy(long, Tidy.State.WORKING, characters=95_000, characters_read=40_000, part=2)
    failed = make_tidy(make_subject("user_kim"), Tidy.State.FAILED, failure=FAILURE)
    done = make_tidy(make_subject("user_otto"), Tidy.State.READY, (block, "short"), (story.summary, "x" * 1200))
    return {
        "document-create": [f"/subjects/{long.pk}/files/"],
        "document-detail": [f"/files/{document.pk}/" for document in documents],
        "tidy-list": ["/tidies/?state=kept"],
        "tidy-detail": [f"/tidies/{tidy.pk}/" for tidy in (working, done, failed)],
    }


def watching(story: Story, admin: User) -> dict[str, list[str]]:
    """Runs of a month, some of which failed, for each reason that there is."""
    now = timezone.now()
    reasons = ("The model did not answer.", "Letta has forgotten this run.", FAILURE)
    ended = [
        Run(
            subject=story.subject, position=100 + place, idempotency_key=str(uuid.uuid4()), source="typed",
            state="failed" if place % 5 == 3 else "completed", failure=reasons[place % 3] if place % 5 == 3 else "",
            created_at=now - timedelta(hours=place, seconds=2 + place % 4), ended_at=now - timedelta(hours=place),
        )
        for place in range(120)
    ]  # fmt: skip
    Run.objects.bulk_create(ended)
    count_runs()
    Pulse.objects.update_or_create(task="subjects.tasks.sweep", defaults={"ended_at": now, "seconds": 0.2})
    Pulse.objects.update_or_create(
        task="subjects.tasks.sync", defaults={"ended_at": now - timedelta(hours=2), "seconds": 3.5, "failed": True}
    )
    return {
        "overview-detail": ["/overview/?period=30d"],
        "run-browse": [
            "/runs/?state=failed",
            "/runs/?state=cancelled&source=file",
            "/runs/?state=stuck",
            "/runs/?since=odd",
        ],
    }


def templates(story: Story, admin: User) -> dict[str, list[str]]:
    support = preset("customer-support")
    assert support is not None
    template = take(support.file)
    publish(template, "First.", edition=template.edition)
    written_draft(template, {"label": WORD, "value": WORD * 9, "description": WORD * 3}, {"label": "human", "limit": 7})
    written_template(WORD, [{"label": WORD, "value": WORD * 9}], is_default=True)
    care, drifted = Template.objects.get(name="Care"), written_drift("Drifted")
    second = drifted.versions.get(number=2)
    ready = steering.count(second, Selection(percent=100), Asked(extras=True), admin)
    done = steering.count(second, Selection(ids=["user_ann", *(f"nobody_{place}" for place in range(30))]), Asked(), admin)
    running = steering.count(second, Selection(percent=50), Asked(), admin)
    for rollout in (ready, done, running):
        previewing.advance(rollout.pk)
    steering.begin(done, admin)
    while rolling_out.advance(done.pk, 0):
        continue
    steering.begin(running, admin)
    one, other = f"/templates/{template.pk}/", f"/templates/{drifted.pk}/"
    return {
        "template-list": ["/templates/?archived=1"],
        "template-detail": [one],
        "template-edit": [f"{one}edit/"],
        "template-publish": [f"{one}publish/"],
        "version-detail": [f"{one}versions/1/"],
        "version-compare": [f"{one}compare/?older=1&newer=0", f"/templates/{care.pk}/compare/"],
        "drift-detail": [f"{other}drift/"],
        "standing-list": [f"{other}versions/2/subjects/?kind=any"],
        "rollout-detail": [f"/rollouts/{rollout.pk}/" for rollout in (ready, done, running)],
        "rollout-item-list": [f"/rollouts/{ready.pk}/subjects/", f"/rollouts/{ready.pk}/subjects/?state=failed"],
    }


def sharing(story: Story, admin: User) -> dict[str, list[str]]:
    shared = written_shared(
        "Be kind.", "Be kind.\nNever promise a date.", "Be kind.\nNever promise a date, and never a discount.", by=admin,
        label="house_rules", subjects=2,
    )  # fmt: skip
    for name in ("dov", "eva"):
        block = make_block(make_subject(f"user_{name}"), shared.label, shared.value, limit=500)
        Block.objects.filter(pk=block.pk).update(
            block_id=shared.block_id, description=shared.description, read_only=shared.read_only
        )
    subjects = [make_subject(f"user_result_{number}") for number in range(3)]
    order = written_order(
        shared, (subjects[0], "changed", ""), (subjects[1], "refused", "taken"), (subjects[2], "waiting", ""),
        state="paused", created_by=admin, rate=5, trouble="Letta answered 429.",
    )  # fmt: skip
    page = f"/templates/shared/{shared.pk}/"
    return {
        "shared-block-list": ["/templates/shared/?archived=1"],
        "shared-block-detail": [page],
        "holder-list": [f"{page}subjects/"],
        "shared-block-edit": [f"{page}edit/"],
        "distribution-detail": [f"/templates/distributions/{order.pk}/"],
    }


def settings(story: Story, admin: User) -> dict[str, list[str]]:
    User.objects.create_user("gone@example.com", name="Gone " * 15, is_active=False, is_approver=True)
    Invitation.objects.create(
        email="somebody.with.a.very.long.name@a-company.example.com", role=Role.PRIVACY_OFFICER, is_approver=True,
        digest="x", expires_at=timezone.now(), invited_by=admin,
    )  # fmt: skip
    ApiKey.issue("k" * 60, admin)
    failed = LearningTest.objects.create(
        state=LearningTest.State.FAILED, created_by=admin, wake_at=None,
        steps=[{"name": "Make a scratch agent", "well": False, "seconds": 0.4, "result": "Letta cannot be reached."}],
    )  # fmt: skip
    return {
        "person-detail": [f"/settings/people/{admin.pk}/"],
        "learning-test-detail": [f"/settings/letta/tests/{failed.pk}/"],
    }


def listings(story: Story, admin: User) -> dict[str, list[str]]:
    """Lists that the admin saved; the ready one has the number by which `address` asks for one."""
    ListExport.objects.create(id=story.subject.pk, person=admin, filters={}, state="ready", rows_done=1200, wake_at=None)
    writing = ListExport.objects.create(person=admin, filters={}, rows_done=400, rows_expected=1200, wake_at=None)
    failed = ListExport.objects.create(person=admin, filters={}, state="failed", failure="It took too long.", wake_at=None)
    return {"list-export-detail": [f"/lists/{export.pk}/" for export in (writing, failed)]}


def desk(story: Story, officer: User) -> dict[str, list[str]]:
    for name in ("user_ida", "user_omar", "a-team@projects.example.com-with-a-very-long-name-that-never-ends-1234567890"):
        make_subject(name, agent_id=f"agent-{name[:8]}")
    received = file("erasure", "user_ida", Filer(officer))
    held = file("erasure", "user_omar", Filer(officer), confirmed=True)
    kept = file(
        "restriction", "a-team@projects.example.com-with-a-very-long-name-that-never-ends-1234567890", Filer(officer)
    )
    export = file("access", story.subject.subject_id, Filer(officer), confirmed=True)
    holding.hold(held, officer, "claim", "LEGAL-77")
    clock.extend(held, officer, "complex", "DPO-2")
    noting.add_note(held, officer, "Identity checked, see HELP-1234.")
    Request.objects.filter(pk=received.pk).update(due_at=timezone.now())
    erasing.preview_of(received)
    erasing.take(received.pk)
    batch = batching.start_batch("erasure", ["user_omar", "nobody"], 1, officer)
    batching.advance(str(batch.pk))
    return {
        "request-list": ["/privacy/?state=done"],
        "request-detail": [f"/privacy/requests/{one.pk}/" for one in (received, held, kept, export)],
        "inventory-detail": [f"/privacy/requests/{received.pk}/inventory/"],
        "batch-detail": [f"/privacy/lists/{batch.pk}/"],
    }


def records(story: Story, admin: User) -> dict[str, list[str]]:
    subject = story.subject
    for action in (Action.LOOKED_AT_MEMORY, Action.TAUGHT, Action.CORRECTED_BLOCK, Action.LOOKED_AT_PROMPT):
        run = story.learned.pk if action == Action.TAUGHT else None
        record(
            action, by=admin, subject=subject.pk, run=run, reason=Reason.COMPLAINT, ticket="HELP-204", detail={"revision": 3}
        )
    record(Action.SIGNED_RECEIPT, by=None, subject=uuid.uuid4())
    seal_entries()
    checking.advance(str(checking.start_verification(admin).pk))
    return {"entry-list": [f"/audit/?subject={uuid.uuid4()}", "/audit/?subject=nonsense"]}
