"""What people type to find subjects; it stays in the address, so that a list can be kept and come back to."""

from typing import Any

from django import forms

from memory_ui.filters import Filters, Moment
from subjects.list_filters import added_filters
from subjects.models import Subject
from subjects.wanted import Wanted

PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
QUERY = 200
"""characters of a search that are looked at"""


class SubjectFilter(Filters):
    """Filters and order of the subject list. Moments are in the reader's zone."""

    q = forms.CharField(
        required=False, label="Id begins with", max_length=QUERY, widget=forms.TextInput(attrs=PLAIN | {"size": 22})
    )
    text = forms.CharField(
        required=False, label="Words in its memory", max_length=QUERY, widget=forms.TextInput(attrs=PLAIN | {"size": 22})
    )
    kind = forms.ChoiceField(required=False, choices=[("", "any"), *Subject.Kind.choices])
    label = forms.CharField(
        required=False, label="Has the block", max_length=200, widget=forms.TextInput(attrs=PLAIN | {"size": 14})
    )
    tag = forms.CharField(
        required=False, label="Has the tag", max_length=200, widget=forms.TextInput(attrs=PLAIN | {"size": 14})
    )
    since = Moment(label="Learned from")
    until = Moment(label="Learned before")
    never = forms.BooleanField(required=False, label="Never learned")
    failed = forms.BooleanField(required=False, label="Last run failed")
    doubled = forms.BooleanField(required=False, label="Doubled agents")
    sort = forms.ChoiceField(
        required=False,
        label="Order",
        choices=[
            ("", "Automatic"),
            ("newest", "Newest first"),
            ("id", "Id"),
            ("learned", "Last learned"),
            ("longest", "Learned long ago"),
        ],
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for added in added_filters():
            assert added.name not in self.fields, f"the subject list has a field {added.name!r} of its own"
            self.fields[added.name] = added.field()

    @property
    def added(self) -> list[forms.BoundField]:
        """The fields that other apps bring."""
        return [self[added.name] for added in added_filters()]

    @property
    def given(self) -> list[tuple[str, str]]:
        """The fields that were filled in, as they were sent, for another form that goes on from this list."""
        sent = ((name, str(self.data.get(name, ""))) for name in self.fields)
        return [(name, value) for name, value in sent if value]

    def wanted(self) -> Wanted:
        """What was chosen; everybody when a field is wrong, which the form then says."""
        chosen = self.chosen()
        names = [added.name for added in added_filters()]
        added = tuple((name, str(chosen.pop(name))) for name in names if name in chosen)
        return Wanted(**chosen, added=added)

    def chosen(self) -> dict[str, Any]:
        """The fields that were filled in."""
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}
