"""A support assistant with several blocks per customer: `python -m examples.customer_support [customer_id]`.

Reads the customer's messages, one a line. The conversation is learned when it ends, in one batch, which costs one run.
"""

import os
import sys

from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from memory_sdk import Memory

BLOCKS = {
    "customer": "Who the customer is: name, company, plan, how to reach them.",
    "issues": "Open and solved problems, each with its date and what was tried.",
    "preferences": "How the customer likes to be helped.",
}


def prompt(memory: Memory) -> str:
    """The system prompt with everything known about the customer."""
    known = [memory.get_memory(label, prompt_formatted=True) for label in BLOCKS]
    return "\n".join(["You are a support assistant. What you know about the customer:", *filter(None, known)])


def main() -> None:
    customer_id = sys.argv[1] if len(sys.argv) > 1 else "customer_1"
    openai = OpenAI()
    with Memory(
        subject_id=customer_id, model=os.environ.get("LETTA_MODEL"), embedding=os.environ.get("LETTA_EMBEDDING")
    ) as memory:
        for label, description in BLOCKS.items():
            memory.initialize_memory(label, description)
        system = prompt(memory)
        conversation: list[ChatCompletionMessageParam] = []
        for line in filter(None, map(str.strip, sys.stdin)):
            conversation.append({"role": "user", "content": line})
            completion = openai.chat.completions.create(
                model=os.environ.get("CHAT_MODEL", "gpt-4o-mini"),
                messages=[{"role": "system", "content": system}, *conversation],
            )
            answer = completion.choices[0].message.content or ""
            conversation.append({"role": "assistant", "content": answer})
            print(f"Assistant: {answer}", flush=True)
        if conversation:
            memory.wait_for_run(memory.add_messages_here(conversation, skip_vector_storage=False))
        print(prompt(memory))


if __name__ == "__main__":
    main()
