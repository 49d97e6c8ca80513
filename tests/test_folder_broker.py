"""The folder that is the broker: messages appear whole, are had once, and a broken one harms nobody."""

import threading
from collections import Counter
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from memory_ui.celery import app
from memory_ui.folder_broker import Channel


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    folders = {"data_folder_in": tmp_path / "m", "data_folder_out": tmp_path / "m", "control_folder": tmp_path / "c"}
    return {name: str(path) for name, path in folders.items()}


def channel(options: dict[str, Any]) -> Channel:
    found = Connection("filesystem://broker", transport_options=options).channel()
    assert isinstance(found, Channel)
    return found


def test_the_application_uses_it() -> None:
    with app.connection_for_write() as connection:
        assert isinstance(connection.channel(), Channel)


def test_a_message_is_had_once_and_by_its_own_queue(options: dict[str, Any]) -> None:
    one = channel(options)
    one._put("engine", {"n": 1})
    one._put("celery", {"n": 2})
    one._put("engine", {"n": 3})
    assert one._get("engine")["n"] in (1, 3)
    assert one._get("celery") == {"n": 2}
    assert one._get("engine")["n"] in (1, 3)
    for queue in ("engine", "celery"):
        with pytest.raises(Empty):
            one._get(queue)


def test_readers_beside_writers_get_every_message_once(options: dict[str, Any]) -> None:
    got: Counter[int] = Counter()
    done = threading.Event()
    faults: list[Exception] = []

    def write(first: int) -> None:
        own = channel(options)
        for number in range(first, first + 150):
            own._put("engine", {"n": number, "filling": "x" * 2000})

    def read() -> None:
        own = channel(options)
        while True:
            nothing_will_come = done.is_set()  # asked before looking: a message may come in between
            try:
                got[own._get("engine")["n"]] += 1
            except Empty:
                if nothing_will_come:
                    return
            except Exception as error:
                faults.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 150)]
    for thread in [*readers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert faults == []
    assert got == Counter(range(300))


def test_a_task_reaches_its_queue_however_little_is_known_of_it(options: dict[str, Any]) -> None:
    with Connection("filesystem://broker", transport_options=options) as connection:
        with connection.Producer() as producer:
            producer.publish({"n": 1}, exchange="engine", routing_key="engine")
        with connection.SimpleQueue("engine") as queue:
            assert queue.get(block=False).payload == {"n": 1}
    assert not list(Path(options["control_folder"]).glob("*")), "no bindings to keep in step between processes"


def test_a_broken_message_is_dropped_and_the_next_one_is_had(options: dict[str, Any]) -> None:
    one = channel(options)
    one._put("engine", {"n": 1})
    (Path(options["data_folder_in"]) / "0_cut.engine.msg").write_text("")
    assert one._get("engine") == {"n": 1}
    with pytest.raises(Empty):
        one._get("engine")


def test_a_folder_that_was_cleared_away_is_made_again(options: dict[str, Any]) -> None:
    one = channel(options)
    with pytest.raises(Empty):
        one._get("engine")
    Path(options["data_folder_in"]).rmdir()
    one._put("engine", {"n": 1})
    assert one._get("engine") == {"n": 1}
