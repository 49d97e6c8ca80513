"""What goes out compressed, what does not, and that both say the same."""

import gzip
import re
from collections.abc import Callable

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import User
from memory_ui.compression import LEAST, Compression
from subjects.models import Subject
from tests.engine.conftest import KEY, Http
from tests.subjects.pages.conftest import make_block, make_subject

LONG = "\n".join(
    f"Line {number} of what is remembered about somebody: that they like tea, and cats." for number in range(450)
)
TAKES_GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def subject(db: None) -> Subject:
    subject = make_subject("user_sarah")
    make_block(subject, "human", LONG, limit=50_000)
    return subject


def answered(response: HttpResponseBase, **headers: str) -> HttpResponseBase:
    """`response` as somebody with these headers gets it."""
    request = RequestFactory().get("/", headers={**TAKES_GZIP, **headers})
    return Compression(lambda request: HttpResponse()).process_response(request, response)


def test_a_long_page_is_a_fraction_of_its_size_and_says_the_same(
    subject: Subject, sue: User, sign_in: Callable[[User], Client]
) -> None:
    client, page = sign_in(sue), f"/subjects/{subject.pk}/"
    plain, packed = client.get(page), client.get(page, headers=TAKES_GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(packed.content))
    assert len(packed.content) < len(plain.content) / 5
    for response in (plain, packed):  # whoever keeps one must not give it to somebody who takes only the other
        assert {"Accept-Encoding", "HX-Request", "Cookie"} <= set(re.split(", ?", response.headers["Vary"]))
        assert response.headers["Cache-Control"] == "private"
    assert without_token(gzip.decompress(packed.content)) == without_token(plain.content)


def without_token(page: bytes) -> bytes:
    """A page but for what is drawn anew each time: the mask of its token."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"", page)


def test_its_length_tells_nothing_of_what_is_in_it() -> None:
    lengths = {answered(HttpResponse(LONG)).headers["Content-Length"] for _ in range(20)}
    assert len(lengths) > 1


@pytest.mark.parametrize(
    ("content_type", "length", "packed"),
    [
        ("text/html; charset=utf-8", LEAST - 1, False),
        ("text/html; charset=utf-8", LEAST, True),
        ("application/json", LEAST, True),
        ("text/csv", LEAST, True),
        ("application/zip", LEAST, False),
        ("text/event-stream", LEAST, False),
    ],
)
def test_long_texts_are_compressed_and_nothing_else(content_type: str, length: int, packed: bool) -> None:
    response = answered(HttpResponse("x" * length, content_type=content_type))
    assert response.has_header("Content-Encoding") is packed
    assert isinstance(response, HttpResponse)
    assert (len(response.content) == length) is not packed


def test_a_stream_of_text_is_compressed_as_it_goes_and_its_length_is_not_told() -> None:
    lines = [b"subject_id,kind\n", b"user_sarah,user\n"]
    response = answered(StreamingHttpResponse(iter(lines), headers={"Content-Type": "text/csv", "Content-Length": "32"}))
    assert isinstance(response, StreamingHttpResponse)
    assert not response.has_header("Content-Length")
    assert gzip.decompress(response.getvalue()) == b"".join(lines)


def test_a_stream_of_an_archive_stays_as_it_is_with_its_length() -> None:
    headers = {"Content-Type": "application/zip", "Content-Length": "4"}
    response = answered(StreamingHttpResponse(iter([b"PK", b"34"]), headers=headers))
    assert isinstance(response, StreamingHttpResponse)
    assert response.headers["Content-Length"] == "4"
    assert response.getvalue() == b"PK34"


def test_who_takes_no_gzip_gets_none() -> None:
    response = answered(HttpResponse("x" * LEAST), **{"Accept-Encoding": "identity"})
    assert not response.has_header("Content-Encoding")
    assert response.headers["Vary"] == "Accept-Encoding"


def test_a_block_keeps_its_strong_tag_by_which_it_is_changed(settings: Settings, db: None) -> None:
    settings.ENGINE_API_KEY = KEY
    http = Http()
    [block] = http.agent(memory_blocks=[{"label": "human", "value": LONG, "limit": 100_000}])["memory"]["blocks"]
    path = f"/blocks/{block['id']}"
    read = http.client.get(f"/v1{path}", headers={**http.headers, **TAKES_GZIP})
    assert len(read.content) > LEAST
    assert "Content-Encoding" not in read.headers
    answer = http("PATCH", path, {"value": "short"}, None, **{"If-Match": read.headers["ETag"]})
    assert (answer.status, answer.body["value"]) == (200, "short")
