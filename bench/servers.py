"""What the benchmarks talk to: Matinee on SQLite or PostgreSQL, and the baselines. Everything ends with the workshop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil  # type: ignore[import-untyped]

from bench import cores
from bench.meter import BenchError
from tests.rig.processes import Child, RigError, accepts, clean_environment, free_port
from tests.rig.servers import ROOT, Store, Stores, starting
from tests.rig.stores import running_postgres

Engine = Literal["SQLite", "PostgreSQL"]
WS_VERSION = "8.23.0"
FAILURES = (BenchError, RigError, OSError, psutil.Error)
"""Why one measurement may fail while the others go on."""
BASELINES = Path(__file__).parent / "baselines"
UNLIMITED = {
    f"LIMIT_{name}": "0"
    for name in (
        "LOGINS_PER_MINUTE", "CONNECTS_PER_MINUTE", "MESSAGES_PER_SECOND", "SOCKETS_PER_ADDRESS", "SOCKETS_PER_USER"
    )
}  # fmt: skip


@dataclass(frozen=True)
class Running:
    """A server that accepts connections."""

    name: str
    port: int
    pid: int
    env: dict[str, str]

    def seed(self, *arguments: str | int) -> Any:
        """Put content into Matinee's database: see bench/seed.py."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.seed", *map(str, arguments)],
            cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        if done.returncode:
            raise BenchError(f"bench.seed {arguments} failed:\n{done.stderr}")
        return json.loads(done.stdout)


class Workshop:
    """A temporary folder with everything in it. Use `opened()`."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._stores: dict[Engine, Stores] = {}
        self._ws_home: Path | None = None

    @contextmanager
    def matinee(self, engine: Engine = "SQLite") -> Iterator[Running]:
        """A fresh server with an empty database, without limits, on the server's core."""
        with starting(self._stores_of(engine)) as start:
            with cores.on_servers_core():
                server = start(kind="serve", beside=None, **UNLIMITED)
            yield Running(f"Matinee, {engine}", server.port, server.pid, server.env)

    @contextmanager
    def tutorial(self, server: Literal["daphne", "uvicorn"]) -> Iterator[Running]:
        application = "bench.baselines.tutorial:application"
        options = {
            "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", application],
            "uvicorn": ["-m", "uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning",
                        "--lifespan", "off", application],
        }  # fmt: skip
        with self._baseline(f"tutorial Channels, {server}", [sys.executable, *options[server]]) as running:
            yield running

    @contextmanager
    def broadcast(self) -> Iterator[Running]:
        with self._baseline("websockets.broadcast", [sys.executable, "-m", "bench.baselines.broadcast", "{port}"]) as running:
            yield running

    @contextmanager
    def node_ws(self) -> Iterator[Running]:
        """BenchError where node or npm is missing, or ws cannot be had."""
        home = self._ws_home = self._ws_home or self._install_ws()
        with self._baseline("node ws", ["node", str(BASELINES / "ws.mjs"), "{port}"], WS_HOME=str(home)) as running:
            yield running

    @contextmanager
    def _baseline(self, name: str, command: list[str], **env: str) -> Iterator[Running]:
        port = free_port()
        log = self.folder / f"{port}.log"
        with cores.on_servers_core():
            child = Child([part.format(port=port) for part in command], log=log, env=clean_environment() | env, cwd=ROOT)
        try:
            child.wait_until(lambda: accepts(port), name)
            yield Running(name, port, child.pid, {})
        finally:
            child.stop(patience=5)

    def _install_ws(self) -> Path:
        if not (shutil.which("node") and shutil.which("npm")):
            raise BenchError("node and npm are not installed")
        home = self.folder / "node"
        home.mkdir()
        command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(
            [*command, "--prefix", str(home), f"ws@{WS_VERSION}"],
            cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        if done.returncode:
            shutil.rmtree(home)
            raise BenchError(f"npm could not install ws: {done.stderr.strip()[-300:]}")
        return home

    def _stores_of(self, engine: Engine) -> Stores:
        """The migrated template of an engine, made when first asked for. BenchError without PostgreSQL."""
        if engine not in self._stores:
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            stores = _Stores(folder, self._postgres() if engine == "PostgreSQL" else "")
            self._stack.callback(stores.close)
            self._stores[engine] = stores
        return self._stores[engine]

    def _postgres(self) -> str:
        try:
            return self._stack.enter_context(running_postgres(durable=True)).url_of("postgres")
        except RigError as error:
            raise BenchError(str(error)) from error


class _Stores(Stores):
    """Of the engine asked for, whatever DATABASE_URL says, and always with the in-memory layer."""

    def __init__(self, folder: Path, outside: str) -> None:
        super().__init__(folder)
        self.outside = outside

    def make(self) -> Store:
        kept = os.environ.pop("REDIS_URL", None)
        try:
            return super().make()
        finally:
            if kept is not None:
                os.environ["REDIS_URL"] = kept


@contextmanager
def opened() -> Iterator[Workshop]:
    """A workshop on the generator's core. Its servers, stores and files are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="matinee-bench-"))
    try:
        with cores.on_generators_core(), ExitStack() as stack:
            yield Workshop(folder, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
