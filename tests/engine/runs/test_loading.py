"""What the llm learner needs is loaded whole, whatever other threads of a worker are loading."""

import os
import subprocess
import sys

from tests.conftest import ROOT

HALF_LOADED = """
import threading, time
from importlib.machinery import SourceFileLoader
import django, openai.resources.chat

def slow(loader, module, load=SourceFileLoader.exec_module):
    if module.__name__ == "httpx._api":
        half.set()
        time.sleep(1)
    load(loader, module)

half = threading.Event()
SourceFileLoader.exec_module = slow
django.setup()
threading.Thread(target=lambda: __import__("httpx")).start()
assert half.wait(10)
from engine.learners.llm import _client
_client("http://127.0.0.1:9/v1", "key")
"""


def test_what_another_thread_is_loading_is_waited_for() -> None:
    """openai takes httpx from the loaded modules as it finds it: runs failed in the first second of a worker."""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "memory_ui.settings"}
    done = subprocess.run([sys.executable, "-c", HALF_LOADED], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
