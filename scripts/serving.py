"""A server with the demo's content, in a folder of its own, for scripts that look at the pages."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.rig.processes import Child, accepts, clean_environment, free_port
from tests.rig.servers import NO_LIMITS

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 300
"""Seconds that drawing the demo's films may take."""


@dataclass(frozen=True)
class Demo:
    """A running server: its address, the passwords of the demo's people, and its films."""

    url: str
    passwords: dict[str, str]
    films: list[int]

    @property
    def film(self) -> int:
        return self.films[0]


@contextmanager
def serving_demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="matinee-demo-"))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = clean_environment() | NO_LIMITS | {"DATA_DIR": str(folder), "PORT": str(port), "PUBLIC_URL": url}
    command = [sys.executable, "manage.py", "serve", "--prepare"]
    server = Child(command, log=folder / "server.log", env=env, cwd=ROOT)
    try:
        server.wait_until(lambda: accepts(port), f"a server on port {port}", patience=PATIENCE)
        people = json.loads((folder / "demo.json").read_text())
        films = [film["id"] for film in httpx.get(f"{url}/api/movies", trust_env=False).json()["movies"]]
        yield Demo(url, {person["username"]: person["password"] for person in people}, films)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
