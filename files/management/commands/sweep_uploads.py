"""`manage.py sweep_uploads`: give back the room of uploads that belong to nobody any more. Run it once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from files.services import sweep_uploads


class Command(BaseCommand):
    help = "Remove uploaded bytes older than a day that no file speaks of."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sweep_uploads()} removed")
