"""Plain statements, for what runs with every batch of messages or arrivals (docs/decisions/0006).

Values go in as parameters only, and every statement is the same on SQLite and PostgreSQL but for the locking clause.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

Row = tuple[Any, ...]
M = TypeVar("M", bound=Model)


def places(values: Collection[object]) -> str:
    """What stands between the brackets of `IN (...)`."""
    return ", ".join(["%s"] * len(values))


def value_rows(rows: Sequence[Row]) -> str:
    """What follows `VALUES`: as many rows of as many places."""
    one = f"({places(rows[0])})"
    return ", ".join([one] * len(rows))


def flat(rows: Sequence[Row]) -> list[Any]:
    """The parameters of `value_rows`."""
    return [value for row in rows for value in row]


def row_lock(of: str) -> str:
    """Lock the rows of that table against other writers. SQLite has one writer at a time anyway."""
    return f"FOR NO KEY UPDATE OF {of}" if connection.features.has_select_for_no_key_update else ""


def fetch(statement: str, parameters: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def fetch_models(model: type[M], columns: Sequence[str], statement: str, parameters: Sequence[Any]) -> list[M]:
    """Rows of one table as its models; what is not among `columns`, the order of the statement's, is deferred."""
    return [model.from_db(connection.alias, columns, row) for row in fetch(statement, parameters)]


def execute(statement: str, parameters: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
