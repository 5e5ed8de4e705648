"""The README's five-minute walk works by copy and paste: its blocks are run as they stand, against a server of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.cast import prepare
from tests.rig.processes import Child, RigError, clean_environment

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Looks like the checkout: the README and a `.venv` with this very Python."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    (tmp_path / "README.md").write_text(README)
    return tmp_path


def blocks(server: Any) -> list[tuple[str, str]]:
    """The fenced blocks of the walk, (language, text), with this server's address."""
    walk = re.search(r"^## The API in five minutes\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    assert walk
    text = walk[1].replace("http://127.0.0.1:8000", server.url).replace("ws://127.0.0.1:8000", server.ws_url)
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def shell(script: str, folder: Path) -> str:
    """Run as one terminal would, ending at the first command that fails."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def answers(printed: str) -> list[Any]:
    """The JSON values curl printed one after the other."""

    def values() -> Iterator[Any]:
        rest = printed.strip()
        while rest:
            value, end = json.JSONDecoder().raw_decode(rest)
            yield value
            rest = rest[end:].lstrip()

    return list(values())


def test_the_five_minute_walk(start_server: Any, folder: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    server = start_server()
    prepare(server)
    found = blocks(server)
    languages = [language for language, _ in found]
    assert languages == ["sh", "sh", "sh", "sh", "python", "sh", "sh"]
    first, client, listening, other = found[:4], found[4][1], found[5][1], found[6][1]

    printed = shell("\n".join(text for _, text in first) + '\necho "[\\"$TOKEN\\", $FILM]"', folder)
    *said, (token, film) = answers(printed)
    registered = {answer.get("username") for answer in said if isinstance(answer, dict)}
    assert {"alice", "bob"} <= registered
    assert not [answer for answer in said if isinstance(answer, dict) and "detail" in answer]
    assert said[-1]["filename"] == "README.md"

    (folder / "chat.py").write_text(client)
    command = ["bash", "-c", f"TOKEN={token} FILM={film}\nexec {listening}"]
    chat = Child(command, log=folder / "chat.log", env=clean_environment(), cwd=folder)
    try:
        chat.wait_until(lambda: "alice Hello from Python" in chat.tail(), "alice's hello")
        [sent] = answers(shell(other, folder))
        assert sent["content"] == "Friday it is"
        chat.wait_until(lambda: "bob Friday it is" in chat.tail(), "bob's message")
    except RigError as error:
        error.add_note(server.log.read_text()[-3000:])
        raise
    finally:
        chat.stop()


def test_the_client_has_no_more_lines_than_promised() -> None:
    client = re.search(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert client
    assert len([line for line in client[1].splitlines() if line.strip()]) <= 15


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
)
def test_every_link_leads_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text()):
        if "://" not in target:
            assert os.path.exists(path.parent / target), target


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "docs/operating.md"):
        named = set(re.findall(r"(?:^|`|\s)make ([a-z-]+)(?=`|\s+#|$)", (ROOT / document).read_text(), re.MULTILINE))
        assert named <= targets, (document, named - targets)
