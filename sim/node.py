"""The browser's own modules, run by node: worlds go in, figures come out."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WORLDS = Path(__file__).with_name("worlds.mjs")
Answer = Callable[[dict[str, Any]], dict[str, Any]]


class SimError(Exception):
    """node is not there, or ended."""


class Worlds:
    """One process for any number of worlds, one after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, settings: dict[str, Any], answer: Answer) -> dict[str, float | None]:
        """The figures of a world whose server is `answer`. SimError if node ends before."""
        self._say(settings)
        while True:
            heard = self._hear()
            if "figures" in heard:
                figures: dict[str, float | None] = heard["figures"]
                return figures
            self._say(answer(heard["question"]))

    def _say(self, line: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SimError(f"node ended with {self._process.wait()}")
        heard: dict[str, Any] = json.loads(line)
        return heard


@contextmanager
def worlds() -> Iterator[Worlds]:
    program = shutil.which("node")
    if program is None:
        raise SimError("node is not installed (Debian: apt install nodejs)")
    with subprocess.Popen([program, str(WORLDS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Worlds(process)
        finally:
            process.kill()
