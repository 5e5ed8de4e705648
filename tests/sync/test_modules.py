"""The browser's part of watching together, by node's own test runner: each file beside this one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent

pytestmark = pytest.mark.embedded_only


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.js")))
def test_module(name: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run(
        [node, "--test-reporter=tap", name], cwd=HERE, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
