"""letta-memory 0.1.5, every call of it."""

# mypy: ignore-errors
import json
import sys

from letta_client import Letta
from letta_memory import Memory

base_url, key, model, word = sys.argv[1:]
memory = Memory(api_key=key)
memory.letta_client = Letta(base_url=base_url, token=key)
create = memory.letta_client.agents.create


def with_model(**fields):
    """The SDK knows only Letta Cloud and its model; the target may have another."""
    if fields["model"] != model:
        fields |= {"model": model, "embedding": "openai/text-embedding-3-small"}
    return create(**fields)


memory.letta_client.agents.create = with_model
user = f"{word}-user"
run = memory.add_messages(user, [{"role": "user", "content": f"{word} I like cats"}])
memory.wait_for_run(run)
result = {
    "agent": memory.get_memory_agent_id(user),
    "memory": memory.get_user_memory(user),
    "prompt": memory.get_user_memory(user, prompt_formatted=True),
    "summary": memory.get_summary(user),
    "search": [found.content for found in memory.search(user, "cats").results],
}
memory.initialize_user_memory(user, user_context_block_value="anew", reset=True)
result["reset"] = memory.get_user_memory(user)
memory.letta_client.agents.delete(memory.get_memory_agent_id(user))
result["deleted"] = memory.get_user_memory(user)
print(json.dumps(result))
