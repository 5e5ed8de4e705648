from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.avatars import set_avatar
from accounts.events import LoginEnded
from accounts.models import Login, User
from core.bus import user_address
from tests.conftest import PASSWORD, make_user
from tests.pictures import picture, sent

pytestmark = pytest.mark.django_db
USERS, LOGINS = "/admin/accounts/user/", "/admin/accounts/login/"


@pytest.fixture
def office(staff: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(staff)
    assert client.get("/admin/").status_code == 200  # The session has its login from here on.
    return client


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def act(client: Client, path: str, action: str, *rows: Any, **more: str) -> Any:
    return client.post(path, {"action": action, "_selected_action": [str(row.pk) for row in rows], **more})


def test_signing_in_at_the_admin_begins_a_login(staff: User) -> None:
    client = Client()
    response = client.post("/admin/login/", {"username": "STAFF", "password": PASSWORD, "next": "/admin/"})
    assert response.status_code == 302
    assert Login.objects.get().kind == "session"
    services.log_out_everywhere(actor=staff)
    assert client.get("/admin/").status_code == 302


def test_only_staff_come_in(alice: User) -> None:
    client = Client()
    for path in (USERS, LOGINS, f"{USERS}add/", f"{USERS}{alice.pk}/change/", "/admin/password_change/"):
        assert client.get(path).status_code == 302
        client.force_login(alice)
        assert client.get(path).status_code == 302


def test_lists_ask_the_same_few_questions_for_many_rows(office: Client) -> None:
    for path in (USERS, LOGINS):
        queries_of(office, path)
    before = [queries_of(office, path) for path in (USERS, LOGINS)]
    for number in range(12):
        services.log_in(user=make_user(f"guest{number}"))
    assert [queries_of(office, path) for path in (USERS, LOGINS)] == before
    assert max(before) < 15


def test_every_page_opens(office: Client, alice: User) -> None:
    login = services.log_in(user=alice).login
    for path in (
        f"{USERS}?q=alice", f"{USERS}add/", f"{USERS}{alice.pk}/change/", f"{USERS}{alice.pk}/password/",
        f"{USERS}{alice.pk}/delete/", f"{USERS}{alice.pk}/history/", f"{LOGINS}?q=alice", f"{LOGINS}{login.pk}/change/",
        f"{LOGINS}{login.pk}/delete/", "/admin/password_change/",
    ):  # fmt: skip
        assert office.get(path).status_code == 200, path
    assert office.get(f"{LOGINS}add/").status_code == 403


def test_staff_add_people(office: Client) -> None:
    form = {
        "username": "Éva",
        "email": "eva@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "usable_password": "true",
    }
    assert office.post(f"{USERS}add/", form).status_code == 302
    added = User.objects.get(username_key="éva")
    assert added.check_password(PASSWORD)
    assert services.check_credentials(username="éva", password=PASSWORD, address="") == added
    for wrong in ({"username": "ÉVA", "email": "x@example.com"}, {"email": "EVA@example.com", "username": "other"}):
        assert office.post(f"{USERS}add/", {**form, **wrong}).status_code == 200
    assert office.post(f"{USERS}add/", {**form, "username": "_x", "email": "x@example.com"}).status_code == 200
    assert (
        office.post(f"{USERS}add/", {**form, "username": "x1", "email": "x@example.com", "password2": "y"}).status_code == 200
    )
    assert User.objects.count() == 2


def test_staff_change_people(office: Client, alice: User, captured_events: Callable[..., Any]) -> None:
    services.log_in(user=alice)
    form = {"username": "Alicia", "email": "new@example.com", "shows_presence": "on"}
    with captured_events() as events:
        assert office.post(f"{USERS}{alice.pk}/change/", form).status_code == 302
    alice.refresh_from_db()
    assert (alice.username, alice.username_key, alice.is_active) == ("Alicia", "alicia", False)
    assert (alice.shows_presence, alice.shows_receipts) == (True, False)
    assert (user_address(alice.pk), LoginEnded(user_id=alice.pk, login_ids=None)) in events
    assert not Login.objects.live().filter(user=alice).exists()


def test_staff_deactivate_and_activate(office: Client, alice: User, bob: User) -> None:
    for user in (alice, bob):
        services.log_in(user=user)
    act(office, USERS, "deactivate", alice, bob)
    assert not Login.objects.live().filter(user__in=[alice, bob]).exists()
    assert User.objects.filter(is_active=False).count() == 2
    act(office, USERS, "activate", alice)
    assert list(User.objects.filter(is_active=False)) == [bob]


def test_staff_delete_people(office: Client, alice: User, bob: User, captured_events: Callable[..., Any]) -> None:
    with captured_events() as events:
        act(office, USERS, "delete_selected", alice, post="yes")
        office.post(f"{USERS}{bob.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk__in=[alice.pk, bob.pk]).exists()
    for user_id in (alice.pk, bob.pk):
        assert (user_address(user_id), LoginEnded(user_id=user_id, login_ids=None)) in events


def test_staff_see_and_remove_a_picture(office: Client, alice: User) -> None:
    path = f"{USERS}{alice.pk}/change/"
    assert "/media/avatars/" not in office.get(path).content.decode()
    name = set_avatar(actor=alice, image=sent(picture())).avatar
    assert f'src="/media/avatars/{name}.webp"' in office.get(path).content.decode()
    act(office, USERS, "remove_avatars", alice)
    assert User.objects.get(pk=alice.pk).avatar == ""
    assert LogEntry.objects.get().change_message == "Picture removed"


def test_staff_set_a_password(office: Client, alice: User) -> None:
    services.log_in(user=alice)
    new = {"password1": "a much better one", "password2": "a much better one", "usable_password": "true"}
    assert office.post(f"{USERS}{alice.pk}/password/", {**new, "set-password": "1"}).status_code == 302
    assert services.check_credentials(username="alice", password="a much better one", address="") == alice
    assert not Login.objects.live().filter(user=alice).exists()


def test_ones_own_password_ends_ones_other_logins(office: Client, staff: User) -> None:
    other = services.log_in(user=staff).login
    new = {"old_password": PASSWORD, "new_password1": "a much better one", "new_password2": "a much better one"}
    assert office.post("/admin/password_change/", {**new, "old_password": "wrong"}).status_code == 200
    assert office.post("/admin/password_change/", new).status_code == 302
    assert office.get("/admin/").status_code == 200
    assert not Login.objects.live().filter(pk=other.pk).exists()


def test_staff_end_logins(office: Client, alice: User, captured_events: Callable[..., Any]) -> None:
    ended, deleted = services.log_in(user=alice).login, services.log_in(user=alice).login
    with captured_events() as events:
        act(office, LOGINS, "end", ended)
        act(office, LOGINS, "delete_selected", deleted, post="yes")
    assert [event.login_ids for _, event in events] == [[str(ended.pk)], [str(deleted.pk)]]
    assert not Login.objects.live().filter(user=alice).exists()
    assert list(Login.objects.filter(user=alice)) == [ended]


def test_staff_without_all_rights_gain_none(alice: User, staff: User) -> None:
    """A moderator may change people, but not give rights, nor touch a superuser."""
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = Client()
    client.force_login(alice)
    form = {"username": "alice", "email": "alice@example.com", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert client.post(f"{USERS}{alice.pk}/change/", form).status_code == 302
    assert not User.objects.get(pk=alice.pk).is_superuser
    set_avatar(actor=staff, image=sent(picture()))
    act(client, USERS, "remove_avatars", staff)
    act(client, USERS, "deactivate", staff)
    act(client, USERS, "delete_selected", staff, post="yes")
    new = {"password1": "a much better one", "password2": "a much better one", "usable_password": "true", "set-password": "1"}
    assert client.post(f"{USERS}{staff.pk}/password/", new).status_code == 403
    assert client.post(f"{USERS}{staff.pk}/change/", form).status_code == 403
    assert client.post(f"{USERS}{staff.pk}/delete/", {"post": "yes"}).status_code == 403
    unchanged = User.objects.get(pk=staff.pk)
    assert unchanged.is_active
    assert unchanged.avatar
    assert unchanged.check_password(PASSWORD)
