"""`manage.py serve`: HTTP and sockets on one port, by uvicorn."""

from __future__ import annotations

import gc
import logging
import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from demo.services import DemoLogin, make_demo
from realtime.server import make_server


class Command(BaseCommand):
    help = "Serve HTTP and WebSockets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--prepare", action="store_true", help="migrate and make the demo content first")

    def handle(self, *args: Any, **options: Any) -> None:
        _require_free(options["host"], options["port"])
        if options["prepare"]:
            call_command("compile_translations", verbosity=0)
            call_command("migrate", verbosity=0, interactive=False)
            self._introduce(make_demo(), options["host"], options["port"])
        # uvicorn says where it runs; the rest of its talk is about every socket that comes and goes.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        # What is loaded now stays: the collector need not look at it again, with thousands of sockets to look at.
        gc.freeze()
        make_server(options["host"], options["port"]).run()

    def _introduce(self, logins: list[DemoLogin], host: str, port: int) -> None:
        self.stdout.write(f"\nMatinee: http://{host}:{port}")
        for login in logins:
            self.stdout.write(f"  {_role(login):<6} {login.username} / {login.email} / {login.password}")
        self.stdout.write("")
        self.stdout.flush()


def _require_free(host: str, port: int) -> None:
    """CommandError when nobody can listen there: said before anything is prepared or introduced."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            # As the server itself does: connections that ended a moment ago are no obstacle.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Stop what uses it, or choose another HOST or PORT."
        ) from error


def _role(login: DemoLogin) -> str:
    return "staff" if login.is_staff else "member"
