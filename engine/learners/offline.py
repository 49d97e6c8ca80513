"""The learner `rules` in the run loop: all edits of a batch in one step, offline and always the same."""

import uuid
from dataclasses import replace

from engine.learners.base import ToolCall, Turn
from engine.learners.protocol import Answered, Context, Given, Step
from engine.learners.rules import learn
from engine.learners.rules.tidying import asked_to_tidy, tidied
from engine.learners.rules.turns import turns_of
from engine.tools import FINISH


class RulesLearner:
    """Reads a batch by fixed rules, without a model."""

    name = "rules"
    remembers = 0

    def next_step(self, context: Context) -> Step:
        """Every edit that the batch gives cause for; then the end, in the way that suits the agent's type."""
        if any(isinstance(entry, Answered) for entry in context.conversation):
            return Step(text="Read by the offline learner (rules, no model).", finished=True)
        turns: list[Turn] = []
        for entry in context.conversation:
            if isinstance(entry, Given):
                turns += turns_of(entry.text) if entry.role == "user" else [Turn(entry.role, entry.text)]
        # Ids that no other run of the agent has: clients pair calls and returns by them.
        blocks = list(context.blocks)
        found = tidied(blocks) if asked_to_tidy(turns) else learn(turns, blocks, context.today)
        calls = tuple(replace(call, id=_call_id()) for call in found)
        if FINISH in context.tools:
            return Step((*calls, ToolCall(_call_id(), FINISH, {})))
        if calls:
            return Step(calls)
        return Step(text="Read by the offline learner (rules, no model). There was nothing to keep.", finished=True)


def _call_id() -> str:
    return f"call_{uuid.uuid4().hex[:24]}"
