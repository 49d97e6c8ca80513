"""ai-memory-sdk 0.2.0 and letta-memory 0.1.5 at work beside ours, run in an environment of their own.

Takes the server's address, its key, the model to ask for, and the ids of a user and a subject that ours has made.
Prints what they see and make as one JSON object.
"""

# mypy: ignore-errors
import json
import sys

import ai_memory_sdk
import letta_memory
from letta_client import Letta

base_url, key, model, user, subject = sys.argv[1:]


def on_target(memory):
    """They know only Letta Cloud and its model: here they are given the target and the model that it has."""
    memory.letta_client = Letta(base_url=base_url, token=key)
    create = memory.letta_client.agents.create

    def with_model(**fields):
        return create(**(fields | {"model": model, "embedding": "openai/text-embedding-3-small"}))

    memory.letta_client.agents.create = with_model
    return memory


new = on_target(ai_memory_sdk.Memory(api_key=key))
old = on_target(letta_memory.Memory(api_key=key))
result = {
    "user": new.get_user_memory(user),
    "user_agent": new.get_memory_agent_id(user),
    "notes": new.get_memory("notes", subject_id=subject),
    "old_user": old.get_user_memory(user),
    "search": new.search(user, "cats"),
    "run": new.add_messages(user, [{"role": "user", "content": "I own a canoe"}], skip_vector_storage=False),
}
new.initialize_memory("plans", "What they plan", value="Sail", subject_id=f"{subject}-theirs")
old.initialize_user_memory(f"{user}-old", user_context_block_value="Name: Bob")
print(json.dumps(result))
