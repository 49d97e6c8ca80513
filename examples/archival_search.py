"""Finding again what was said, word for word: `python -m examples.archival_search [user_id] [query]`"""

import os
import sys

from memory_sdk import Memory

CONVERSATION = [
    {"role": "user", "content": "My bike is a red Gazelle with a child seat."},
    {"role": "assistant", "content": "A red Gazelle with a child seat, got it."},
    {"role": "user", "content": "I ride to the harbour every morning at seven."},
    {"role": "assistant", "content": "To the harbour at seven, every morning."},
]


def main() -> None:
    user_id = sys.argv[1] if len(sys.argv) > 1 else "default_user"
    query = sys.argv[2] if len(sys.argv) > 2 else "bike"
    memory = Memory(model=os.environ.get("LETTA_MODEL"), embedding=os.environ.get("LETTA_EMBEDDING"))

    # With skip_vector_storage=False every message is stored as a passage, too: one request for all of them.
    memory.wait_for_run(memory.add_messages(user_id, CONVERSATION, skip_vector_storage=False))

    for title, tags in (("What the user said", None), ("What the assistant said", ["assistant"]), ("Everything", [])):
        print(f"{title} about {query!r}:")
        for text in memory.search(user_id, query, tags) or []:
            print(f"  - {text}")


if __name__ == "__main__":
    main()
