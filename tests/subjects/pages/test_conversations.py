"""Adding a conversation: three ways, a preview, and never learned twice."""

import re
import uuid
from collections.abc import Iterator
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from subjects.models import Message, Run, Subject
from tests.subjects.pages.conftest import HTMX, make_subject

TWO = """{"id": "chat-1", "messages": [{"role": "user", "content": "one"}]}
{"messages": [{"role": "user", "content": "two"}]}"""


@pytest.fixture
def subject(db: None) -> Subject:
    return make_subject("user_sarah")


@pytest.fixture
def form(support: Client, subject: Subject) -> dict[str, str]:
    """The fields of the form as first shown, with two empty rows."""
    page = support.get(f"/subjects/{subject.pk}/learn/").text
    return {"way": "typed", **hidden(page), "turns-0-role": "user", "turns-1-role": "assistant", "turns-0-content": ""}


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, the textarea of the preview included."""
    fields: dict[str, str] = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', page):
        [name] = re.findall(r'name="([^"]+)"', tag)
        fields[name] = unescape((re.findall(r'value="([^"]*)"', tag) or [""])[0])
    for text in re.findall(r'<textarea name="text"[^>]*hidden[^>]*>\n?(.*?)</textarea>', page, re.DOTALL):
        fields["text"] = unescape(text)
    return fields


def said(subject: Subject) -> Iterator[list[tuple[str, str]]]:
    for run in subject.runs.order_by("position"):
        yield list(run.messages.order_by("position").values_list("role", "content"))


def test_typed_turns_are_previewed_and_then_learned(
    support: Client, subject: Subject, form: dict[str, str], sue: User
) -> None:
    url = f"/subjects/{subject.pk}/learn/"
    typed = {**form, "turns-0-content": "I moved to\r\nUtrecht", "turns-1-content": "Noted <b>."}
    preview = support.post(f"{url}preview/", typed)
    assert "2 messages to learn from" in preview.text
    assert "Noted &lt;b&gt;." in preview.text
    assert not Message.objects.exists()
    confirmed = support.post(f"{url}confirm/", hidden(preview.text))
    run = Run.objects.get()
    assert confirmed["Location"] == f"/subjects/{subject.pk}/#run-{run.pk}"
    assert list(said(subject)) == [[("user", "I moved to\nUtrecht"), ("assistant", "Noted <b>.")]]
    assert (run.source, run.created_by) == ("typed", sue)


def test_sent_twice_it_is_learned_once_and_changed_it_is_another(
    support: Client, subject: Subject, form: dict[str, str]
) -> None:
    url = f"/subjects/{subject.pk}/learn/"
    pasted = {**form, "way": "pasted", "text": "user: hello"}
    confirm = hidden(support.post(f"{url}preview/", pasted).text)
    first = support.post(f"{url}confirm/", confirm)
    assert support.post(f"{url}confirm/", confirm)["Location"] == first["Location"]  # a double click
    again = hidden(support.post(f"{url}preview/", pasted).text)  # Back, and the same once more
    assert support.post(f"{url}confirm/", again)["Location"] == first["Location"]
    assert Run.objects.count() == 1
    changed = hidden(support.post(f"{url}preview/", {**pasted, "text": "user: hello again"}).text)  # Back, and changed
    support.post(f"{url}confirm/", changed)
    assert list(said(subject)) == [[("user", "hello")], [("user", "hello again")]]


def test_two_forms_may_bring_the_same_words(support: Client, subject: Subject, form: dict[str, str]) -> None:
    url = f"/subjects/{subject.pk}/learn/"
    for key in (form["key"], str(uuid.uuid4())):
        preview = support.post(f"{url}preview/", {**form, "key": key, "way": "pasted", "text": "user: yes"})
        support.post(f"{url}confirm/", hidden(preview.text))
    assert Run.objects.count() == 2


def test_a_file_of_several_conversations_becomes_several_runs(
    support: Client, subject: Subject, form: dict[str, str]
) -> None:
    url = f"/subjects/{subject.pk}/learn/"
    upload = SimpleUploadedFile("chats.jsonl", TWO.encode())
    preview = support.post(f"{url}preview/", {**form, "way": "uploaded", "file": upload})
    assert "2 conversations to learn from" in preview.text
    assert "Read as JSON Lines." in preview.text
    assert "chat-1" in preview.text
    for _ in range(2):
        support.post(f"{url}confirm/", hidden(preview.text))
    assert list(said(subject)) == [[("user", "one")], [("user", "two")]]
    assert set(Run.objects.values_list("source", flat=True)) == {"uploaded"}


def test_what_is_left_out_is_said(support: Client, subject: Subject, form: dict[str, str]) -> None:
    preview = support.post(
        f"/subjects/{subject.pk}/learn/preview/", {**form, "way": "pasted", "text": "user: hi\nassistant:\nuser: there"}
    ).text
    assert "1 message left out" in preview
    assert "line 2: a message of assistant without text" in preview


def test_a_long_conversation_is_counted_not_shown_whole(support: Client, subject: Subject, form: dict[str, str]) -> None:
    text = "\n".join(f"user: line {n}" for n in range(400))
    preview = support.post(f"/subjects/{subject.pk}/learn/preview/", {**form, "way": "pasted", "text": text}).text
    assert "400 messages to learn from" in preview
    assert "100 messages not shown here, and learned all the same" in preview
    support.post(f"/subjects/{subject.pk}/learn/confirm/", hidden(preview))
    assert Message.objects.count() == 400


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"way": "typed"}, "Type at least one message."),
        ({"way": "typed", "turns-0-role": "wizard", "turns-0-content": "x"}, "wizard is not one of the available choices"),
        ({"way": "pasted", "text": "Sarah: hello"}, "Line 1 does not say who speaks"),
        ({"way": "pasted", "text": ""}, "There is nothing here yet"),
        ({"way": "uploaded"}, "Choose a file"),
        ({"way": "telepathy"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_said_and_nothing_typed_is_lost(
    fields: dict[str, str], message: str, support: Client, subject: Subject, form: dict[str, str]
) -> None:
    response = support.post(
        f"/subjects/{subject.pk}/learn/preview/", {**form, "turns-1-content": "  ", "text": "user: kept", **fields}
    )
    assert response.status_code == 422
    assert message in response.text
    assert fields.get("text", "user: kept") in unescape(response.text)
    assert f'value="{form["key"]}"' in response.text


def test_a_file_in_another_encoding_is_refused_by_line(support: Client, subject: Subject, form: dict[str, str]) -> None:
    upload = SimpleUploadedFile("chat.txt", "user: hi\nuser: café".encode("latin-1"))
    response = support.post(f"/subjects/{subject.pk}/learn/preview/", {**form, "way": "uploaded", "file": upload})
    assert "Line 2 is not UTF-8 text" in response.text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_rows_are_added_in_turn_and_removed(
    headers: dict[str, str], support: Client, subject: Subject, form: dict[str, str]
) -> None:
    url = f"/subjects/{subject.pk}/learn/"
    typed = {**form, "turns-0-content": "one", "turns-1-content": "two", "text": "kept too"}
    added = support.post(url, {**typed, "action": "add"}, headers=headers).text
    assert re.findall(r'<option value="(\w+)" selected>', added) == ["user", "assistant", "user"]
    assert "one</textarea>" in added
    removed = support.post(url, {**typed, "action": "remove-0"}, headers=headers).text
    assert "one</textarea>" not in removed
    assert "two</textarea>" in removed
    if not headers:
        assert "kept too</textarea>" in removed
        assert f'value="{form["key"]}"' in removed


def test_back_from_the_preview_everything_is_still_there(support: Client, subject: Subject, form: dict[str, str]) -> None:
    url = f"/subjects/{subject.pk}/learn/"
    for fields, kept in (
        ({"way": "typed", "turns-0-content": "typed words"}, "typed words</textarea>"),
        ({"way": "pasted", "text": "user: pasted words"}, "user: pasted words</textarea>"),
        ({"way": "uploaded", "file": SimpleUploadedFile("x.txt", b"user: file words")}, "user: file words</textarea>"),
    ):
        preview = support.post(f"{url}preview/", {**form, **fields})
        page = support.post(url, {**hidden(preview.text), "action": "change"}).text
        assert kept in page
        assert f'value="{form["key"]}"' in page


def test_a_preview_opened_again_leads_to_the_form(support: Client, subject: Subject) -> None:
    url = f"/subjects/{subject.pk}/learn/"
    for step in ("preview", "confirm"):
        assert support.get(f"{url}{step}/")["Location"] == url
    assert support.post(f"{url}confirm/", {"key": "no", "way": "typed", "text": "x"})["Location"] == url
    assert support.post(f"{url}confirm/", {"key": uuid.uuid4(), "way": "typed", "text": "no roles"})["Location"] == url
    assert not Run.objects.exists()
