"""The screen on which two changes of one block become one: what each side did, what was chosen, what the form then holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms

from subjects import merging

DETAILS = {"description": "the description", "limit": "the limit", "read_only": "whether agents may change it"}
"""what a block has beside its value, and what the screen calls it"""


class Recorded(Protocol):
    """A revision, of a subject's block or of one that many share."""

    @property
    def number(self) -> int: ...

    @property
    def value(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def limit(self) -> int: ...


class Revised(Protocol):
    """What has revisions."""

    @property
    def revisions(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Detail:
    """A description, a limit or a mark on the screen. `choice`: whose it is to be, should both have changed it."""

    name: str
    whole: merging.Whole
    choice: str

    @property
    def words(self) -> str:
        """What it is."""
        return DETAILS[self.name]

    @property
    def base(self) -> str:
        """How it was before both."""
        return self._said(self.whole.base)

    @property
    def theirs(self) -> str:
        """How the other side has it."""
        return self._said(self.whole.theirs)

    @property
    def mine(self) -> str:
        """How the person has it."""
        return self._said(self.whole.mine)

    @property
    def merged(self) -> str:
        """How it is to be."""
        return self._said(self.whole.chosen(self.choice))

    def _said(self, value: str | int) -> str:
        match self.name:
            case "limit":
                return f"{value:,} characters"
            case "read_only":
                return "read-only" if value else "agents may change it"
            case _:
                return str(value)


class MergeScreen:
    """Two changes of one block and what is made of them. `mine`: what the person sent, by the names of the form.

    `choices`: place of a conflict in the text → "theirs", "mine" or "both"; `sides`: name of a detail → "theirs" or
    "mine". `put`: the `sides` that the form holds already; whoever then writes something else into it has decided.
    """

    def __init__(
        self,
        started: Recorded,
        current: Recorded,
        mine: Mapping[str, Any],
        choices: Mapping[int, str] | None = None,
        sides: Mapping[str, str] | None = None,
        put: Mapping[str, str] | None = None,
    ) -> None:
        self.started = started
        self.current = current
        self.mine = mine
        self.merge = merging.merge(started.value, current.value, mine["value"])
        self.wholes = {
            name: merging.Whole(getattr(started, name), getattr(current, name), mine[name])
            for name in DETAILS
            if name in mine
        }
        self.choices = choices or {}
        self.sides = sides or {}
        self.put = put or {}

    @classmethod
    def read(cls, form: forms.Form, block: Revised) -> "MergeScreen | None":
        """The screen that a form was sent from, once it is checked; None when it was the plain form."""
        data = form.cleaned_data
        numbers = [data.get("started") or 0, data.get("base") or 0]
        known = {revision.number: revision for revision in block.revisions.filter(number__in=numbers)}
        started, current = (known.get(number) for number in numbers)
        if started is None or current is None:
            return None
        mine: dict[str, Any] = {"value": data.get("mine", "")}
        for name in DETAILS:
            if name in form.fields:
                # A page from before this was merged does not bring it along; then what it sends is theirs who sent it.
                sent = data.get(f"mine_{name}") if f"mine_{name}" in form.data else data.get(name)
                mine[name] = getattr(current, name) if sent is None else sent
        chosen = {
            name.removeprefix("choice-"): str(value) for name, value in form.data.items() if name.startswith("choice-")
        }
        places = {int(place): side for place, side in chosen.items() if place.isdecimal() and len(place) < 9}
        put = {name: str(form.data.get(f"put-{name}", "mine")) for name in DETAILS}
        return cls(started, current, mine, places, chosen, put)

    @property
    def rows(self) -> list[tuple[int, merging.Chunk, str]]:
        """Each stretch of the text with its place and what was chosen for it."""
        return [(place, chunk, self.choices.get(place, "both")) for place, chunk in enumerate(self.merge.chunks)]

    @property
    def details(self) -> list[Detail]:
        """What was changed beside the text, on either side."""
        return [Detail(name, whole, self._side(name)) for name, whole in self.wholes.items() if whole.kind != "same"]

    @property
    def conflicts(self) -> int:
        """How many places both sides changed differently."""
        return self.merge.conflicts + sum(whole.kind == "conflict" for whole in self.wholes.values())

    @property
    def text(self) -> str:
        """The text by the choices made so far."""
        return self.merge.chosen(self.choices)

    @property
    def proposed(self) -> dict[str, Any]:
        """What the form holds when the screen opens."""
        said = {name: whole.chosen(self._side(name)) for name, whole in self.wholes.items()}
        numbers = {"base": self.current.number, "started": self.started.number}
        return {**numbers, "value": self.text, "merged": self.text, **said}

    def is_ahead_of(self, data: Mapping[str, Any]) -> bool:
        """Whether a choice was made that the form does not hold yet: it is shown before it is saved."""
        return self.text != data["merged"] or any(self._is_new(name) for name in self.wholes)

    def put_into(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What the form holds by the choices; what was changed by hand in what it held before is kept."""
        held = {**data, "value": _put(data["merged"], self.text, data["value"]), "merged": self.text}
        for name, whole in self.wholes.items():
            if self._is_new(name):
                before, after = whole.chosen(self.put.get(name, "mine")), whole.chosen(self._side(name))
                texts = name == "description"
                held[name] = _put(str(before), str(after), data[name]) if texts else after
        self.put = {name: self._side(name) for name in self.wholes}
        return held

    def _side(self, name: str) -> str:
        return "theirs" if self.sides.get(name) == "theirs" else "mine"

    def _is_new(self, name: str) -> bool:
        return self.wholes[name].kind == "conflict" and self._side(name) != self.put.get(name, "mine")


def _put(proposed: str, wanted: str, written: str) -> str:
    return merging.merge(proposed, wanted, written).text if written != proposed else wanted
