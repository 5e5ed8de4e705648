"""The admin, page by page: who comes in, what staff may do there, and that lists cost the same however long they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.doors.rows import MAKE

pytestmark = pytest.mark.django_db

REGISTERED = list(admin.site._registry)
ADDED = {"group", "user", "genre", "movie", "sanction"}
"""What staff may make. Everything else comes into being by what people do."""
KEPT = {"message", "membership", "room", "sanction"}
"""What staff may not delete: it is taken out, expelled or lifted, and stays known."""


def name_of(model: type[Model]) -> str:
    return str(model._meta.model_name)


def page(model: type[Model], view: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{name_of(model)}_{view}", args=args)


def pages(model: type[Model]) -> Iterator[tuple[str, int]]:
    """Every page of a model and what a superuser gets there."""
    row = MAKE[model]()
    yield page(model, "changelist"), 200
    yield page(model, "add"), 200 if name_of(model) in ADDED else 403
    yield page(model, "change", row.pk), 200
    yield page(model, "history", row.pk), 200
    yield page(model, "delete", row.pk), 403 if name_of(model) in KEPT else 200


def client_of(user: User | None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        client.force_login(user)
    return client


def count_queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_every_table_of_the_admin_is_looked_at() -> None:
    assert set(MAKE) == set(REGISTERED)


def test_who_comes_in(staff: User, alice: User, bob: User) -> None:
    """Superusers; not staff without a right to it, nor plain people, nor anybody else."""
    bob.is_staff = True
    bob.save()
    clients = {None: client_of(None), "alice": client_of(alice), "bob": client_of(bob), "staff": client_of(staff)}
    wrong = []
    for path in (reverse("admin:index"), reverse("admin:password_change")):
        got = {who: client.get(path).status_code for who, client in clients.items()}
        if got != {None: 302, "alice": 302, "bob": 200, "staff": 200}:
            wrong.append((path, got))
    for model in REGISTERED:
        for path, status in pages(model):
            got = {who: client.get(path).status_code for who, client in clients.items()}
            if got != {None: 302, "alice": 302, "bob": 403, "staff": status}:
                wrong.append((path, got))
    assert not wrong, wrong


def test_who_may_not_come_in_is_sent_to_sign_in(staff: User, alice: User) -> None:
    for client in (client_of(None), client_of(alice)):
        for model in REGISTERED:
            path = page(model, "changelist")
            assert client.get(path).headers["Location"] == f"{reverse('admin:login')}?next={path}"


def test_nothing_is_done_for_who_may_not_come_in(staff: User, alice: User) -> None:
    for client in (client_of(None), client_of(alice)):
        for model in REGISTERED:
            row = MAKE[model]()
            before = list(model._base_manager.filter(pk=row.pk).values())
            client.post(page(model, "delete", row.pk), {"post": "yes"})
            selected = {"_selected_action": [str(row.pk)], "post": "yes"}
            for action in ("delete_selected", *(admin.site._registry[model].actions or ())):
                client.post(page(model, "changelist"), {"action": action, **selected})
            assert list(model._base_manager.filter(pk=row.pk).values()) == before != []


def test_lists_cost_the_same_for_12_rows_as_for_3(staff: User) -> None:
    client = client_of(staff)
    paths = {model: page(model, "changelist") for model in REGISTERED}

    def costs() -> dict[str, int]:
        for path in paths.values():
            client.get(path)  # What is asked once per process or session.
        return {name_of(model): count_queries(client, path) for model, path in paths.items()}

    for model in REGISTERED:
        for _ in range(3):
            MAKE[model]()
    few = costs()
    for model in REGISTERED:
        for _ in range(9):
            MAKE[model]()
    assert costs() == few
    assert max(few.values()) < 20
