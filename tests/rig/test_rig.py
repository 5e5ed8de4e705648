"""The rig itself: what the other tests stand on."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.rig.processes import Child, RigError, accepts, clean_environment
from tests.rig.sockets import Socket, connect
from tests.rig.stores import Redis, postgres_programs, running_postgres


def test_redis_pauses_resumes_and_restarts(own_redis: Redis) -> None:
    assert own_redis._answers()
    first = own_redis.pid
    own_redis.pause()
    assert Path(f"/proc/{first}/stat").read_text().rsplit(")", 1)[1].split()[0] in "TRS"
    own_redis.resume()
    own_redis.child.wait_until(own_redis._answers, "Redis after its pause")
    own_redis.restart()
    assert own_redis._answers()
    assert own_redis.pid != first
    own_redis.stop()
    assert not accepts(own_redis.port)


@pytest.mark.embedded_only  # The outside half runs on such a server, which proves it.
def test_postgres_runs_and_leaves_nothing() -> None:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with running_postgres() as postgres, psycopg.connect(postgres.url) as connection:
        row = connection.execute("SELECT current_setting('max_connections')").fetchone()
        assert row == ("200",)
    assert not postgres.child.is_alive
    assert not accepts(postgres.port)
    assert not postgres.folder.exists()


def test_a_child_that_fails_is_reported_with_its_log(tmp_path: Path) -> None:
    child = Child([sys.executable, "-c", "print('why'); raise SystemExit(3)"], log=tmp_path / "log", env=clean_environment())
    with pytest.raises(RigError, match=r"ended with 3\nwhy"):
        child.wait_until(lambda: False, "a failing program")


KILLED_SESSION = """
import sys
from pathlib import Path
from tests.rig.processes import Child, clean_environment
child = Child(["sleep", "600"], log=Path(sys.argv[1]), env=clean_environment())
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_children_of_a_killed_session_end_with_it(tmp_path: Path) -> None:
    watcher = Child(["sleep", "600"], log=tmp_path / "watcher", env=clean_environment())
    session = subprocess.Popen(
        [sys.executable, "-c", KILLED_SESSION, str(tmp_path / "log")],
        cwd=Path(__file__).resolve().parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with session:
        assert session.stdout is not None
        pid = int(session.stdout.readline())
        # Only then has it asked the kernel for the signal.
        watcher.wait_until(lambda: _name(pid) == "sleep", "the child's own program")
        session.send_signal(signal.SIGKILL)
        session.wait()
    watcher.wait_until(lambda: not _runs(pid), "the end of the orphan", patience=20)
    watcher.stop()


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _runs(pid: int) -> bool:
    """A zombie nobody collects (a container without an init) does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_socket_keeps_what_was_not_asked_for() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send('{"type":"a","n":1}')
        await connection.send('{"type":"b","n":2}')
        await connection.send('{"type":"a","n":3}')
        await connection.recv()
        await connection.close(4501)

    async with serve(talk, "127.0.0.1", 0) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", "/ws/chat") as ws:
            await _speak(ws)


async def _speak(ws: Socket) -> None:
    assert (await ws.next("a", n=3))["n"] == 3
    await ws.silent(0.05, "c")
    with pytest.raises(AssertionError, match="not silent"):
        await ws.silent(0.05)
    assert (await ws.next("a"))["n"] == 1
    with pytest.raises(AssertionError, match="received instead"):
        await ws.next("c", within=0.05)
    assert (await ws.next())["n"] == 2
    await ws.silent(0.05)
    await ws.say({"type": "bye"})
    assert await ws.closed() == 4501
    await asyncio.sleep(0)
