"""The house rules that no linter knows: the menu, the pins, the runner, words that must not be in the repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import psutil
import pytest

from scripts import provide as provide_module
from scripts.test import Run

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {".venv", "node_modules", "data", ".git", "__pycache__", ".mypy_cache", ".ruff_cache"}


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def files(*patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in ROOT.rglob(pattern)]
    return [path for path in found if path.is_file() and not OUTSIDE & set(path.relative_to(ROOT).parts)]


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    found = [re.match(r"([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


# The menu -------------------------------------------------------------------------------------------------------------


def test_make_alone_lists_the_targets() -> None:
    shown = make().stdout
    for target in ("run", "test", "test-fast", "lint", "requirements"):
        assert re.search(rf"^  make {target} +\w", shown, re.MULTILINE), shown


def test_a_missing_python_is_explained(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    done = make(f"VENV={venv}", "PYTHON=no-such-python", f"{venv}/bin/python")
    assert done.returncode != 0
    assert "Matinee needs Python 3.11 or newer: no-such-python is not installed" in done.stdout


def test_an_old_python_is_explained(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = make(f"VENV={tmp_path / 'venv'}", f"PYTHON={old}", f"{tmp_path / 'venv'}/bin/python")
    assert done.returncode != 0
    assert f"{old} is Python 3.9.2" in done.stdout


def test_the_whole_proof_requires_all() -> None:
    text = (ROOT / ".ci/run").read_text()
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert text.startswith("#!/usr/bin/env bash")
    for line in ("set -euo pipefail", "export REQUIRE_ALL=1", "make test"):
        assert line in text


# Pins -----------------------------------------------------------------------------------------------------------------


def test_everything_is_pinned_and_both_lists_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert runtime.items() <= development.items()
    for wanted, pinned in ((project["dependencies"], runtime), (project["optional-dependencies"]["dev"], development)):
        names = {re.split(r"[\[~<>=]", requirement)[0].lower() for requirement in wanted}
        assert names <= set(pinned)


def test_pins_name_no_place() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert not re.search(r"^--|://|^-e|^/| @ ", text, re.MULTILINE), name
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert set(lock["packages"]) == {"", "node_modules/hls.js", "node_modules/qrcode-generator", "node_modules/axe-core"}
    assert lock["packages"]["node_modules/axe-core"]["dev"], "what only tests use is not part of `make run`"


# Words that must not be -----------------------------------------------------------------------------------------------


def test_text_of_people_is_never_put_in_as_html() -> None:
    forbidden = re.compile(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTML\w*|srcdoc|document\.write|eval\()"
        r"|\|\s*safe\b|\bmark_safe\(|autoescape off"
    )
    pages = [path for path in files("*.js", "*.html", "*.py") if "tests" not in path.relative_to(ROOT).parts]
    assert pages
    assert [str(path) for path in pages if forbidden.search(path.read_text())] == []


def test_no_signals_and_no_second_writer() -> None:
    """Only services write and announce: nothing happens behind their back when a row is saved."""
    forbidden = re.compile(r"\b(post_save|pre_save|post_delete|pre_delete|m2m_changed)\b")
    code = [path for path in files("*.py") if path.relative_to(ROOT).parts[0] not in ("tests", "scripts")]
    assert [str(path) for path in code if forbidden.search(path.read_text())] == []


def test_no_path_of_a_machine() -> None:
    forbidden = re.compile(r"/(?:root|work|home/\w+)/")
    text = [path for path in files("*.py", "*.md", "*.toml", "*.txt", "*.json", "*.js", "*.html", "*.po", "Makefile", "run")]
    assert [str(path) for path in text if path.name != "test_house.py" and forbidden.search(path.read_text())] == []


# The runner -----------------------------------------------------------------------------------------------------------


def test_every_step_runs_and_failures_are_listed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = Run(tmp_path)
    assert not run.step("first", [sys.executable, "-c", "raise SystemExit(3)"])
    assert run.step("second", [sys.executable, "-c", "print('second ran')"])
    run.last_pytest("third", [sys.executable, "-c", "print('1 passed')"])
    assert run.failed == ["first"]
    shown = capfd.readouterr().out
    assert "FAILED: first" in shown
    assert "ok: second" in shown
    assert shown.index("so will the whole run: first") < shown.index("1 passed")
    assert shown.rstrip().endswith("1 passed")


def test_what_runs_beside_others_speaks_after_them_and_ends_with_them(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run, pid = Run(tmp_path), tmp_path / "pid"
    with run.last_pytest_beside("beside", [sys.executable, "-c", "print('1 failed'); raise SystemExit(1)"]):
        run.step("first", [sys.executable, "-c", "print('first ran')"])
    assert run.failed == ["beside"]
    shown = capfd.readouterr().out
    assert shown.index("first ran") < shown.index("=== beside") < shown.index("1 failed")
    waits = f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(600)"

    def interrupted() -> None:
        with run.last_pytest_beside("beside", [sys.executable, "-c", waits]):
            while not (pid.exists() and pid.read_text()):
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not psutil.pid_exists(int(pid.read_text()))


def test_the_callers_settings_do_not_steer_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/precious")
    monkeypatch.setenv("LIMIT_BODY_BYTES", "1")
    monkeypatch.setenv("REQUIRE_ALL", "1")
    env = Run(tmp_path).env
    assert "DATABASE_URL" not in env
    assert "LIMIT_BODY_BYTES" not in env
    assert env["REQUIRE_ALL"] == "1"
    assert env["DATA_DIR"] == str(tmp_path)


SKIPPING = "import pytest\n@pytest.mark.skip(reason='no such thing here')\ndef test_skipped(): pass\n"


@pytest.mark.embedded_only  # Once is enough.
def test_require_all_turns_a_skip_into_a_failure(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.rig.fixtures", str(tmp_path)]
    env = os.environ | {"REQUIRE_ALL": "1", "DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [*command, "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "skipped although REQUIRE_ALL=1" in done.stdout
    assert "no such thing here" in done.stdout


def test_without_root_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(command: list[str]) -> bool:
        raise AssertionError(command)

    monkeypatch.setattr(provide_module, "NEEDED", {"A": (lambda: None, ["a"]), "B": (lambda: "/usr/bin/b", ["b"])})
    monkeypatch.setattr(provide_module, "_tried", never)
    monkeypatch.setattr(provide_module.os, "geteuid", lambda: 1000)
    assert provide_module.provide() == ["A"]
