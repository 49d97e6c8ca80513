"""The demo data and the first person: loaded once, learned for real, never overwriting what is there."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from schemas.management.commands.load_demo import DATA
from schemas.models import SharedBlock, Standing, Template, Version
from subjects.models import Message, Run, Subject
from tests.conftest import Worker, wait_until

pytestmark = pytest.mark.django_db


def said(*command: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


def test_one_person_per_role_and_a_password_shown_once() -> None:
    first = said("load_demo")
    password = first.split("shown only now: ")[1].split()[0]
    assert {person.role for person in User.objects.all()} == set(Role)
    assert all(person.check_password(password) for person in User.objects.all())
    assert password not in said("load_demo")


def test_loaded_twice_it_is_learned_once() -> None:
    said("load_demo")
    tables = (Subject, Run, Message, Template, Version, SharedBlock, Standing)
    before = [table.objects.count() for table in tables]
    said("load_demo")
    assert [table.objects.count() for table in tables] == before
    assert before[0] == len(json.loads(DATA.read_text()))


def test_the_presets_are_there_to_start_from_and_users_stand_on_the_default() -> None:
    said("load_demo")
    names = set(Template.objects.filter(versions__number=1).values_list("name", flat=True))
    assert names == {"User memory", "ChatMemory", "Customer support"}
    sarah = Subject.objects.get(subject_id="user_sarah")
    assert sarah.standing.version.template.name == "User memory"
    assert sarah.standing.version.template.is_default
    assert not Standing.objects.filter(subject__kind="subject").exists()


def test_a_database_in_use_is_left_alone() -> None:
    User.objects.create_user("ann@example.org", name="Ann")
    assert said("load_demo", when_empty=True) == ""
    assert not Subject.objects.exists()
    assert User.objects.count() == 1


def test_demo_password_is_the_password_and_sets_a_lost_one(settings: Settings) -> None:
    settings.DEMO_PASSWORD = "first words"
    assert "first words" not in said("load_demo", when_empty=True)
    settings.DEMO_PASSWORD = "other words"
    said("load_demo", when_empty=True)
    assert all(person.check_password("other words") for person in User.objects.all())


@pytest.mark.processes
def test_the_worker_learns_the_demo(worker: Worker) -> None:
    said("load_demo")

    def over() -> bool:
        return not Run.objects.filter(state__in=Run.OPEN).exists()

    wait_until(over, 60, "the demo was not learned")
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.COMPLETED}
    human = Subject.objects.get(subject_id="user_sarah").blocks.get(label="human")
    assert "Bergen" in human.value


def test_create_person_makes_the_first_admin_and_gives_a_new_password() -> None:
    password = said("create_person", "Ann@example.org", role="admin").split("signs in with ")[1].split()[0]
    ann = User.objects.get()
    assert (ann.email, ann.role) == ("ann@example.org", Role.ADMIN)
    assert ann.check_password(password)
    said("create_person", "ann@example.org")
    ann.refresh_from_db()
    assert ann.role == Role.ADMIN
    assert not ann.check_password(password)


def test_create_person_wants_an_address() -> None:
    with pytest.raises(CommandError, match="not an e-mail address"):
        said("create_person", "ann")
