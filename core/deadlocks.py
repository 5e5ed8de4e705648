"""Deadlocks: PostgreSQL ends one of two transactions that wait for each other. The other goes on, so trying again succeeds."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError

P = ParamSpec("P")
R = TypeVar("R")
LOST = {"40P01", "40001"}
"""SQLSTATEs: a deadlock, and two transactions that cannot be put in an order."""


def tried_again(function: Callable[P, R]) -> Callable[P, R]:
    """Run once more when the database sacrificed it. For functions that are one transaction and nothing beside it."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in LOST:
                raise
        return function(*args, **kwargs)

    return call
