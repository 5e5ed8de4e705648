"""The rig's fixtures: real servers, sockets, a Redis of one's own, a browser. tests/conftest.py loads this as a plugin."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.management.commands.compile_translations import compile_stale
from tests.rig.servers import Server, Starter, Stores, starting
from tests.rig.sockets import Socket, connect
from tests.rig.stores import Redis, redis_program, running_redis

# Before any test asks for a word: Django remembers a catalogue that is not there.
compile_stale()

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
IS_EMBEDDED = not os.environ.get("REDIS_URL") and os.environ.get("DATABASE_URL", "sqlite").startswith("sqlite")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

# Which tests run, and in what order -----------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the outside half does not run, and put the browser last: Playwright's loop stays on this thread."""
    if not IS_EMBEDDED:
        left_out = [item for item in items if _is_browser(item) or item.get_closest_marker("embedded_only")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=_is_browser)


def _is_browser(item: pytest.Item) -> bool:
    # A test of the runner collects one from elsewhere.
    root = item.config.rootpath
    return item.path.is_relative_to(root) and "browser" in item.path.relative_to(root).parts


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    """REQUIRE_ALL=1: a test that was skipped was not required to pass, so it counts as failed."""
    report: Any = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL=1: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report: Any = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL=1: {report.longrepr}"
    return report


# Servers --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server_stores() -> Iterator[Stores]:
    folder = Path(tempfile.mkdtemp(prefix="matinee-servers-"))
    stores = Stores(folder)
    yield stores
    stores.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def start_session_server(server_stores: Stores) -> Iterator[Starter]:
    """As `start_server`; its servers live until the session ends."""
    with starting(server_stores) as starter:
        yield starter


@pytest.fixture(scope="module")
def start_module_server(server_stores: Stores) -> Iterator[Starter]:
    """As `start_server`; its servers live until the module's tests are done."""
    with starting(server_stores) as starter:
        yield starter


@pytest.fixture
def start_server(server_stores: Stores) -> Iterator[Starter]:
    """`start_server(NAME=value, ...)` runs one more server, with these settings, until the test ends."""
    with starting(server_stores) as starter:
        yield starter


@pytest.fixture(scope="session")
def server(start_session_server: Starter) -> Server:
    """The server that tests share: `manage.py serve`, no limits on messages, connects and logins."""
    return start_session_server()


@pytest.fixture(scope="session")
def daphne_server(start_session_server: Starter) -> Server:
    """The same application on daphne."""
    return start_session_server(kind="daphne")


@pytest.fixture
async def open_socket() -> AsyncIterator[Callable[..., Awaitable[Socket]]]:
    """`await open_socket(server, "/ws/chat", token=...)`: a socket that is closed when the test ends."""
    opened: list[Socket] = []

    async def open_one(*args: Any, **kwargs: Any) -> Socket:
        opened.append(await connect(*args, **kwargs))
        return opened[-1]

    yield open_one
    for socket in opened:
        await socket.close()


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis for this test alone, which may pause, kill and restart it."""
    if redis_program() is None:
        pytest.skip("redis-server is not installed")
    with running_redis() as redis:
        yield redis


# Browser --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium_path() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("Chromium is not installed")


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium_path: str) -> dict[str, Any]:
    """For pytest-playwright: the system's Chromium, silent on the network."""
    # Playwright keeps a loop on this thread, which Django would take for an async context.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return {"executable_path": chromium_path, "args": CHROMIUM_ARGUMENTS, "timeout": 60_000}
