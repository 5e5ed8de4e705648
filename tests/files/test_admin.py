from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from files import services
from files.models import StoredFile
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/files/storedfile/"


@pytest.fixture
def desk(staff: Any) -> Client:
    """staff's browser, with a session that has begun."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff)
    client.get("/admin/")
    return client


def store(user: Any, filename: str = "notes.txt") -> StoredFile:
    return services.store(actor=user, content=ContentFile(b"x" * 2048), filename=filename, content_type="text/plain")


def test_staff_see_but_neither_open_nor_change(desk: Client, alice: Any) -> None:
    file = store(alice)
    listed = desk.get(LIST).content.decode()
    assert "notes.txt" in listed
    assert "2.0\xa0KB" in listed
    page = desk.get(f"{LIST}{file.pk}/change/")
    assert page.status_code == 200
    assert f"uploads/{file.pk}" not in page.content.decode()
    assert desk.get(f"{LIST}add/").status_code == 403
    assert desk.post(f"{LIST}{file.pk}/change/", {"filename": "x"}).status_code == 403


def test_staff_delete_through_the_service(desk: Client, alice: Any, django_capture_on_commit_callbacks: Any) -> None:
    files = [store(alice) for _ in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.post(f"{LIST}{files[0].pk}/delete/", {"post": "yes"}).status_code == 302
        chosen = {"action": "delete_selected", "post": "yes", "_selected_action": [file.pk for file in files[1:]]}
        assert desk.post(LIST, chosen).status_code == 302
    assert not StoredFile.objects.exists()
    assert default_storage.listdir("uploads")[1] == []


def test_the_list_costs_the_same_for_any_length(desk: Client) -> None:
    costs, people = [], 0
    for count in (3, 7):
        for _ in range(count):
            people += 1
            store(make_user(f"person{people}"))
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(LIST, {"q": "notes"})
        assert page.status_code == 200
        costs.append(len(queries))
    assert page.context["cl"].result_count == 10
    assert costs[0] == costs[1]
