"""The arrows of DESIGN's house run one way."""

from pathlib import Path

import pytest

from tests.architecture.source import ROOMS, dotted, imports, modules

# What each room may import, besides itself. memory_ui is the ground: settings, locks, waking.
MAY_IMPORT: dict[str, set[str]] = {
    "memory_ui": set(),
    "memory_sdk": set(),
    "accounts": {"memory_ui"},
    "audit": {"memory_ui", "accounts"},
    "engine": {"memory_ui", "accounts"},
    "subjects": {"memory_ui", "memory_sdk", "accounts", "audit"},
    "schemas": {"memory_ui", "memory_sdk", "accounts", "audit", "subjects"},
    "privacy": {"memory_ui", "memory_sdk", "accounts", "audit", "subjects"},
}

# Inside an app: urls → views → tasks → verbs → models. What is not named here is a verb.
RANKS = {
    "roles": 0,
    "actions": 0,
    "models": 0,
    "documents": 0,
    "learning_tests": 0,
    "lists": 0,
    "messages": 0,
    "reappearances": 0,
    "exports": 0,
    "retention": 0,
    "orphans": 0,
    "tidies": 0,
    "run_hours": 0,
    "sync_state": 0,
    "tags": 0,
    "batches": 0,
    "erasures": 0,
    "deviations": 0,
    "distributions": 0,
    "shared_blocks": 0,
    "standings": 0,
    "rollouts": 0,
    "differences": 0,
    "migrations": 0,
    "tasks": 2,
    "forms": 2,
    "batch_forms": 2,
    "templatetags": 2,
    "views": 3,
    "api": 3,
    "problems": 2,
    "urls": 4,
    "rollout_urls": 4,
    "settings_urls": 4,
    "management": 4,
}
VERB = 1


# Where the whole is put together: what every page knows of the person who reads it; what the engine's callers did.
COMPOSITION = {"memory_ui.page", "memory_ui.api_record"}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_what_lies_below(room: str) -> None:
    wrong = [
        f"{dotted(path)} imports {name}"
        for path in modules(room)
        if dotted(path) not in COMPOSITION
        for name in imports(path)
        if (top := name.split(".")[0]) in ROOMS and top != room and top not in MAY_IMPORT[room]
    ]
    assert not wrong


def test_letta_client_is_imported_by_the_sdk_alone() -> None:
    rooms = [room for room in ROOMS if room != "memory_sdk"]
    wrong = [dotted(path) for path in modules(*rooms) if any(name.split(".")[0] == "letta_client" for name in imports(path))]
    assert not wrong


def test_the_sdk_is_plain_python() -> None:
    wrong = [dotted(path) for path in modules("memory_sdk") if any(name.split(".")[0] == "django" for name in imports(path))]
    assert not wrong


def test_the_pages_never_name_the_engine() -> None:
    """Which Letta answers is a setting; pages that knew better would work with one of them only."""
    wrong = [dotted(path) for path in modules("subjects", "schemas", "privacy") if _names_engine(path)]
    assert wrong == ["privacy.personal_fields"], "only the table of stored fields speaks of the engine's tables"


def _names_engine(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(sign in text for sign in ('"engine.', "'engine.", "import engine", "from engine"))


def _rank(name: str) -> int:
    parts = name.split(".")
    return RANKS.get(parts[1], VERB) if len(parts) > 1 else VERB


@pytest.mark.parametrize("app", ["accounts", "audit", "subjects", "schemas", "privacy"])
def test_inside_an_app_nothing_imports_what_lies_above(app: str) -> None:
    known = {dotted(path) for path in modules(app)}
    wrong = [
        f"{dotted(path)} imports {name}"
        for path in modules(app)
        for name in imports(path)
        if name in known and name != app and _rank(name) > _rank(dotted(path))
    ]
    assert not wrong
