"""Filters above lists: drawn once for each choice, and anew whenever something is typed."""

import pytest
from django import forms
from django.template import engines

from memory_ui.filters import Filters, Moment
from memory_ui.rendering import _DRAWINGS


class _Colours(Filters):
    colour = forms.ChoiceField(choices=[("", "any"), ("red", "red")], required=False)
    size = forms.IntegerField(required=False, label="Size", min_value=1)
    name = forms.CharField(required=False, max_length=30)
    day = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    seen = Moment()

    def __init__(self, *arguments: object, places: tuple[str, ...] = (), **options: object) -> None:
        super().__init__(*arguments, **options)
        self.fields["place"] = forms.ChoiceField(choices=[(one, one) for one in places], required=False)


def _drawn(form: forms.Form, name: str) -> str:
    template = engines["rendering"].from_string("{{ field(one) }}")
    return str(template.render({"one": form[name]}))


@pytest.fixture(autouse=True)
def _nothing_drawn_yet() -> None:
    _DRAWINGS.clear()


def test_an_empty_field_is_drawn_once_and_alike() -> None:
    first = _drawn(_Colours({}), "size")
    assert 'name="size"' in first
    assert "Size" in first
    assert len(_DRAWINGS) == 1
    assert _drawn(_Colours({}), "size") == first
    assert len(_DRAWINGS) == 1


def test_a_choice_is_shown_and_no_other() -> None:
    plain = _drawn(_Colours({}), "colour")
    chosen = _drawn(_Colours({"colour": "red"}), "colour")
    assert '<option value="red" selected>' in chosen
    assert '<option value="red" selected>' not in plain
    assert (_drawn(_Colours({"colour": "red"}), "colour"), _drawn(_Colours({}), "colour")) == (chosen, plain)
    assert len(_DRAWINGS) == 2


def test_what_was_typed_is_shown_and_not_kept() -> None:
    _drawn(_Colours({}), "size")
    assert 'value="7"' in _drawn(_Colours({"size": "7"}), "size")
    assert 'value="7"' not in _drawn(_Colours({}), "size")
    assert not any("7" in "".join(drawing) for drawing in _DRAWINGS.values())


@pytest.mark.parametrize(
    ("name", "typed", "shown"),
    [
        ("name", "Ada", 'value="Ada"'),
        ("name", """\" autofocus onfocus='x' <b>&""", 'value="&#34; autofocus onfocus=&#39;x&#39; &lt;b&gt;&amp;"'),
        ("name", "\ue000 \ue000", 'value="\ue000 \ue000"'),
        ("name", "  ", 'value="  "'),
        ("day", "2026-11-20", 'value="2026-11-20"'),
        ("seen", "2026-11-20T10:30Z", 'value="2026-11-20T10:30"'),
    ],
)
def test_text_stands_in_its_field_and_only_what_is_around_it_is_kept(name: str, typed: str, shown: str) -> None:
    empty, whole = _drawn(_Colours({}), name), engines["rendering"].from_string('{% include "_field.html" %}')
    for _ in range(2):
        form = _Colours({name: typed})
        assert _drawn(form, name) == whole.render({"field": form[name]})
        assert shown in _drawn(form, name)
    assert len(_DRAWINGS) == 2
    assert not any(typed.strip() and typed in "".join(drawing) for drawing in _DRAWINGS.values())
    assert _drawn(_Colours({}), name) == empty


def test_text_that_is_too_long_is_drawn_with_what_is_said_of_it() -> None:
    drawn = _drawn(_Colours({"name": "x" * 31}), "name")
    assert "at most 30 characters" in drawn
    assert "x" * 31 in drawn
    assert not _DRAWINGS


def test_what_is_wrong_is_said() -> None:
    _drawn(_Colours({}), "colour")
    assert "blue" in _drawn(_Colours({"colour": "blue"}), "colour")


def test_other_choices_are_another_drawing() -> None:
    assert "Bergen" in _drawn(_Colours({}, places=("Bergen",)), "place")
    assert "Bergen" not in _drawn(_Colours({}, places=("Oslo",)), "place")


def test_forms_apart_have_drawings_apart() -> None:
    assert 'id="id_size"' in _drawn(_Colours({}), "size")
    assert 'id="other-size"' in _drawn(_Colours({}, auto_id="other-%s"), "size")
    assert 'name="more-size"' in _drawn(_Colours({}, prefix="more"), "size")


def test_fields_are_the_class_s_own_and_a_form_s_additions_stay_its_own() -> None:
    one, other = _Colours({}, places=("Bergen",)), _Colours({})
    assert one.fields["size"] is other.fields["size"]
    assert one.fields["place"] is not other.fields["place"]
    assert "place" not in _Colours.base_fields
