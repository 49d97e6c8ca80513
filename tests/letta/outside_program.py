"""ai-memory-sdk 0.2.0 as another program beside ours: it learns, changes, deletes. Runs in the old clients' environment.

`python outside_program.py BASE_URL MODEL COMMAND ID [TEXT…]` prints what the SDK answered.
"""

# mypy: ignore-errors
import sys

from ai_memory_sdk import Memory
from letta_client import Letta

base_url, model, command, subject, *texts = sys.argv[1:]
memory = Memory(api_key="any")
memory.letta_client = Letta(base_url=base_url, token="any")
create = memory.letta_client.agents.create
# The SDK knows only Letta Cloud and its models.
memory.letta_client.agents.create = lambda **fields: create(
    **fields | {"model": model, "embedding": "openai/text-embedding-3-small"}
)
turns = [{"role": role, "content": text} for role, text in zip(["user", "assistant"] * len(texts), texts)]  # noqa: B905

if command == "create-user":
    print(memory.initialize_user_memory(subject, user_context_block_value=texts[0]))
elif command == "teach-user":
    run_id = memory.add_messages(subject, turns)
    memory.wait_for_run(run_id, timeout=60)
    print(run_id)
elif command == "teach-subject":
    run_id = memory.add_messages_for_subject(subject, turns)
    memory.wait_for_run(run_id, timeout=60)
    print(run_id)
elif command == "create-block":
    print(memory.initialize_memory(texts[0], "What they like.", value=texts[1], subject_id=subject))
elif command == "reset-block":
    print(memory.initialize_memory(texts[0], "What they like.", value=texts[1], reset=True, subject_id=subject))
elif command == "delete-block":
    print(memory.delete_block(texts[0], subject_id=subject))
elif command == "delete-user":
    print(memory.delete_user(subject))
