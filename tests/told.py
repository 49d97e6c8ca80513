"""What there is in tests of every page: a story, and somebody of each role who is signed in."""

from dataclasses import dataclass

from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from privacy.models import Batch
from privacy.requesting import Filer, file
from tests.conftest import person
from tests.schemas.conftest import written_draft, written_template
from tests.subjects.pages.conftest import Story, tell_story

# Every role, and the mark "approver" on a role that may nothing of the kind by itself.
PEOPLE = [*((role, False) for role in Role), (Role.SUPPORT, True)]


@dataclass(frozen=True)
class Told:
    """What there is for every case."""

    story: Story
    sessions: dict[tuple[Role, bool], str]
    """the cookie of somebody of this role, approver or not, who is signed in"""


def tell() -> Told:
    story = tell_story()
    batch = Batch.objects.create(kind="erasure", lines_expected=1, filed=1, state=Batch.State.FILED)
    file("erasure", story.subject.subject_id, Filer(person("Pia", Role.PRIVACY_OFFICER)), batch=batch, confirmed=True)
    written_draft(written_template("Care", [{"label": "human"}]), {"label": "human"}, {"label": "wishes"})
    sessions = {}
    for role, approver in PEOPLE:
        client = Client()
        email = f"{role}{'-approver' * approver}@example.com"
        client.force_login(User.objects.create(email=email, role=role, is_approver=approver))
        sessions[role, approver] = client.cookies[settings.SESSION_COOKIE_NAME].value
    person("Adam", Role.ADMIN)
    return Told(story, sessions)
