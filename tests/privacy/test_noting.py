"""Notes outlive the person's data, so they may not name them."""

from collections.abc import Callable

import pytest

from accounts.models import User
from privacy.models import Note, Request
from privacy.noting import NamesThePerson, add_note, check_text
from subjects.models import Subject
from tests.subjects.pages.conftest import make_subject


@pytest.fixture
def request_of_7(petra: User, file_for: Callable[..., Request]) -> Request:
    return file_for("access", "7", petra)


@pytest.fixture
def erasure(petra: User, file_for: Callable[..., Request]) -> Request:
    make_subject("user_sarah", agent_id="agent-1f0c1a52-7f0e-4d5e-9a53-0f6f3f1d2b11")
    return file_for("erasure", "user_sarah", petra)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Asked user_sarah again.", "an id of the subject"),
        ("Asked USER_SARAH, who agreed.", "an id of the subject"),
        ("See agent-1f0c1a52-7f0e-4d5e-9a53-0f6f3f1d2b11 in Letta.", "an id of the subject"),
        ("Write to s.jansen@example.org", "an e-mail address"),
        ("s.jansen+x@localhost answers", "an e-mail address"),
        ("Call +31 6 1234 5678 after five", "what could be a phone number"),
        ("Call (020) 123-4567", "what could be a phone number"),
        ("Call 0612345678", "what could be a phone number"),
        (
            "user_sarah, s@example.org, 0612345678",
            "an id of the subject, an e-mail address and what could be a phone number",
        ),
    ],
)
def test_what_names_the_person_is_refused_and_named(text: str, named: str, erasure: Request, petra: User) -> None:
    with pytest.raises(NamesThePerson) as caught:
        add_note(erasure, petra, text)
    assert f"This holds {named}." in str(caught.value)
    assert "sarah" not in str(caught.value)
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "Identity checked on 2026-11-20 at 14:05, ticket HELP-1234567.",
        "See #12345678 and LEGAL/20261120.",
        "Due on 20.12.2026, 30 days; 1,000 messages.",
        "Sarah is not in the id.",
        "superuser_sarah2 is somebody else",
    ],
)
def test_what_names_nobody_is_kept(text: str, erasure: Request, petra: User) -> None:
    assert add_note(erasure, petra, text).text == text


def test_a_short_id_is_not_found_within_numbers(request_of_7: Request) -> None:
    check_text("Due in 17 days, see HELP-77", request_of_7)
    with pytest.raises(NamesThePerson):
        check_text("It is 7 again", request_of_7)


def test_an_erased_id_is_still_recognised(erasure: Request) -> None:
    Subject.objects.all().delete()
    erasure.subject_id = ""
    with pytest.raises(NamesThePerson):
        check_text("This was (user_sarah).", erasure)
