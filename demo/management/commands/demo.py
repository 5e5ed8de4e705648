"""`manage.py demo`: demo films, people and talk, made once; prints whom to sign in as."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import ApiError
from demo.films import SMALL, Look
from demo.services import make_demo


class Command(BaseCommand):
    help = "Make the demo films, people and talk, unless they are there, and print whom to sign in as."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="also on a database that is not the embedded one")
        parser.add_argument("--small", action="store_true", help="films of a few seconds, in about a second")

    def handle(self, *args: Any, force: bool, small: bool, **options: Any) -> None:
        try:
            people = make_demo(force=force, look=SMALL if small else Look())
        except ApiError as error:
            raise CommandError(str(error.detail)) from error
        for person in people:
            self.stdout.write(f"{'staff' if person.is_staff else 'user'}: {person.username}  password: {person.password}")
