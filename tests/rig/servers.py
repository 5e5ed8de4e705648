"""Real server processes for tests: `manage.py serve` or daphne, each with a fresh migrated database of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

from tests.rig.processes import Child, RigError, accepts, clean_environment, free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
ATTEMPTS = 3
Kind = Literal["serve", "daphne"]

NO_LIMITS = {
    "LIMIT_LOGINS_PER_MINUTE": "0",
    "LIMIT_CONNECTS_PER_MINUTE": "0",
    "LIMIT_MESSAGES_PER_SECOND": "0",
    "LIMIT_COMMANDS_PER_SECOND": "0",
}


@dataclass(frozen=True)
class Person:
    """Someone who registered and logged in on a server."""

    id: int
    username: str
    email: str
    token: str
    http: httpx.Client
    """Speaks with this person's token."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class Store:
    """One migrated database, DATA_DIR and Redis name space. Servers started beside each other share it."""

    def __init__(self, folder: Path, env: dict[str, str], database: str | None) -> None:
        self.folder, self.env, self.database = folder, env, database


class Server:
    """A running server. `url`, `ws_url`, `port`, `pid`, `log` (path), `data_dir`, `env`, `http`."""

    def __init__(self, store: Store, env: dict[str, str], kind: Kind) -> None:
        self.store = store
        self.data_dir = store.folder
        self.log = store.folder / f"{kind}-{secrets.token_hex(4)}.log"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._start(env, kind)
                break
            except RigError:
                # Somebody else may have taken the port.
                if attempt == ATTEMPTS or "in use" not in self.log.read_text(errors="replace"):
                    raise
        self._clients: list[httpx.Client] = []
        self.http = self.client()

    def _start(self, env: dict[str, str], kind: Kind) -> None:
        self.port = free_port()
        self.url, self.ws_url = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}"
        self.env = self.store.env | {"HOST": "127.0.0.1", "PORT": str(self.port), "PUBLIC_URL": self.url} | env
        commands = {
            "serve": ["manage.py", "serve"],
            "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), "config.asgi:application"],
        }
        self._command = [sys.executable, *commands[kind]]
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Again, after its end: on the same port, with the same data. It is not ready yet.

        Call it in the main thread: the kernel ends a child with the thread that began it.
        """
        self.child = Child(self._command, log=self.log, env=self.env, cwd=ROOT)

    def wait(self) -> None:
        """Until it is ready."""
        self.child.wait_until(lambda: accepts(self.port), f"a server on port {self.port}")

    @contextmanager
    def away(self, signum: int = signal.SIGKILL) -> Iterator[None]:
        """Ended within the block, and back after it."""
        self.child.stop(signum)
        try:
            yield
        finally:
            self.begin()
            self.wait()

    @property
    def pid(self) -> int:
        return self.child.pid

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """A client of its own for this server: no proxies, English words unless asked otherwise."""
        sent = {"Accept-Language": "en"} | headers
        if token:
            sent["Authorization"] = f"Bearer {token}"
        made = httpx.Client(base_url=self.url, headers=sent, trust_env=False, timeout=60)
        self._clients.append(made)
        return made

    def shell(self, code: str) -> str:
        """Run Python in this server's Django environment; what it printed."""
        return manage(self.env, "shell", "-v", "0", "-c", code)

    def register(self, name: str) -> Person:
        """A new person called `name` plus a suffix, so that tests can share one server."""
        username = f"{name}-{secrets.token_hex(4)}"
        email = f"{username}@example.com"
        answer = self.http.post("/auth/register", json={"username": username, "email": email, "password": PASSWORD})
        answer.raise_for_status()
        token = self.log_in(username)
        return Person(answer.json()["id"], username, email, token, self.client(token))

    def log_in(self, username: str, **more: Any) -> str:
        """One more login of somebody registered here: its token."""
        answer = self.http.post("/auth/login", json={"username": username, "password": PASSWORD, **more})
        answer.raise_for_status()
        token: str = answer.json()["access_token"]
        return token

    def stop(self) -> int:
        """End it as an operator would (SIGTERM); its exit status."""
        for client in self._clients:
            client.close()
        return self.child.stop()


def manage(env: dict[str, str], *arguments: str) -> str:
    """One management command in an environment; what it printed. RigError with its complaints if it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.returncode:
        raise RigError(f"manage.py {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Stores:
    """Makes stores. The database is migrated once per session and copied from then on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outside = os.environ.get("DATABASE_URL", "")
        if self.outside.startswith("sqlite"):
            self.outside = ""
        self._template: str | None = None

    def make(self) -> Store:
        name = f"server_{secrets.token_hex(6)}"
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        env = self._environment(folder, name)
        if self.outside:
            self._copy_outside(env, name)
            return Store(folder, env, name)
        if self._template is None:
            template = self.folder / "template"
            template.mkdir()
            manage(env | {"DATA_DIR": str(template)}, "migrate", "-v", "0")
            self._template = str(template / "matinee.sqlite3")
        shutil.copy(self._template, folder / "matinee.sqlite3")
        return Store(folder, env, None)

    def _environment(self, folder: Path, name: str) -> dict[str, str]:
        env = clean_environment() | NO_LIMITS
        env |= {"DATA_DIR": str(folder), "SECRET_KEY": "for tests only, " * 4, "DJANGO_SETTINGS_MODULE": "config.settings"}
        if os.environ.get("REDIS_URL"):
            # Database 1: the pytest process empties database 0, where its cache is.
            env |= {"REDIS_URL": _with_path(os.environ["REDIS_URL"], "1"), "REDIS_PREFIX": name}
        if self.outside:
            env |= {"DATABASE_URL": _with_path(self.outside, name), "DATABASE_POOL_SIZE": "8"}
        return env

    def _copy_outside(self, env: dict[str, str], name: str) -> None:
        if self._template is None:
            template = f"template_{secrets.token_hex(6)}"
            self._execute("CREATE DATABASE {}", template)
            manage(env | {"DATABASE_URL": _with_path(self.outside, template)}, "migrate", "-v", "0")
            self._template = template
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, self._template)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(_with_path(self.outside, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def drop(self, store: Store) -> None:
        if store.database:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", store.database)
        shutil.rmtree(store.folder, ignore_errors=True)

    def close(self) -> None:
        if self.outside and self._template:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


class Starter:
    """`start(**env)` gives a server with other settings; `beside=server` shares that one's database and Redis."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.servers: list[Server] = []
        self.made: list[Store] = []

    def __call__(self, *, kind: Kind = "serve", beside: Server | None = None, **env: str | int | float) -> Server:
        if beside is not None:
            store = beside.store
        else:
            store = self.stores.make()
            self.made.append(store)
        server = Server(store, {name: str(value) for name, value in env.items()}, kind)
        self.servers.append(server)
        return server

    def stop(self) -> None:
        for server in reversed(self.servers):
            server.stop()
        for store in self.made:
            self.stores.drop(store)


@contextmanager
def starting(stores: Stores) -> Iterator[Starter]:
    """Whatever is started inside the block is stopped after it."""
    starter = Starter(stores)
    try:
        yield starter
    finally:
        starter.stop()
