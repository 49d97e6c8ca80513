"""Memory about anything: a project with blocks of its own. `python -m examples.subject [subject_id]`"""

import os
import sys

from memory_sdk import Memory


def main() -> None:
    subject_id = sys.argv[1] if len(sys.argv) > 1 else "project_alpha"
    memory = Memory(subject_id=subject_id, model=os.environ.get("LETTA_MODEL"), embedding=os.environ.get("LETTA_EMBEDDING"))

    # A block is created once; what it says about itself tells the memory agent what belongs into it.
    memory.initialize_memory("status", "Where the project stands, newest first, with dates.")
    memory.initialize_memory("people", "Who works on the project, and on what.", value="Ines: project lead")

    run_id = memory.add_messages(
        [
            {"role": "user", "content": "The kickoff was on 4 May. Tomas joined and builds the importer."},
            {"role": "assistant", "content": "Noted: kickoff done, Tomas on the importer."},
        ]
    )
    memory.wait_for_run(run_id)

    for block in memory.list_blocks():
        print(memory.get_memory(block.label, prompt_formatted=True))


if __name__ == "__main__":
    main()
