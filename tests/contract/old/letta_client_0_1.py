"""letta-client 0.1.307 at work: the calls that the original SDKs make, and the fields that they and programs read."""

# mypy: ignore-errors
import json
import sys
import time

from letta_client import Letta
from letta_client.core.api_error import ApiError

base_url, key, model, word = sys.argv[1:]
letta = Letta(base_url=base_url, token=key)

agent = letta.agents.create(
    name=f"subconscious_agent_subject_{word}",
    model=model,
    embedding="openai/text-embedding-3-small",
    agent_type="sleeptime_agent",
    initial_message_sequence=[],
    tags=[f"subj:{word}", word, "ai-memory-sdk"],
    memory_blocks=[{"label": "human", "value": "Name: Ann", "description": "About the person", "limit": 10000}],
)
block = letta.blocks.create(label="summary", description="A summary", limit=1000, value="")
letta.agents.blocks.attach(agent_id=agent.id, block_id=block.id)
found = letta.agents.list(tags=[f"subj:{word}", word], match_all_tags=True)
run = letta.agents.messages.create_async(agent_id=agent.id, messages=[{"role": "user", "content": f"{word} I like cats"}])
first_status = run.status
limit = time.monotonic() + 30
while run.status not in ("completed", "failed", "cancelled") and time.monotonic() < limit:
    time.sleep(0.05)
    run = letta.runs.retrieve(run.id)
passage = letta.agents.passages.create(agent_id=agent.id, text="I like cats", tags=["user", "ai-memory-sdk"])
search = letta.agents.passages.search(agent_id=agent.id, query="cats", tags=["user"])
result = {
    "found": [a.id == agent.id for a in found],
    "found_tags": sorted(found[0].tags),
    "found_blocks": sorted(b.label for b in found[0].memory.blocks),
    "blocks": {b.label: b.value for b in letta.agents.blocks.list(agent_id=agent.id)},
    "retrieved": letta.agents.blocks.retrieve(agent.id, "human").value,
    "modified": letta.agents.blocks.modify(agent_id=agent.id, block_label="summary", value="Ann likes cats.").value,
    "statuses": [first_status, run.status],
    "kinds": [m.message_type for m in letta.runs.messages.list(run.id)],
    "passages": [p.text for p in passage],
    "search": [r.content for r in search.results],
    "listed": [p.text for p in letta.agents.passages.list(agent_id=agent.id)],
}
try:
    letta.agents.blocks.retrieve(agent.id, "none")
except ApiError as error:
    result["error"] = error.status_code
letta.agents.blocks.detach(agent_id=agent.id, block_id=block.id)
letta.blocks.delete(block_id=block.id)
result["after_detach"] = sorted(b.label for b in letta.agents.blocks.list(agent_id=agent.id))
letta.agents.delete(agent_id=agent.id)
result["after_delete"] = [a.id for a in letta.agents.list(tags=[word])]
print(json.dumps(result))
