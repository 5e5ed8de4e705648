"""Server and load generator on different cores, so that neither takes the other's time."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

_OURS = sorted(os.sched_getaffinity(0))
IS_PINNED = len(_OURS) > 1
SERVER_CORES = {_OURS[0]}
GENERATOR_CORES = {_OURS[-1]}


@contextmanager
def on_generators_core() -> Iterator[None]:
    """This process, and what it starts, on the last core. Everything is on one core if there is only one."""
    with _on(GENERATOR_CORES):
        yield


@contextmanager
def on_servers_core() -> Iterator[None]:
    """What is started inside runs on the first core, with all threads it will ever have."""
    with _on(SERVER_CORES):
        yield


@contextmanager
def _on(cores: set[int]) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_files(wanted: int) -> int:
    """Raise the number of open files, which children inherit, as far as allowed; how many sockets that bears."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if limit > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(limit, soft) - 200
