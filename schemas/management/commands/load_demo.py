"""Loads the demo: one person per role, block templates, and invented subjects whose conversations are really learned."""

import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from accounts.models import User
from accounts.roles import Role
from memory_sdk import NewBlock
from schemas.editing import create_template
from schemas.models import Template
from schemas.porting import schemas_from
from schemas.presets import PRESETS
from schemas.publishing import default_version, make_default, publish
from schemas.starting import start_default
from subjects.creation import SubjectExists, create_subject
from subjects.learning import learn
from subjects.models import Run, Subject
from subjects.transcripts import Turn

DATA = Path(__file__).parent.parent / "demo.json"
DEFAULT = "user-memory"

PEOPLE = (
    ("support@example.com", "Sue Support", Role.SUPPORT),
    ("admin@example.com", "Adam Admin", Role.ADMIN),
    ("privacy@example.com", "Petra Privacy", Role.PRIVACY_OFFICER),
    ("auditor@example.com", "Otto Auditor", Role.AUDITOR),
)


class Command(BaseCommand):
    """May be run again: what is there stays as it is. DEMO_PASSWORD, when set, becomes the password of the demo people."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--when-empty", action="store_true", help="load it only into a database with neither people nor subjects"
        )

    def handle(self, *args: Any, when_empty: bool, **options: Any) -> None:
        """Load the people, the templates, then the subjects."""
        password = settings.DEMO_PASSWORD
        if not when_empty or not (User.objects.exists() or Subject.objects.exists()):
            password = self._load_people() or password
            load_templates()
            load_subjects()
        elif password:
            self._set_password(password)
        people = User.objects.filter(email__in=[email for email, _, _ in PEOPLE], is_active=True)
        if people:
            self.stdout.write("Demo people: " + ", ".join(f"{one.email} ({Role(one.role).label})" for one in people))
        if password and not settings.DEMO_PASSWORD:
            self.stdout.write(f"Their password, shown only now: {password}   (lost it? DEMO_PASSWORD=… sets another)")

    def _load_people(self) -> str:
        """Create those of the people who are missing; returns the password they got, empty when nobody was missing."""
        made = [
            User.objects.create_user(email, name=name, role=role, is_approver=role == Role.ADMIN)
            for email, name, role in PEOPLE
            if not User.objects.filter(email=email).exists()
        ]
        if not made:
            return ""
        password = settings.DEMO_PASSWORD or secrets.token_urlsafe(9)
        self._set_password(password)
        return password

    def _set_password(self, password: str) -> None:
        for person in User.objects.filter(email__in=[email for email, _, _ in PEOPLE]):
            if not person.check_password(password):
                person.set_password(password)
                person.save(update_fields=["password"])


def load_templates() -> None:
    """Publish the presets that have blocks and are not there yet; User memory becomes the default where there is none."""
    for one in PRESETS:
        if not one.file.blocks or Template.objects.filter(name__iexact=one.file.name).exists():
            continue
        template = create_template(one.file.name, one.file.purpose, schemas_from(one.file))
        publish(template, "Loaded with the demo.", edition=template.edition)
        if one.key == DEFAULT and default_version() is None:
            make_default(template)


def load_subjects() -> None:
    """Create the demo's subjects that are not there yet and queue their conversations; loaded twice, learned once."""
    for entry in json.loads(DATA.read_text(encoding="utf-8")):
        try:
            if "blocks" in entry:
                blocks = [NewBlock(**block) for block in entry["blocks"]]
                subject = create_subject(entry["subject_id"], Subject.Kind.SUBJECT, blocks)
            else:
                subject = start_default(entry["subject_id"])
        except SubjectExists as taken:
            subject = taken.subject
        for number, conversation in enumerate(entry["conversations"], start=1):
            turns = [Turn(role=role, content=content) for role, content in conversation]
            learn(subject, turns, source=Run.Source.IMPORTED, key=f"demo-{number}")
