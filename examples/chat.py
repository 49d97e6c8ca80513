"""A chat that remembers who it talks to: `python -m examples.chat [user_id]`. Ends at `exit` or end of input."""

import os
import sys

from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from memory_sdk import Memory

KEPT = 6  # turns of this session in the prompt; what is older is in the memory

memory = Memory(model=os.environ.get("LETTA_MODEL"), embedding=os.environ.get("LETTA_EMBEDDING"))
openai = OpenAI()


def reply(user_id: str, history: list[ChatCompletionMessageParam], text: str) -> str:
    """What the assistant answers, knowing what it remembers of the user."""
    about = memory.get_user_memory(user_id, prompt_formatted=True)
    so_far = memory.get_summary(user_id, prompt_formatted=True)
    system = f"You are a helpful assistant. What you remember of the user:\n{about}\n{so_far}"
    completion = openai.chat.completions.create(
        model=os.environ.get("CHAT_MODEL", "gpt-4o-mini"),
        messages=[{"role": "system", "content": system}, *history[-KEPT:], {"role": "user", "content": text}],
    )
    return completion.choices[0].message.content or ""


def main() -> None:
    user_id = sys.argv[1] if len(sys.argv) > 1 else "default_user"
    if memory.get_memory_agent_id(user_id) is None:
        memory.initialize_user_memory(user_id)
    history: list[ChatCompletionMessageParam] = []
    run_id = None
    print("Chat (type 'exit' to leave)")
    for line in sys.stdin:
        text = line.strip()
        if text.lower() == "exit":
            break
        if not text:
            continue
        answer = reply(user_id, history, text)
        print(f"AI: {answer}", flush=True)
        turns: list[ChatCompletionMessageParam] = [
            {"role": "user", "content": text},
            {"role": "assistant", "content": answer},
        ]
        history += turns
        if run_id is not None:  # one batch at a time: an agent learns in the order in which things were said
            memory.wait_for_run(run_id)
        run_id = memory.add_messages(user_id, turns)
    if run_id is not None:
        memory.wait_for_run(run_id)
    print(memory.get_user_memory(user_id, prompt_formatted=True))


if __name__ == "__main__":
    main()
