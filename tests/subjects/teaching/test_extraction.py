"""The text of files of every kind, and a sentence for those that have none to give."""

import logging
from collections.abc import Iterator

import pytest

from subjects.extraction import Unreadable, text_of
from subjects.splitting import PART, split
from subjects.taking_in import extract
from tests.subjects.teaching.files import docx, pdf, zip_bomb

PAGE = b"""<!doctype html><html><head><title>Shop</title><style>p {}</style><script>alert(1)</script></head>
<body><h1>About us</h1><p>We sell   <b>cat flaps</b>.</p><!-- note --><ul><li>red</li><li>blue</li></ul>
<table><tr><th>Size</th><td>12 &amp; 14</td></tr></table></body></html>"""


@pytest.fixture(autouse=True)
def logs_go_on() -> Iterator[None]:
    """It reads in a process of its own, whose logs it may put out for good."""
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("text", b"My name is Mira.\r\nI like cats.\r\n", "My name is Mira.\nI like cats."),
        ("text", "Zoë".encode("utf-8-sig"), "Zoë"),
        ("text", "Zoë".encode("utf-16"), "Zoë"),
        ("text", "Zoë".encode("cp1252"), "Zoë"),
        ("markdown", b"# Title\n\n\n\n*kept* as written", "# Title\n\n*kept* as written"),
        ("pdf", pdf("My name is Mira Patel.", "I like cats."), "My name is Mira Patel.\n\nI like cats."),
        ("docx", docx("One.", "Two.", table=(("a", "b"), ("c", "d"))), "One.\n\nTwo.\n\na | b\nc | d"),
        ("csv", b"name;city\nMira;Leiden\nOtto;\n", "name: Mira, city: Leiden\nname: Otto"),
        ("csv", b'1,"two, three"\n4,five\n', "1, two, three\n4, five"),
        ("html", b"<div>" * 500 + b"deep", "deep"),
        ("html", PAGE, "About us\n\nWe sell cat flaps.\n\n- red\n\n- blue\n\nSize 12 & 14"),
    ],
)
def test_text_of_each_kind(kind: str, content: bytes, text: str) -> None:
    assert text_of(content, kind) == text
    assert extract(content, kind) == text  # the same through a process of its own


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        ("text", b" \n ", "The file is empty."),
        ("text", b"a\x00b", "binary data"),
        ("text", pdf("hello"), "it is a PDF file"),
        ("html", docx("hello"), "it is a DOCX file"),
        ("pdf", b"hello", "it is none, or it is damaged"),
        ("pdf", pdf(""), "There is no text in this PDF. It may be scanned"),
        ("pdf", pdf("secret", encrypted=True), "protected with a password"),
        ("pdf", b"%PDF-1.4\nnothing more", "damaged"),
        ("docx", docx("hello")[:-200], "damaged"),
        ("docx", zip_bomb(), "larger than 100 MB"),
        ("docx", docx(), "There is no text in this file."),
        ("html", b"<p>begun</p>" + b"<div>" * 5_000 + b"lost", "nested too deeply"),
        ("html", b"<script>1</script>", "There is no text in this file."),
        ("csv", b'a,b\n"never closed' + b"x" * 11_000_000, "quotation mark"),
    ],
)
def test_what_has_no_text_says_why(kind: str, content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        extract(content, kind)


def test_a_text_longer_than_can_be_learned_is_refused() -> None:
    with pytest.raises(Unreadable, match="10,000,001 characters of text; 10,000,000 are the most"):
        extract(b"x" * 10_000_001, "text")


def test_parts_end_where_a_reader_would_pause() -> None:
    assert split("one two") == ["one two"]
    assert split("") == []
    assert split("First one. Second one. Third.", 24) == ["First one. Second one.", "Third."]
    assert split("aaaa bbbb\ncccc dddd", 14) == ["aaaa bbbb", "cccc dddd"]
    assert split("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert split("One\n\n" + "y" * 12 + "\n\nzz zz zz", 20) == ["One\n\n" + "y" * 12, "zz zz zz"]


def test_parts_lose_nothing() -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "words " * 300 for number in range(60))
    parts = split(text)
    assert all(0 < len(part) <= PART for part in parts)
    assert " ".join(" ".join(parts).split()) == " ".join(text.split())
    assert all(part.startswith("Paragraph") for part in parts)
