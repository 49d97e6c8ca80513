"""Placeholders in starting values: what is filled in, and what is refused with its place."""

from datetime import date

import pytest

from schemas.placeholders import BadPlaceholder, Filling, check_placeholders, display_name_of, fill

SARAH = Filling("user_sarah", "Sarah L.", date(2026, 11, 20))


def test_the_three_placeholders_are_filled_in_however_they_are_spaced() -> None:
    text = "{{ subject_id }} is {{display_name}}, since {{  date }}.\nPlain text stays [as it is]."
    assert fill(text, SARAH) == "user_sarah is Sarah L., since 2026-11-20.\nPlain text stays [as it is]."


def test_what_is_filled_in_is_text_and_never_a_placeholder() -> None:
    assert fill("{{ display_name }}", Filling("x", "{{ date }}")) == "{{ date }}"


@pytest.mark.parametrize(
    ("text", "line", "column", "piece"),
    [
        ("Dear {{ name }}", 1, 6, "{{ name }}"),
        ("{{ date }}\nand {subject_id}", 2, 5, "{subject_id}"),
        ("a\n\n  {% if x %}", 3, 3, "{% if x %}"),
        ('{"tone": "calm"}', 1, 1, '{"tone": "calm"}'),
        ("{{ date }", 1, 1, "{{ date }"),
        ("{{{ date }}}", 1, 1, "{{{ date }}}"),
        ("{{ date.year }}", 1, 1, "{{ date.year }}"),
        ("{{ date }} }", 1, 12, "}"),
        ("no end {", 1, 8, "{"),
        ("{{\ndate }}", 1, 1, "{{"),
    ],
)
def test_any_other_brace_is_refused_with_its_place(text: str, line: int, column: int, piece: str) -> None:
    with pytest.raises(BadPlaceholder) as refused:
        check_placeholders(text)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert str(refused.value).startswith(f"Line {line}, character {column}: {piece} stands for nothing")
    assert "{{ subject_id }}, {{ display_name }}, {{ date }}" in str(refused.value)


def test_thousands_of_braces_are_refused_at_once() -> None:
    with pytest.raises(BadPlaceholder) as refused:
        check_placeholders("{" * 100_000)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("subject_id", "name"),
    [
        ("user_sarah", "Sarah"),
        ("team-blue_1", "Blue 1"),
        ("Customer.anna lee", "Anna Lee"),
        ("42", "42"),
        ("user_", "User"),
        ("___", "___"),
    ],
)
def test_a_name_to_be_called_by_is_made_from_the_id(subject_id: str, name: str) -> None:
    assert display_name_of(subject_id) == name
    assert fill("{{ display_name }}", Filling(subject_id)) == name
