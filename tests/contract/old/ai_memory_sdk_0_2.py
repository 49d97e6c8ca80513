"""ai-memory-sdk 0.2.0, every call of it."""

# mypy: ignore-errors
import json
import sys

from ai_memory_sdk import Memory
from letta_client import Letta

base_url, key, model, word = sys.argv[1:]


def on_target(memory):
    """The SDK knows only Letta Cloud: here it is given the target, and the model that the target has."""
    memory.letta_client = Letta(base_url=base_url, token=key)
    create = memory.letta_client.agents.create

    def with_model(**fields):
        if fields["model"] != model:
            fields |= {"model": model, "embedding": "openai/text-embedding-3-small"}
        return create(**fields)

    memory.letta_client.agents.create = with_model
    return memory


result = {}
user, subject = f"{word}-user", f"{word}-subject"

memory = on_target(Memory(api_key=key))
result["agent"] = memory.initialize_user_memory(user, user_context_block_value="Name: Ann", reset=True)
result["agent_again"] = memory.get_memory_agent_id(user)
try:
    memory.initialize_user_memory(user)
except ValueError as error:
    result["twice"] = "already exists" in str(error)
turns = [{"role": "user", "content": f"{word} I like cats"}, {"role": "assistant", "content": "Noted."}]
run = memory.add_messages(user, turns, skip_vector_storage=False)
memory.wait_for_run(run, timeout=30)
result["memory"] = memory.get_user_memory(user)
result["prompt"] = memory.get_user_memory(user, prompt_formatted=True)
result["summary"] = memory.get_summary(user, prompt_formatted=True)
result["search"] = memory.search(user, "cats")
result["search_assistant"] = memory.search(user, "noted", tags=["assistant"])
memory.letta_client.agents.delete(memory.get_memory_agent_id(user))
result["deleted"] = memory.get_user_memory(user)

bound = on_target(Memory(api_key=key, subject_id=subject))
result["subject"] = bound.initialize_subject(subject, reset=True)
block_id = bound.initialize_memory("preferences", "What they like", value="Likes tea", char_limit=500)
result["same_block"] = bound.initialize_memory("preferences", "What they like") == block_id
result["blocks"] = [b.label for b in bound.list_blocks()]
result["preferences"] = bound.get_memory("preferences")
result["preferences_prompt"] = bound.get_memory("preferences", prompt_formatted=True)
bound.wait_for_run(bound.add_messages_here([{"role": "user", "content": "hello"}]), timeout=30)
bound.initialize_memory("preferences", "What they like", value="reset", reset=True)
result["after_reset"] = bound.get_memory("preferences")
bound.delete_block("preferences")
result["after_delete_block"] = bound.get_memory("preferences")
print(json.dumps(result))
