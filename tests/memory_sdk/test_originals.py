"""Our SDK and both originals work on the same subjects."""

import json
import os
import subprocess
from pathlib import Path

from memory_sdk import Memory
from tests.contract.targets import Target
from tests.letta.install import old_client_environment

PROGRAM = Path(__file__).with_name("originals.py")


def test_subjects_are_shared_with_the_original_sdks(memory: Memory, server: Target, subject_id: str, tmp_path: Path) -> None:
    user, subject = f"{subject_id}-u", f"{subject_id}-s"
    theirs, oldest = f"{subject}-theirs", f"{user}-old"
    made = memory.initialize_user_memory(user, user_context_block_value="Name: Ann")
    memory.initialize_memory("notes", "Notes", "Ours", subject_id=subject)
    memory.wait_for_run(
        memory.add_messages(user, [{"role": "user", "content": "I own cats"}], skip_vector_storage=False), timeout=30
    )
    try:
        done = subprocess.run(
            [
                old_client_environment() / "bin" / "python",
                PROGRAM,
                server.base_url,
                server.api_key,
                server.model,
                user,
                subject,
            ],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        seen = json.loads(done.stdout)
        assert "Name: Ann" in seen["user"]
        assert seen["old_user"] == seen["user"]
        assert (seen["user_agent"], seen["notes"], seen["search"]) == (made, "Ours", ["I own cats"])

        memory.wait_for_run(seen["run"], timeout=30)
        assert "I own a canoe" in (memory.search(user, "canoe") or [])
        assert memory.get_memory("plans", prompt_formatted=True, subject_id=theirs) == (
            '<plans description="What they plan">\nSail\n</plans>'
        )
        assert memory.get_user_memory(oldest) == "Name: Bob"
        memory.delete_user(oldest)
        assert memory.get_user_memory(oldest) is None
    finally:
        for name in (user, subject, theirs, oldest):
            memory.delete_subject(name)
