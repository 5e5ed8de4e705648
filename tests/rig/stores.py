"""Throw-away PostgreSQL and Redis on free loopback ports. Needs nothing but their programs; no Django in here."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rig.processes import Child, RigError, accepts, as_user, clean_environment, free_port

ATTEMPTS = 3
"""Another process may take a port between our look and the server's start."""


def redis_program() -> str | None:
    return shutil.which("redis-server")


def postgres_programs() -> Path | None:
    """The folder with initdb and postgres. Debian keeps it out of PATH."""
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).resolve().parent / "postgres").exists():
        return Path(on_path).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: _version(folder.parent.name))
    with_server = [folder for folder in folders if (folder / "postgres").exists()]
    return with_server[-1] if with_server else None


def _version(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return 0


class Redis:
    """A Redis of one's own: it can be paused, killed and started again on the same port, empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for attempt in range(1, ATTEMPTS + 1):
            self.port = free_port()
            try:
                self._start()
                return
            except RigError:
                if attempt == ATTEMPTS:
                    raise

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        return self.child.pid

    def _start(self) -> None:
        program = redis_program()
        if program is None:
            raise RigError("redis-server is not installed")
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": str(self.folder)}
        command = [program, *(part for name, value in options.items() for part in (f"--{name}", value))]
        self.child = Child(command, log=self.folder / "redis.log", env=clean_environment())
        self.child.wait_until(self._answers, "Redis")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
        except OSError:
            return False

    def pause(self) -> None:
        """Stop answering without closing anything, as a stalled machine does."""
        self.child.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.child.send(signal.SIGCONT)

    def stop(self) -> None:
        self.child.stop()

    def kill(self) -> None:
        self.child.stop(signal.SIGKILL)

    def start_again(self) -> None:
        """Empty, on the same port."""
        self._start()

    def restart(self) -> None:
        self.kill()
        self.start_again()


@contextmanager
def running_redis() -> Iterator[Redis]:
    folder = Path(tempfile.mkdtemp(prefix="matinee-redis-"))
    redis = None
    try:
        redis = Redis(folder)
        yield redis
    finally:
        if redis is not None:
            redis.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Postgres:
    """A cluster in `folder`, without durability unless asked for, open to everyone on this machine as `matinee`."""

    def __init__(self, folder: Path, programs: Path, *, durable: bool = False) -> None:
        self.folder, self.programs, self.durable = folder, programs, durable
        self.user = _unprivileged_user()
        if self.user:
            shutil.chown(folder, self.user)
        self._init()
        for attempt in range(1, ATTEMPTS + 1):
            self.port = free_port()
            try:
                self._start()
                return
            except RigError:
                if attempt == ATTEMPTS:
                    raise

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgres://matinee@127.0.0.1:{self.port}/{database}"

    def _init(self) -> None:
        options = ["-D", f"{self.folder}/data", "-U", "matinee", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        command = as_user(self.user, [str(self.programs / "initdb"), *options])
        done = subprocess.run(command, cwd=self.folder, env=clean_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RigError(f"initdb failed:\n{done.stdout}\n{done.stderr}")

    def _start(self) -> None:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self.programs / "postgres"), "-D", f"{self.folder}/data"]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self.folder / "postgres.log"
        # QUIT makes PostgreSQL end at once yet take its processes and shared memory along.
        self.child = Child(command, log=log, env=clean_environment(), cwd=self.folder, user=self.user, death_signal="QUIT")
        self.child.wait_until(self._answers, "PostgreSQL")

    def _answers(self) -> bool:
        return accepts(self.port) and "ready to accept connections" in self.child.tail()

    def stop(self) -> None:
        self.child.stop(signal.SIGQUIT)


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RigError("root cannot run PostgreSQL, and there is no user postgres or nobody")


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """`durable`: what was committed is on the disk, as on a real server. RigError where PostgreSQL is not installed."""
    programs = postgres_programs()
    if programs is None:
        raise RigError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="matinee-postgres-"))
    postgres = None
    try:
        postgres = Postgres(folder, programs, durable=durable)
        yield postgres
    finally:
        if postgres is not None:
            postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
