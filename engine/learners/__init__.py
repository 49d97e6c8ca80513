"""The part of the engine that decides the edits: `rules` (offline) or `llm`."""
