"""Where a real Letta 0.16.8 does not do what it documents, or what a memory must do, and the engine does better.

Each row: what the real server does, and why the engine differs. A test that meets a difference asks
`target.expect("row", engine=…, letta=…)`, so both behaviours are asserted. `test_differences.py` keeps this table and
the tests in step.
"""

from typing import NamedTuple


class Difference(NamedTuple):
    """One row. `test` is the file and function that asserts it."""

    test: str
    letta: str
    reason: str


DIFFERENCES: dict[str, Difference] = {
    "attach-prompt": Difference(
        "test_agents.py::test_the_next_run_sees_an_attached_block",
        "agents.blocks.attach leaves the compiled prompt as it was until agents.recompile",
        "an attached block is part of the memory; a run that does not see it writes the same facts again",
    ),
    "any-model": Difference(
        "test_agents.py::test_any_model_handle_will_do",
        "404 for a model handle that its provider does not list",
        "both original SDKs ask for openai/gpt-4.1 by name; the engine has one learner, whatever the handle says",
    ),
    "agent-name": Difference(
        "test_agents.py::test_a_name_with_a_slash",
        "500, Export failed: the name contains invalid characters; renaming takes the same name",
        "it is the caller's mistake, so 422, in both calls",
    ),
    "create-block-ids": Difference(
        "test_agents.py::test_unknown_block_ids_at_create",
        "unknown block ids are left out without a word",
        "an agent without the block that was asked for learns into nothing; 404 and no agent",
    ),
    "create-same-label": Difference(
        "test_agents.py::test_two_blocks_of_one_label_at_create",
        "one of the two blocks is dropped without a word",
        "attaching a second block of a label answers 409, so does creating one",
    ),
    "before-cursor": Difference(
        "test_agent_lists.py::test_pages_backwards_from_a_cursor",
        "`before` gives the first rows of the whole list, not those next to the cursor; the pages between are lost",
        "paging loses nothing, in either direction",
    ),
    "last-run": Difference(
        "test_agent_lists.py::test_by_last_run_every_agent_comes_once",
        "last_run_completion stays null and order_by=last_run_completion orders by nothing",
        "the field is documented as the time of the last run, and the sync of other programs' agents needs it",
    ),
    "negative-limit": Difference(
        "test_agent_lists.py::test_a_negative_limit",
        "500, A database error occurred.",
        "it is the caller's mistake, so 422",
    ),
    "query-wildcards": Difference(
        "test_agent_lists.py::test_query_text_is_a_part_of_the_name_in_any_case",
        "% and _ in query_text match anything",
        "documented as a search by name; a subject id with an underscore must find itself alone",
    ),
    "count-paging": Difference(
        "test_blocks.py::test_paging_by_the_number_of_agents_loses_nothing",
        "connected_to_agents_count_* orders by nothing, so following pages loses blocks and repeats others",
        "erasure finds what deleted agents left behind with it; the real server is asked for all in one page",
    ),
    "agents-of-no-block": Difference(
        "test_blocks.py::test_agents_of_an_unknown_block",
        "an empty list",
        "documented as 404",
    ),
    "blocks-of-agent-order": Difference(
        "test_agent_blocks.py::test_following_pages_loses_nothing",
        "ordered by the blocks' random ids",
        "documented as ordered by creation time",
    ),
    "running": Difference(
        "test_runs.py::test_status_on_the_way",
        "an asynchronous run stays `created` until it ends",
        "`running` is documented; people watch the page for it",
    ),
    "llm-error": Difference(
        "test_run_ends.py::test_an_error_of_the_model_endpoint_fails_the_run",
        "stop_reason `error` whatever failed",
        "`llm_api_error` is documented for it; only the endpoint's operator can help then",
    ),
    "first-in-first-out": Difference(
        "test_run_ends.py::test_runs_of_one_agent_are_worked_first_in_first_out",
        "runs of one agent are worked at once and overwrite each other's edits",
        "what a customer said must not be forgotten because they said two things quickly",
    ),
    "cancel-edits": Difference(
        "test_run_ends.py::test_cancel_the_run_under_way",
        "the answer that comes after the cancelling is still written into the block",
        "cancelled means that nothing changes any more",
    ),
    "runs-cursor": Difference(
        "test_run_lists.py::test_following_pages_loses_nothing",
        "`after` and `before` are swapped: after the last run of a page come the earlier ones again",
        "paging loses nothing",
    ),
    "no-messages": Difference(
        "test_runs.py::test_no_messages",
        "200, and the run fails with `list index out of range`",
        "the synchronous call answers 422, so does this one",
    ),
    "delete-run": Difference(
        "test_runs.py::test_deleting_a_run",
        "500: it calls a function that is not there",
        "501 with a sentence: runs go with their agent",
    ),
    "bad-arguments": Difference(
        "test_run_ends.py::test_arguments_that_are_no_json",
        "the run fails",
        "what a tool cannot read is a tool_return error that the model sees, like every other refusal",
    ),
    "tool-limit": Difference(
        "test_memory_tools.py::test_more_than_the_limit_is_refused",
        "the memory tools write past a block's limit",
        "the limit is what keeps a block readable and a prompt affordable; the model is told and can shorten",
    ),
    "messages-order": Difference(
        "test_messages.py::test_newest_first_by_default",
        "the newest messages come oldest first within a page",
        "documented as newest first",
    ),
    "messages-cursor": Difference(
        "test_messages.py::test_following_pages_newest_first_loses_nothing",
        "newest first, the list ends after one page",
        "paging loses nothing",
    ),
    "passages-cursor": Difference(
        "test_passages.py::test_following_pages_newest_first_loses_nothing",
        "newest first, `after` goes back to the newest and `before` goes on",
        "`after` goes on in the order of the list, as everywhere else",
    ),
    "passages-of-no-agent": Difference(
        "test_passages.py::test_unknown_ids",
        "an empty list for an agent that is not there",
        "search answers 404, so does the list",
    ),
    "not-implemented": Difference(
        "test_service.py::test_what_the_engine_does_not_do_is_said_in_a_sentence",
        "these parts of the API work",
        "the engine has what memory needs; the rest answers 501 with a sentence, never a pretended success",
    ),
    "default-tools": Difference(
        "test_agents.py::test_the_default_type_is_letta_v1_agent",
        "a letta_v1_agent has conversation_search, which searches a chat's history",
        "the engine's agents keep memory and do not chat; a tool that is not there is not offered",
    ),
}
