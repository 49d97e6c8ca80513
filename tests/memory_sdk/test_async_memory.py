"""`AsyncMemory` on a live server: the same calls, awaited."""

import inspect
from collections.abc import AsyncIterator, Callable

import pytest

from memory_sdk import AsyncMemory, Memory
from tests.contract.targets import Target
from tests.memory_sdk.wire import AsyncRecording


@pytest.fixture
async def awaited(server: Target) -> AsyncIterator[tuple[AsyncMemory, AsyncRecording]]:
    wire = AsyncRecording()
    async with AsyncMemory(
        server.api_key, None, server.base_url, model=server.model, embedding=server.embedding, transport=wire
    ) as memory:
        yield memory, wire


def test_both_have_the_same_calls_arguments_and_defaults() -> None:
    def calls(kind: type) -> dict[str, inspect.Signature]:
        members = inspect.getmembers(kind, inspect.isfunction)
        return {name: inspect.signature(member) for name, member in members if not name.startswith("_")}

    assert calls(AsyncMemory) == calls(Memory)


async def test_a_user_learns(awaited: tuple[AsyncMemory, AsyncRecording], subject_id: str, says: Callable[..., str]) -> None:
    memory, wire = awaited
    await memory.initialize_user_memory(subject_id)
    assert len(wire.take()) == 3
    messages = [{"role": "user", "content": says("Likes cats")}]
    run_id = await memory.add_messages(subject_id, messages, skip_vector_storage=False)
    assert len(wire.take()) == 2
    await memory.wait_for_run(run_id, timeout=30)
    wire.take()
    assert "Likes cats" in (await memory.get_user_memory(subject_id) or "")
    assert len(wire.take()) == 1
    assert len(await memory.search(subject_id, "cats") or []) == 1
    await memory.delete_user(subject_id)
    assert await memory.get_user_memory(subject_id) is None


async def test_a_subject_and_its_blocks(awaited: tuple[AsyncMemory, AsyncRecording], subject_id: str) -> None:
    memory, _ = awaited
    await memory.initialize_memory("config", "Configuration", "v1", subject_id=subject_id)
    await memory.initialize_memory("notes", "Notes", "n", subject_id=subject_id)
    assert {block.label for block in await memory.list_blocks(subject_id)} == {"config", "notes"}
    await memory.delete_block("notes", subject_id=subject_id)
    assert await memory.get_memory("notes", subject_id=subject_id) is None
    assert await memory.get_memory("config", True, subject_id) == '<config description="Configuration">\nv1\n</config>'
    with pytest.raises(ValueError, match="already exists"):
        await memory.initialize_subject(subject_id)
    await memory.delete_subject(subject_id)
    assert await memory.get_memory_agent_id(subject_id) is None


async def test_a_bad_argument_is_refused_before_anything_is_sent(
    awaited: tuple[AsyncMemory, AsyncRecording],
) -> None:
    memory, wire = awaited
    with pytest.raises(ValueError, match="messages must not be empty"):
        await memory.add_messages("ann", [])
    assert wire.requests == []
