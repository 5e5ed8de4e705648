"""What cannot be understood in the environment is refused by name, in one line, and never guessed."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from config.environment import DATABASE_SCHEMES, Environment

ROOT = Path(__file__).resolve().parents[1]
env = Environment()

READ: list[tuple[Callable[[], Any], str, Any]] = [
    (lambda: env.text("V", "a"), "", "a"),
    (lambda: env.text("V", "a"), " $b ", " $b "),
    (lambda: env.flag("V", False), "1", True),
    (lambda: env.flag("V", True), "Off", False),
    (lambda: env.flag("V", True), "", True),
    (lambda: env.whole("V", 8), "0", 0),
    (lambda: env.whole("V", 8), "", 8),
    (lambda: env.number("V", 8), "0.5", 0.5),
    (lambda: env.parts("V", ["a"]), "b, c,", ["b", "c"]),
    (lambda: env.parts("V", ["a"]), "", ["a"]),
    (lambda: env.networks("V"), "10.0.0.0/8, 127.0.0.1,fd00::/8", ["10.0.0.0/8", "127.0.0.1", "fd00::/8"]),
    (lambda: env.choice("V", "any", ("any", "free")), "free", "free"),
    (lambda: env.zone("V", "UTC"), "Asia/Shanghai", "Asia/Shanghai"),
    (lambda: env.address("V", "", DATABASE_SCHEMES), "", ""),
    (lambda: env.address("V", "", DATABASE_SCHEMES), "postgres://u:p@h:5432/n", "postgres://u:p@h:5432/n"),
]
REFUSED: list[tuple[Callable[[], Any], str, str]] = [
    (lambda: env.flag("V", False), "maybe", "true"),
    (lambda: env.whole("V", 8), "x", "a whole number"),
    (lambda: env.whole("V", 8), "-1", "from 0 on"),
    (lambda: env.whole("V", 8), "1.5", "a whole number"),
    (lambda: env.whole("V", 8, most=65_535), "65536", "65535"),
    (lambda: env.number("V", 8), "nan", "a number"),
    (lambda: env.number("V", 8), "-0.1", "from 0 on"),
    (lambda: env.number("V", 8), "inf", "a number"),
    (lambda: env.networks("V"), "10.0.0.0/8,zz", "10.0.0.0/8"),
    (lambda: env.choice("V", "any", ("any", "free")), "none", "any, free"),
    (lambda: env.zone("V", "UTC"), "Mars/Olympus", "time zone"),
    (lambda: env.zone("V", "UTC"), "../etc/passwd", "time zone"),
    (lambda: env.log_level("V", "INFO"), "loud", "DEBUG"),
    (lambda: env.address("V", "", DATABASE_SCHEMES), "foo", "postgres://"),
    (lambda: env.address("V", "", DATABASE_SCHEMES), "mysql://u:secret@h/n", "sqlite://"),
]


def test_what_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    for read, given, value in READ:
        monkeypatch.setenv("V", given)
        assert read() == value, given


def test_what_is_not_understood_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for read, given, allowed in REFUSED:
        monkeypatch.setenv("V", given)
        with pytest.raises(ImproperlyConfigured) as refusal:
            read()
        said = str(refusal.value)
        assert said.startswith("V must be "), given
        assert allowed in said
        assert "secret" not in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"HTTPS": "maybe"},
        {"TRUSTED_PROXIES": "zz"},
        {"PORT": "abc"},
        {"LIMIT_FRAME_BYTES": "x"},
        {"DATABASE_URL": "foo"},
        {"SECRET_KEY": "", "DATABASE_URL": "postgres://somewhere/else"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_setting_is_said_in_one_line(wrong: dict[str, str], tmp_path: Path) -> None:
    manage = [sys.executable, "manage.py", "check"]
    done = subprocess.run(
        manage, cwd=ROOT, env={**os.environ, "DATA_DIR": str(tmp_path), **wrong}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(next(iter(wrong)))


def test_a_port_in_use_is_said_before_anything_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("went on")

    for name in ("make_server", "make_demo", "call_command"):
        monkeypatch.setattr(f"realtime.management.commands.serve.{name}", never)
    said = io.StringIO()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}.*PORT"):
            call_command("serve", host="127.0.0.1", port=port, prepare=True, stdout=said)
    assert said.getvalue() == ""
