"""Small programs that use memory_sdk. Start one with `python -m examples.chat`.

All read LETTA_BASE_URL and LETTA_API_KEY (unset: Letta Cloud), and LETTA_MODEL and LETTA_EMBEDDING for the handles of the
memory agents. Those that talk also read OPENAI_API_KEY, OPENAI_BASE_URL and CHAT_MODEL.
"""
