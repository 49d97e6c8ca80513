"""Subjects start from a template: here, by import, and when other programs made them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from memory_sdk import NewBlock
from schemas import joining, starting
from schemas.checking import Schema
from schemas.editing import create_template
from schemas.models import SharedBlock, Standing, Template, Version
from schemas.placeholders import Filling
from schemas.porting import BlockFile, TemplateFile, take
from schemas.publishing import make_default, publish
from subjects import delivery
from subjects.creation import BadSubject
from subjects.importing import import_lines
from subjects.letta import agents
from subjects.models import Revision, Run, Subject
from subjects.sync import sync
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.pages.conftest import make_run

HUMAN = Schema("human", "About them.", "Name: {{ display_name }}\nSince {{ date }}", 40)
SUMMARY = Schema("summary", limit=100)
WISHES = Schema("wishes", "What {they} want.", limit=200, read_only=True)


def _published(*schemas: Schema, name: str = "Care", default: bool = False, outside: bool = False) -> Version:
    template = create_template(name, "", schemas)
    version = publish(template, "First.", edition=template.edition)
    if default:
        make_default(template, applies_outside=outside)
    return version


def _values(subject: Subject) -> dict[str, str]:
    return dict(subject.blocks.filter(removed_at=None).values_list("label", "value"))


@pytest.mark.django_db
def test_a_subject_gets_the_blocks_filled_in_and_stands_on_the_version(sue: User) -> None:
    version = _published(HUMAN, SUMMARY, WISHES)
    subject = starting.start_subject(version, Filling("user_ada", "Ada"), sue)
    today = timezone.now().date()
    assert _values(subject) == {"human": f"Name: Ada\nSince {today}", "summary": "", "wishes": ""}
    assert list(subject.blocks.values_list("label", "limit", "read_only")) == [
        ("human", 40, False), ("summary", 100, False), ("wishes", 200, True),
    ]  # fmt: skip
    assert (subject.kind, subject.created_by, subject.standing.version) == (Subject.Kind.USER, sue, version)
    [entry] = Entry.objects.filter(action="assigned-template")
    assert (entry.subject, entry.detail["version"]) == (subject.pk, 1)


@pytest.mark.django_db
def test_without_human_and_summary_it_is_a_subject_of_the_sdk() -> None:
    assert starting.start_subject(_published(HUMAN, WISHES), Filling("team_oslo")).kind == Subject.Kind.SUBJECT


@pytest.mark.django_db
def test_a_value_over_its_limit_once_filled_in_is_refused_and_nothing_is_written() -> None:
    version = _published(HUMAN)
    with pytest.raises(BadSubject, match="starting value of human has 59 characters; its limit is 40"):
        starting.start_subject(version, Filling("user_ada", "A" * 36))
    assert not Subject.objects.exists()
    assert not Standing.objects.exists()


@pytest.mark.django_db
def test_imported_subjects_start_from_the_default() -> None:
    line = b'{"id": "c1", "messages": [{"role": "user", "content": "hello"}]}'
    [first] = import_lines([line], "user_old", starting.start_default)
    version = _published(WISHES, default=True)
    [second] = import_lines([line], "user_new", starting.start_default)
    assert first.run is not None
    assert second.run is not None
    assert set(_values(first.run.subject)) == {"human", "summary"}
    assert not Standing.objects.filter(subject=first.run.subject).exists()
    assert set(_values(second.run.subject)) == {"wishes"}
    assert second.run.subject.standing.version == version


# with Letta -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shared_version(transactional_db: None) -> Version:
    """Of a template with a block of one's own and a shared one."""
    blocks = [
        BlockFile(label="human", limit=100),
        BlockFile(label="policies", value="Be brief.", limit=50, read_only=True, shared=True),
    ]
    template = take(TemplateFile(format="memory_ui/block-template/1", name="Shared", blocks=blocks))
    return publish(template, "First.", edition=template.edition)


@pytest.mark.enable_socket
def test_subjects_share_the_one_block_of_their_template(proxy: FaultyProxy, shared_version: Version) -> None:
    first = starting.start_subject(shared_version, Filling("user_ada"))
    second = starting.start_subject(shared_version, Filling("user_bea"))
    for subject in (first, second):
        delivery.advance(str(subject.pk))
        subject.refresh_from_db()
    shared = SharedBlock.objects.get()
    assert shared.block_id is not None
    assert set(agents().block_agents(shared.block_id)) == {first.agent_id, second.agent_id}
    assert {block.block_id for subject in (first, second) for block in subject.blocks.filter(label="policies")} == {
        shared.block_id
    }
    assert first.blocks.get(label="human").block_id != second.blocks.get(label="human").block_id
    assert Revision.objects.count() == 4, "the mirror saw nothing that it did not know"


def _made_outside(subject_id: str, *labels: str) -> Subject:
    agents().create_agent(subject_id, [NewBlock(label, "theirs", "kept") for label in labels])
    sync()
    return Subject.objects.get(subject_id=subject_id)


@pytest.mark.enable_socket
def test_subjects_from_outside_are_put_on_the_default_and_by_itself_nothing_is_changed(proxy: FaultyProxy) -> None:
    nobody = _made_outside("user_before", "human")
    version = _published(HUMAN, WISHES, default=True)
    subject = _made_outside("user_outside", "human")
    assert subject.standing.version == version
    assert subject.standing.wake_at is None
    assert joining.due() == []
    assert _values(subject) == {"human": "kept"}
    assert not Standing.objects.filter(subject=nobody).exists()


@pytest.mark.enable_socket
def test_switched_on_they_get_what_they_lack_and_keep_what_they_have(proxy: FaultyProxy) -> None:
    _published(HUMAN, WISHES, default=True, outside=True)
    subject = _made_outside("user_outside", "human", "extra")
    assert joining.due() == [str(subject.pk)]
    assert joining.give_missing(str(subject.pk)) is None
    assert _values(subject) == {"human": "kept", "extra": "kept", "wishes": ""}
    assert subject.agent_id is not None
    there = {block.label: block.description for block in agents().list_blocks(subject.agent_id)}
    assert there == {"human": "theirs", "extra": "theirs", "wishes": "What {they} want."}
    assert subject.blocks.get(label="wishes").revisions.get().source == Revision.Source.TEMPLATE
    assert joining.give_missing(str(subject.pk)) is None
    assert len(agents().list_blocks(subject.agent_id)) == 3, "given twice, it is there once"
    Standing.objects.update(wake_at=timezone.now())
    joining.give_missing(str(subject.pk))
    assert len(agents().list_blocks(subject.agent_id)) == 3, "asked again, it is there once"


@pytest.mark.enable_socket
@pytest.mark.parametrize("in_the_way", ["letta is down", "frozen", "learning"])
def test_what_is_in_the_way_delays_it_and_loses_nothing(in_the_way: str, proxy: FaultyProxy) -> None:
    _published(WISHES, default=True, outside=True)
    subject = _made_outside("user_outside", "human")
    if in_the_way == "frozen":
        Subject.objects.update(frozen_at=timezone.now(), frozen_for="restriction")
    elif in_the_way == "learning":
        make_run(subject, Run.State.LEARNING, ("user", "hello"))
    else:
        proxy.faults.append(Fault("GET", "/v1/agents", "error_500", times=20))
    assert joining.give_missing(str(subject.pk)) is not None
    assert set(_values(subject)) == {"human"}
    standing = Standing.objects.get(subject=subject)
    assert standing.wake_at is not None
    assert (standing.wake_at > timezone.now(), standing.tries) == (True, 1)
    Subject.objects.update(frozen_at=None, frozen_for="")
    Run.objects.all().delete()
    proxy.faults.clear()
    Standing.objects.update(wake_at=timezone.now() - timedelta(seconds=1))
    assert joining.due() == [str(subject.pk)]
    assert joining.give_missing(str(subject.pk)) is None
    assert set(_values(subject)) == {"human", "wishes"}


@pytest.mark.django_db
def test_deleting_a_subject_takes_its_standing_along_and_leaves_the_version() -> None:
    subject = starting.start_subject(_published(WISHES), Filling("user_ada"))
    subject.delete()
    assert not Standing.objects.exists()
    assert Template.objects.exists()
