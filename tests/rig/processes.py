"""Child processes that never outlive the session: ended by pid at its end, and by the kernel when it is killed."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PATIENCE = 60.0
"""Seconds to wait for a process to be ready: generous, because machines are slow at times."""


class RigError(Exception):
    """A process of the rig did not do what it should; the message holds the end of its log."""


class Child:
    """A running process with its log. `death_signal` is what the kernel sends it if this process dies."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
        user: str | None = None,
        death_signal: str = "KILL",
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*_wrapper(user, death_signal), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
            )
        _living.append(self)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def send(self, signum: int) -> None:
        self.process.send_signal(signum)

    def wait_until(self, ready: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Return once `ready()`; RigError if the process ends first or it takes longer than `patience` seconds."""
        deadline = time.monotonic() + patience
        while not ready():
            if not self.is_alive:
                raise RigError(f"{what}: the process ended with {self.process.returncode}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise RigError(f"{what}: not ready after {patience:.0f} s\n{self.tail()}")
            time.sleep(0.05)

    def stop(self, signum: int = signal.SIGTERM, patience: float = 20) -> int:
        """End it, kindly first. Its exit status."""
        if self.is_alive:
            self.send(signal.SIGCONT)
            self.send(signum)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self in _living:
            _living.remove(self)
        return self.process.returncode

    def tail(self, characters: int = 3000) -> str:
        return self.log.read_text(errors="replace")[-characters:]


_living: list[Child] = []


@atexit.register
def _stop_what_lives() -> None:
    for child in list(reversed(_living)):
        child.stop(patience=5)


def _wrapper(user: str | None, death_signal: str) -> list[str]:
    """setpriv changes user and asks the kernel for the death signal, without running Python between fork and exec."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if user:
            raise RigError("setpriv (util-linux) is needed to run a server as another user")
        return []
    as_user = [f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
    return [setpriv, *as_user, "--pdeathsig", death_signal, "--"]


def as_user(user: str | None, command: Sequence[str]) -> list[str]:
    """The command, run by `user` (None: by us)."""
    return [*_wrapper(user, "KILL"), *command] if user else list(command)


def free_port() -> int:
    """A loopback port nobody listens on, from below the range the kernel hands to outgoing connections."""
    for _ in range(200):
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RigError("no free port found")


def accepts(port: int) -> bool:
    """Does somebody accept connections there?"""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def clean_environment() -> dict[str, str]:
    """What a child inherits: where programs are, and nothing that could steer Matinee."""
    kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
    }
