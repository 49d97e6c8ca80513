"""A template and who is on it, as drift pages meet them: rows alone."""

from schemas.models import Standing, Template
from tests.schemas.conftest import written_template
from tests.subjects.pages.conftest import make_block, make_subject

HUMAN = {"label": "human", "description": "About human.", "limit": 1000}
SUMMARY = {"label": "summary", "description": "About summary.", "limit": 50}


def written_drift(name: str) -> Template:
    """A template of two versions and three subjects on them, two of which differ."""
    template = written_template(name, [HUMAN], [HUMAN, SUMMARY])
    first, second = template.versions.order_by("number")
    for who, version, labels in (
        ("ann", first, ["human"]), ("bob", second, ["human"]),
        ("cem_with_a_rather_long_name@example.com", second, ["human", "summary", "notes_of_somebody"]),
    ):  # fmt: skip
        subject = make_subject(f"user_{who}")
        for label in labels:
            make_block(subject, label, "Something that is remembered." * 3)
        Standing.objects.create(subject=subject, version=version)
    return template
