"""Gets the programs that the whole test suite needs: Redis, PostgreSQL, nginx, Chromium. No system service is started.

As root on Debian or Ubuntu what is missing comes from apt; otherwise nothing is touched. `missing()` says what is not there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.front import nginx_program
from tests.rig.stores import postgres_programs, redis_program

ATTEMPTS = 3
POLICY = Path("/usr/sbin/policy-rc.d")


def _has_chinese_font() -> bool:
    return any(Path("/usr/share/fonts").rglob("NotoSans*CJK*"))


NEEDED: dict[str, tuple[Callable[[], object], list[str]]] = {
    "Redis (redis-server)": (redis_program, ["redis-server"]),
    "PostgreSQL (initdb, postgres)": (postgres_programs, ["postgresql"]),
    "curl": (lambda: shutil.which("curl"), ["curl"]),
    "nginx": (nginx_program, ["nginx"]),
    "Chromium": (lambda: shutil.which("chromium"), ["chromium"]),
    "a Chinese font (Noto CJK)": (_has_chinese_font, ["fonts-noto-cjk"]),
}


def missing() -> list[str]:
    """What the suite would like to have and does not find."""
    return [name for name, (is_there, _) in NEEDED.items() if not is_there()]


def provide() -> list[str]:
    """Install what is missing if that is possible here; what is still missing."""
    absent = missing()
    if not absent:
        return []
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return absent
    packages = [package for name in absent for package in NEEDED[name][1]]
    print(f"Installing with apt: {' '.join(packages)}", flush=True)
    with _no_services_started():
        installed = _tried(["apt-get", "update"]) and _tried(
            ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        )
    if not installed:
        print("apt could not install them.", flush=True)
    return missing()


def _tried(command: list[str]) -> bool:
    env = os.environ | {
        "DEBIAN_FRONTEND": "noninteractive",
        "NEEDRESTART_MODE": "l",
        "UCF_FORCE_CONFFOLD": "1",
        "RUNLEVEL": "1",
    }
    command = [*command, "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    for attempt in range(1, ATTEMPTS + 1):
        if subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False).returncode == 0:
            return True
        print(f"{' '.join(command[:2])} failed, attempt {attempt} of {ATTEMPTS}", flush=True)
        time.sleep(5 * attempt)
    return False


@contextmanager
def _no_services_started() -> Iterator[None]:
    """Debian starts a service as it is installed, unless this policy says no. What was there before comes back."""
    kept = POLICY.with_name("policy-rc.d.kept-by-matinee")
    if POLICY.exists():
        POLICY.rename(kept)
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
        if kept.exists():
            kept.rename(POLICY)
