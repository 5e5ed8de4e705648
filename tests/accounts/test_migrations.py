"""What an upgrade asks of the servers that still run."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import User

LATER = {"shows_receipts", "avatar"}
"""Columns that the first migration did not have."""


@pytest.mark.django_db
def test_an_older_server_registers_people_while_an_upgrade_goes_on(alice: User) -> None:
    theirs = dict.fromkeys(("username", "username_key", "email_key"), "'bob'")
    known = [field.column for field in User._meta.concrete_fields if field.column not in {"id", *LATER}]
    columns, values = ", ".join(known), ", ".join(theirs.get(column, column) for column in known)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO accounts_user ({columns}) SELECT {values} FROM accounts_user WHERE id = %s", [alice.pk])
    bob = User.objects.get(username_key="bob")
    assert (bob.shows_receipts, bob.avatar) == (True, "")
