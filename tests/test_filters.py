"""Filters above lists: drawn once for each choice, and anew whenever something is typed."""

import pytest
from django import forms
from django.template import engines

from memory_ui.filters import Filters
from memory_ui.rendering import _DRAWINGS


class _Colours(Filters):
    colour = forms.ChoiceField(choices=[("", "any"), ("red", "red")], required=False)
    size = forms.IntegerField(required=False, label="Size", min_value=1)

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
    assert not any("7" in drawing for drawing in _DRAWINGS.values())


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
