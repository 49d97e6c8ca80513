"""Judges the learner `rules` on labelled conversations: `python -m tests.bench.judge_learner FILE [--show] [--part 3/3]`.

FILE holds JSON Lines: `id`, `messages` [`role`, `content`], and `facts`, a list of values per kind, as they were said. Each
conversation is learned into an empty user agent (`human`, `summary`). Printed are the share of the facts found, the share of
judgeable lines that are wrong, and the misses by conversation id; personal text only with --show. Exit code 1 below the
thresholds.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from engine.learners.base import BlockView, Turn
from engine.learners.rules import learn
from engine.learners.rules.edits import applied
from engine.learners.rules.tokens import squash

LINE_OF = {
    "name": "Name",
    "phone_number": "Phone",
    "email_address": "E-mail",
    "account_number": "Account number",
    "car_brand": "Owns",
    "car_model": "Owns",
}
"""the line that a kind of fact is looked up in; other kinds may stand anywhere, the summary included"""
JUDGED = {"Name": "name", "Phone": "phone_number", "E-mail": "email_address"}
"""lines that are wrong when the facts do not have their value"""
TO_FIND = {"name": 0.90, "phone_number": 0.90}
MAX_WRONG = 0.05


@dataclass
class Tally:
    """What was counted so far."""

    facts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    missed: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    lines: int = 0
    """all learned lines, sentences of the summary included"""
    judged: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    conversations: int = 0
    seconds: float = 0.0


def memory_of(messages: Sequence[dict[str, str]]) -> dict[str, str]:
    """The blocks of a new user agent after learning the messages. Raises ValueError when a tool would refuse a call."""
    blocks = [
        BlockView("human", "Details about the human user.", "", 10_000, False),
        BlockView("summary", "A short running summary of the conversation.", "", 1000, False),
    ]
    values = {block.label: block.value for block in blocks}
    for call in learn([Turn(one["role"], one["content"]) for one in messages], blocks, date(2026, 1, 1)):
        label = call.arguments["label"]
        values[label] = applied(values[label], call.name, call.arguments)
    return values


def judge(conversation: dict[str, Any], tally: Tally) -> None:
    """Learns one conversation and counts what its facts can judge."""
    started = time.perf_counter()
    memory = memory_of(conversation["messages"])
    tally.seconds += time.perf_counter() - started
    tally.conversations += 1
    identifier, facts = str(conversation["id"]), conversation["facts"]
    lines = [line for line in memory["human"].split("\n") if line]
    tally.lines += len(lines) + bool(memory["summary"])
    for kind, values in facts.items():
        for value in dict.fromkeys(values):
            tally.facts[kind] += 1
            if any(_holds(line, value, kind) for line in [*lines, *([] if kind in LINE_OF else [memory["summary"]])]):
                tally.found[kind] += 1
            else:
                tally.missed[kind].append((identifier, value))
    for line in lines:
        label, _, value = line.partition(": ")
        if label in JUDGED:
            tally.judged += 1
            if not all(any(_same(part, fact, label) for fact in facts.get(JUDGED[label], [])) for part in value.split(", ")):
                tally.wrong.append((identifier, line))


def _holds(line: str, value: str, kind: str) -> bool:
    label = LINE_OF.get(kind, "")
    if not line.startswith(label):
        return False
    said = line.removeprefix(label).lstrip(": ")
    return _same(said, value, label) if kind == "name" else squash(value) in squash(said)


def _same(learned: str, fact: str, label: str) -> bool:
    """Whether a learned value is the fact: a name may be fuller or shorter by words, all else has the same signs."""
    if label != "Name":
        return squash(learned) == squash(fact)
    one, other = set(learned.lower().replace(".", "").split()), set(fact.lower().replace(".", "").split())
    return one <= other or other <= one


def report(tally: Tally, show: bool) -> Iterator[str]:
    """The lines to print, without personal text unless `show`."""
    each = 1000 * tally.seconds / max(1, tally.conversations)
    yield f"{tally.conversations} conversations, {tally.lines} learned lines, {each:.1f} ms each"
    for kind in sorted(tally.facts):
        target = f"  (to reach: {TO_FIND[kind]:.0%})" if kind in TO_FIND else ""
        yield f"  {kind:<15} {tally.found[kind]:>4} of {tally.facts[kind]:>4} found  {_share(tally, kind):>6.1%}{target}"
    wrong = f"{len(tally.wrong):>4} of {tally.judged:>4} judged {_wrong(tally):>6.1%}"
    yield f"  wrong lines     {wrong}  (at most: {MAX_WRONG:.0%})"
    for kind, missed in sorted(tally.missed.items()):
        if kind in TO_FIND or show:
            yield f"missed {kind}: " + _listed(missed, show)
    if tally.wrong:
        yield "wrong: " + _listed(tally.wrong, show)


def _listed(cases: Sequence[tuple[str, str]], show: bool) -> str:
    return ", ".join(f"{identifier} {text!r}" if show else identifier for identifier, text in cases)


def _share(tally: Tally, kind: str) -> float:
    return tally.found[kind] / tally.facts[kind] if tally.facts[kind] else 1.0


def _wrong(tally: Tally) -> float:
    return len(tally.wrong) / tally.judged if tally.judged else 0.0


def is_good(tally: Tally) -> bool:
    """Whether every threshold is reached."""
    return all(_share(tally, kind) >= least for kind, least in TO_FIND.items()) and _wrong(tally) < MAX_WRONG


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.judge_learner", description="Judge the offline learner on labelled conversations."
    )
    parser.add_argument("file", type=Path, help="JSON Lines with id, messages, facts")
    parser.add_argument("--show", action="store_true", help="print the missed and wrong values themselves (personal text)")
    parser.add_argument("--part", default="1/1", help="K/N: only every N-th conversation, from the K-th on (default: all)")
    options = parser.parse_args(arguments)
    first, _, step = options.part.partition("/")
    tally = Tally()
    with options.file.open(encoding="utf-8") as rows:
        for index, row in enumerate(rows):
            if index % int(step) == int(first) - 1 and row.strip():
                judge(json.loads(row), tally)
    for line in report(tally, options.show):
        print(line)
    return 0 if is_good(tally) else 1


if __name__ == "__main__":
    sys.exit(main())
