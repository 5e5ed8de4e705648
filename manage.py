#!/usr/bin/env python
"""Django's command line for Matinee."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main(arguments: list[str]) -> None:
    """A wrong setting is said in one line; with --traceback, with all that led to it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        if "--traceback" in arguments:
            raise
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv)
