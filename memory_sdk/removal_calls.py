"""Calls for what deleting an agent leaves behind, and for what must be asked again to prove it gone; as in `calls`.

Each is named for letta-client's method; what that client has not got says so.
"""

from __future__ import annotations

from urllib.parse import quote

from memory_sdk.calls import PAGE, Call


def _id(value: str) -> str:
    return quote(value, safe="")


def _given(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def agents_messages_all(agent_id: str, *, after: str | None) -> Call:
    """letta-client's agents.messages.list with pages ten times as long: only the ids are wanted."""
    query = _given(limit=1000, order="asc", after=after)
    return Call("GET", f"/v1/agents/{_id(agent_id)}/messages", query)


def archives_retrieve(archive_id: str) -> Call:
    return Call("GET", f"/v1/archives/{_id(archive_id)}")


def archives_all(limit: int) -> Call:
    """letta-client's archives.list without an agent."""
    return Call("GET", "/v1/archives/", {"limit": limit})


def archives_page(after: str | None, limit: int) -> Call:
    """letta-client's archives.list of all archives, the oldest first."""
    return Call("GET", "/v1/archives/", _given(limit=limit, order="asc", after=after))


def blocks_unattached(limit: int, tag: str | None = None) -> Call:
    """letta-client's blocks.list; Letta gives these in no order, so there is no second page."""
    query: dict[str, object] = {"connected_to_agents_count_eq": [0], "show_hidden_blocks": True, "limit": limit}
    return Call("GET", "/v1/blocks/", query if tag is None else query | {"tags": [tag]})


def folders_page(after: str | None, limit: int) -> Call:
    """letta-client's folders.list, the oldest first."""
    return Call("GET", "/v1/folders/", _given(limit=limit, order="asc", after=after))


def blocks_search(place: str, text: str) -> Call:
    """letta-client's blocks.list; `place`: value_search or description_search."""
    return Call("GET", "/v1/blocks/", {place: text, "show_hidden_blocks": True, "limit": 1000})


def archives_agents_all(archive_id: str) -> Call:
    """As `archives_agents_list`, with all agents."""
    return Call("GET", f"/v1/archives/{_id(archive_id)}/agents", {"limit": 1000})


def passages_search(query: str) -> Call:
    """Over the passages of all archives. A read, though Letta wants it as POST."""
    return Call("POST", "/v1/passages/search", body={"query": query, "limit": 100})


def conversations_list(agent_id: str, *, after: str | None) -> Call:
    query = _given(agent_id=agent_id, limit=PAGE, order="asc", after=after)
    return Call("GET", "/v1/conversations/", query)


def conversations_retrieve(conversation_id: str) -> Call:
    return Call("GET", f"/v1/conversations/{_id(conversation_id)}")


def conversations_delete(conversation_id: str) -> Call:
    return Call("DELETE", f"/v1/conversations/{_id(conversation_id)}")


def conversations_messages_list(conversation_id: str, *, after: str | None) -> Call:
    query = _given(limit=PAGE, order="asc", after=after)
    return Call("GET", f"/v1/conversations/{_id(conversation_id)}/messages", query)


def identities_list(identifier_key: str) -> Call:
    """Identities are no part of letta-client 1.12.1; routes of the server all the same, as the four below."""
    return Call("GET", "/v1/identities/", {"identifier_key": identifier_key, "limit": PAGE})


def identities_retrieve(identity_id: str) -> Call:
    return Call("GET", f"/v1/identities/{_id(identity_id)}")


def identities_delete(identity_id: str) -> Call:
    return Call("DELETE", f"/v1/identities/{_id(identity_id)}")


def identities_agents_list(identity_id: str) -> Call:
    return Call("GET", f"/v1/identities/{_id(identity_id)}/agents", {"limit": 1000})


def folders_retrieve(folder_id: str) -> Call:
    return Call("GET", f"/v1/folders/{_id(folder_id)}")


def folders_delete(folder_id: str) -> Call:
    return Call("DELETE", f"/v1/folders/{_id(folder_id)}")


def folders_agents_list(folder_id: str) -> Call:
    return Call("GET", f"/v1/folders/{_id(folder_id)}/agents", {"limit": 1000})


def folders_files_list(folder_id: str, *, after: str | None) -> Call:
    query = _given(limit=PAGE, order="asc", after=after)
    return Call("GET", f"/v1/folders/{_id(folder_id)}/files", query)


def folders_files_retrieve(file_id: str, folder_id: str) -> Call:
    return Call("GET", f"/v1/folders/{_id(folder_id)}/files/{_id(file_id)}")


def runs_steps_list(run_id: str) -> Call:
    return Call("GET", f"/v1/runs/{_id(run_id)}/steps", {"limit": 1000, "order": "asc"})


def steps_retrieve(step_id: str) -> Call:
    return Call("GET", f"/v1/steps/{_id(step_id)}")


def steps_trace_retrieve(step_id: str) -> Call:
    return Call("GET", f"/v1/steps/{_id(step_id)}/trace")


def messages_retrieve(message_id: str) -> Call:
    return Call("GET", f"/v1/messages/{_id(message_id)}")
