"""The whole proof: linters, types, contracts, pytest in the browser, then on SQLite and memory and on PostgreSQL and Redis.

On PostgreSQL and Redis it runs beside the others: much of their time is waiting. What is timed has the machine for itself.
Every step runs, also after a failure; what failed is listed before the last pytest, whose own summary ends the output.
`lint` runs only the first part, `fast` only the embedded pytest without slow and browser tests, and
`python -m scripts.test outside tests/messaging` only the second pytest, with whatever arguments for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from core.management.commands.compile_translations import compile_stale
from scripts.provide import provide
from tests.rig.processes import RigError
from tests.rig.stores import running_postgres, running_redis

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
PYTEST = [str(BIN / "pytest"), "-q", "--durations=10"]
BROWSER = "tests/browser"
TIMED = "tests/browser/test_sync.py"
EMBEDDED = "pytest on SQLite and the in-memory layer"
OUTSIDE = "pytest on PostgreSQL and Redis"
STEERING = (
    "DATABASE_", "REDIS_", "LIMIT_", "PRESENCE_", "S3_", "DATA_DIR", "SECRET_KEY", "DEBUG", "HTTPS", "HOST", "PORT",
    "PUBLIC_URL", "ALLOW", "TRUSTED_", "MEDIA_ORIGINS", "GUEST_NAMES", "EMAIL_URL", "DJANGO_", "PYTEST_ADDOPTS",
)  # fmt: skip
"""Variables of the caller's that would change what is tested."""


class Run:
    """The steps taken so far and which of them failed."""

    def __init__(self, data_dir: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
        self.env = kept | {"DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1"}
        self.failed: list[str] = []

    def step(self, name: str, command: Sequence[str], **env: str) -> bool:
        heading(name)
        started = time.monotonic()
        status = call(command, self.env | env)
        if status:
            self.failed.append(name)
        print(f"{'ok' if status == 0 else 'FAILED'}: {name} ({time.monotonic() - started:.0f} s)", flush=True)
        return status == 0

    def give_up(self, name: str, error: Exception) -> None:
        print(f"\n=== {name}\n{error}", flush=True)
        self.failed.append(name)

    def last_pytest(self, name: str, command: Sequence[str], **env: str) -> None:
        """Like a step, but pytest has the last word."""
        self._introduce_last(name)
        if call(command, self.env | env):
            self.failed.append(name)

    @contextmanager
    def last_pytest_beside(self, name: str, command: Sequence[str], **env: str) -> Iterator[None]:
        """Like `last_pytest`, while the block's steps run: its words come after theirs."""
        with tempfile.TemporaryFile() as said:
            process = start(command, self.env | env, output=said)
            try:
                yield
                process.wait()
            finally:
                end(process)
            self._introduce_last(name)
            said.seek(0)
            shutil.copyfileobj(said, sys.stdout.buffer)
            sys.stdout.flush()
        if process.returncode:
            self.failed.append(name)

    def _introduce_last(self, name: str) -> None:
        heading(name)
        if self.failed:
            print(f"So far these failed, and so will the whole run: {', '.join(self.failed)}", flush=True)


def heading(name: str) -> None:
    print(f"\n=== {name}", flush=True)


def start(command: Sequence[str], env: Mapping[str, str], output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait()


def call(command: Sequence[str], env: Mapping[str, str]) -> int:
    process = start(command, env)
    try:
        return process.wait()
    finally:
        end(process)


def lint(run: Run) -> None:
    manage = [sys.executable, "manage.py"]
    deployed = {
        "HTTPS": "1",
        "PUBLIC_URL": "https://matinee.example",
        "SECRET_KEY": "not-a-secret-but-long-and-varied-0123456789-abcdefghijklm",
    }
    run.step("ruff check", [str(BIN / "ruff"), "check", "."])
    run.step("ruff format", [str(BIN / "ruff"), "format", "--check", "."])
    run.step("mypy", [str(BIN / "mypy"), "."])
    run.step("imports go down only", [str(BIN / "lint-imports")])
    run.step("migrations are complete", [*manage, "makemigrations", "--check", "--dry-run"])
    run.step("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], **deployed)
    run.step("OpenAPI schema", [*manage, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull])


def whole(run: Run) -> None:
    absent = provide()
    outside_possible = not any(name.startswith(("Redis", "PostgreSQL")) for name in absent)
    for name in absent:
        print(f"Not here, so what needs it is skipped: {name}", flush=True)
    if absent and REQUIRE_ALL:
        run.failed.append(f"REQUIRE_ALL=1, but missing: {', '.join(absent)}")
    lint(run)
    if not outside_possible:
        print("\nThe half on PostgreSQL and Redis is skipped: see above.", flush=True)
        run.last_pytest(EMBEDDED, PYTEST)
        return
    run.step("pytest in three browsers at once", [*PYTEST, TIMED])
    with ExitStack() as stack:
        try:
            env = stack.enter_context(stores(run))
            stack.enter_context(run.last_pytest_beside(OUTSIDE, [*PYTEST, "-p", "no:cacheprovider"], **env))
        except RigError as error:
            run.give_up(OUTSIDE, error)
        run.step("pytest in the browser", [*PYTEST, BROWSER, f"--ignore={TIMED}"])
        run.step(EMBEDDED, [*PYTEST, f"--ignore={BROWSER}"])


def outside(run: Run, arguments: Sequence[str]) -> None:
    try:
        with stores(run) as env:
            run.last_pytest(OUTSIDE, [*PYTEST, *arguments], **env)
    except RigError as error:
        run.give_up(OUTSIDE, error)


@contextmanager
def stores(run: Run) -> Iterator[dict[str, str]]:
    """A PostgreSQL and a Redis, as the environment of what uses them. RigError when they do not start."""
    with running_redis() as redis, running_postgres() as postgres:
        yield {
            "DATA_DIR": run.env["DATA_DIR"] + "-outside",
            "DATABASE_URL": postgres.url_of("matinee"),
            "REDIS_URL": redis.url,
            "SECRET_KEY": "for tests only, " * 4,
            # Django makes and drops test databases on connections of its own, which a pool would hold.
            "DATABASE_POOL": "0",
        }


def fast(run: Run) -> None:
    run.last_pytest(
        "pytest, the embedded half without slow and browser tests", [*PYTEST, "-m", "not slow", f"--ignore={BROWSER}"]
    )


def end_on(signum: int, frame: FrameType | None) -> None:
    """SIGTERM unwinds like Ctrl-C, so that the throw-away servers stop."""
    raise SystemExit(128 + signum)


def main(part: str = "all", *arguments: str) -> int:
    signal.signal(signal.SIGTERM, end_on)
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="matinee-test-"))
    run = Run(folder / "data")
    try:
        compile_stale()
        if part == "outside":
            outside(run, arguments)
        else:
            {"all": whole, "lint": lint, "fast": fast}[part](run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if part == "lint":
        print(f"\n{time.monotonic() - started:.0f} s; failed: {', '.join(run.failed) or 'nothing'}")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
