"""Compiles the translations without gettext's programs. Files that are up to date are left alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import polib
from django.core.management.base import BaseCommand
from django.utils.translation.reloader import translation_file_changed

LOCALE = Path(__file__).resolve().parents[3] / "locale"


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/*.po to .mo where the .po has changed."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for compiled in compile_stale():
            if options["verbosity"] > 1:
                self.stdout.write(f"compiled {compiled}")


def compile_stale(locale: Path = LOCALE) -> list[Path]:
    """Compile what changed since it was last compiled; the files written. This process sees the new words at once."""
    written = [_compile(source) for source in sorted(locale.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]
    if written:
        # Django keeps catalogues, the missing ones too, for as long as the process lives.
        translation_file_changed(sender=None, file_path=written[0])
    return written


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime_ns != source.stat().st_mtime_ns


def _compile(source: Path) -> Path:
    """Written aside and moved into place: another process may be reading."""
    target = source.with_suffix(".mo")
    # The file gets the time of what it was made from, so that an edit made meanwhile is noticed.
    stamp = source.stat().st_mtime_ns
    catalogue = polib.pofile(str(source))
    handle, aside = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(catalogue.to_binary())
    os.chmod(aside, 0o644)
    os.utime(aside, ns=(stamp, stamp))
    os.replace(aside, target)
    return target
