"""The Python example of docs/clients.md runs as it stands; the browser's is tried in the browser."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from tests.clients.conftest import Phoenix
from tests.realtime.house import Person
from tests.rig.processes import Child, clean_environment
from tests.rig.servers import ROOT


def test_the_python_example(phoenix: Phoenix, alice: Person, bob: Person, tmp_path: Path) -> None:
    example = re.search(r"^```python\n(.*?)^```$", (ROOT / "docs/clients.md").read_text(), re.MULTILINE | re.DOTALL)
    assert example
    (tmp_path / "example.py").write_text(example[1])
    shutil.copy(ROOT / "clients/python/matinee_client.py", tmp_path)
    arguments = [phoenix.server.ws_url, alice.token, phoenix.house.place().room_id, bob.username]
    command = [sys.executable, "example.py", *arguments]
    running = Child(command, log=tmp_path / "log", env=clean_environment(), cwd=tmp_path)
    try:
        running.wait_until(lambda: "stored as number 1" in running.tail(), "the example stores a message")
        assert f"here: {alice.username}" in running.tail()
        bob.call(phoenix.server, "POST", "/messages/private", {"recipient": alice.username, "content": "Friday it is"})
        running.wait_until(lambda: f"{bob.username} Friday it is" in running.tail(), "the example hears bob")
        alice.call(phoenix.server, "POST", "/auth/logout")
        assert running.process.wait(60) == 0
        assert "over: 4501" in running.tail()
    finally:
        running.stop()
