from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from accounts import services as accounts
from accounts.models import Login, User
from core.clock import iso_ms, now
from core.errors import Invalid, NotFound
from devices import selectors, services
from devices.models import Device
from tests.assertions import TIME_MS, assert_error

pytestmark = pytest.mark.django_db
Api = Callable[..., Any]
PHONE = {"device_id": "phone-1", "device_name": "Alice's phone", "device_type": "mobile"}


def register(client: Any, **changes: object) -> Any:
    return client.post("/devices", {**PHONE, **changes}, format="json")


def test_registering_answers_the_device(api: Api, alice: User) -> None:
    answer = register(api(alice)).json()
    device = Device.objects.get()
    assert answer.items() >= {"id": device.pk, **PHONE}.items()
    assert TIME_MS.match(answer["registered_at"])
    assert device.user == alice


def test_registering_binds_the_login_that_asks(api: Api, alice: User) -> None:
    client, other = api(alice), api(alice)
    register(client)
    assert client.get("/devices").json()[0]["login_status"] is True
    other_device = register(other, device_id="laptop").json()
    assert other_device["login_status"] is True
    client.post("/auth/logout")
    listed = {item["device_id"]: item["login_status"] for item in other.get("/devices").json()}
    assert listed == {"phone-1": False, "laptop": True}


def test_registering_again_updates(api: Api, alice: User) -> None:
    client = api(alice)
    first = register(client).json()
    second = register(client, device_name="New name", device_type="tablet").json()
    assert second == {**first, "device_name": "New name", "device_type": "tablet", "last_seen": second["last_seen"]}
    assert len(client.get("/devices").json()) == 1


def test_ids_are_unique_per_person_only(api: Api, alice: User, bob: User) -> None:
    register(api(alice))
    register(api(bob), device_name="Bob's")
    assert [item["device_name"] for item in api(alice).get("/devices").json()] == ["Alice's phone"]
    assert [item["device_name"] for item in api(bob).get("/devices").json()] == ["Bob's"]


def test_the_list(api: Api, alice: User, django_assert_num_queries: Any) -> None:
    client = api(alice)
    assert client.get("/devices").json() == []
    for number in range(5):
        services.register_device(actor=alice, device_id=f"d{number}", device_name="x", device_type="tv")
    with django_assert_num_queries(2):  # The login, the list.
        items = client.get("/devices").json()
    assert [item["device_id"] for item in items] == [f"d{number}" for number in range(5)]
    fields = {"id", "device_id", "device_name", "device_type", "registered_at", "last_seen", "login_status"}
    assert all(set(item) == fields for item in items)
    assert all(item["last_seen"] == item["registered_at"] and item["login_status"] is False for item in items)


def test_last_seen_is_the_latest_use_of_any_login_there(api: Api, alice: User, bob: User) -> None:
    client = api(alice)
    services.register_device(actor=alice, device_id="tv", device_name="x", device_type="tv")
    moment = now() + timedelta(hours=1)
    for user, minutes in ((alice, 0), (alice, -10), (bob, 60)):
        login = accounts.log_in(user=user, device_id="tv").login
        Login.objects.filter(pk=login.pk).update(last_seen_at=moment + timedelta(minutes=minutes), revoked_at=now())
    (item,) = client.get("/devices").json()
    assert item["last_seen"] == iso_ms(moment)
    assert item["login_status"] is False
    Login.objects.update(last_seen_at=now() - timedelta(days=9))
    (item,) = client.get("/devices").json()
    assert item["last_seen"] == item["registered_at"]


def test_login_status_needs_a_live_login(api: Api, alice: User, bob: User) -> None:
    client = api(alice)
    services.register_device(actor=alice, device_id="tv", device_name="x", device_type="tv")
    accounts.log_in(user=bob, device_id="tv")
    assert client.get("/devices").json()[0]["login_status"] is False
    login = accounts.log_in(user=alice, device_id="tv").login
    assert client.get("/devices").json()[0]["login_status"] is True
    Login.objects.filter(pk=login.pk).update(expires_at=now() - timedelta(seconds=1))
    assert client.get("/devices").json()[0]["login_status"] is False


@pytest.mark.parametrize("device_id", ["设备 1", "a b", "%2e", "100%", "a?b#c", "x" * 128, "...", "a:b@c"])
def test_a_device_is_addressed_by_its_id(api: Api, alice: User, device_id: str) -> None:
    client, path = api(alice), f"/devices/{quote(device_id, safe='')}"
    assert register(client, device_id=device_id).status_code == 200
    assert client.get(path).json()["device_id"] == device_id
    assert client.patch(path, {"device_name": "New"}, format="json").json()["device_name"] == "New"
    assert client.get(f"{path}/").json()["device_type"] == "mobile"
    assert client.delete(path).json()["device_id"] == device_id


def test_deleting_a_device_signs_it_out_at_once(api: Api, alice: User, captured_events: Callable[..., Any]) -> None:
    phone, laptop = api(alice), api(alice)
    registered = register(phone).json()
    with captured_events() as events:
        answer = laptop.delete("/devices/phone-1")
    assert answer.status_code == 200
    assert answer.json().items() >= {**PHONE, "id": registered["id"], "login_status": False}.items()
    assert len(events) == 1
    assert_error(phone.get("/devices"), 401, "bad_token")
    assert laptop.get("/devices").json() == []
    assert_error(laptop.delete("/devices/phone-1"), 404, "not_found")


def test_others_devices_do_not_exist(api: Api, alice: User, bob: User) -> None:
    register(api(alice))
    client = api(bob)
    for method in ("get", "delete"):
        for name in ("phone-1", "unknown", "%00", "a" * 300):
            assert_error(getattr(client, method)(f"/devices/{name}"), 404, "not_found")
    assert_error(client.patch("/devices/phone-1", {"device_name": "x"}, format="json"), 404, "not_found")
    assert Device.objects.count() == 1
    assert_error(api().get("/devices"), 401, "not_authenticated")
    assert_error(api().post("/devices", PHONE, format="json"), 401, "not_authenticated")
    assert_error(api().delete("/devices/phone-1"), 401, "not_authenticated")


@pytest.mark.parametrize("field", ["device_id", "device_name", "device_type"])
def test_bad_fields_are_named(api: Api, alice: User, field: str) -> None:
    client = api(alice)
    for wrong in (None, "", "  ", 5, True, [], {}, "\x00", "x" * 129):
        assert_error(register(client, **{field: wrong}), 400, "invalid", field=field)
    without = {name: value for name, value in PHONE.items() if name != field}
    assert_error(client.post("/devices", without, format="json"), 400, "invalid", field=field)
    assert not Device.objects.exists()
    if field != "device_id":
        register(client)
        for wrong in (None, "", 5, "x" * 129):
            assert_error(client.patch("/devices/phone-1", {field: wrong}, format="json"), 400, "invalid", field=field)


def test_bodies(api: Api, alice: User) -> None:
    client = api(alice)
    assert_error(client.post("/devices", PHONE, format="multipart"), 415, "unsupported_media_type")
    assert_error(client.post("/devices", "[]", content_type="application/json"), 400, "invalid")
    for wrong in ("a/b", ".", ".."):
        assert_error(register(client, device_id=wrong), 400, "invalid", field="device_id")
    assert register(client, user=999, user_id=999, id=5, registered_at="2000-01-01T00:00:00Z").status_code == 200
    assert Device.objects.get().user == alice
    assert Device.objects.get().registered_at.year > 2000


def test_services_refuse_alike(alice: User, bob: User) -> None:
    services.register_device(actor=alice, device_id="tv", device_name="x", device_type="tv")
    for refused in (services.remove_device, services.update_device):
        with pytest.raises(NotFound):
            refused(actor=bob, device_id="tv")
    with pytest.raises(Invalid):
        services.update_device(actor=alice, device_id="tv", device_name="")
    assert [device.device_id for device in selectors.devices_of(alice)] == ["tv"]


@pytest.mark.django_db(transaction=True)
def test_registering_twice_at_the_same_instant_is_one_device(alice: User) -> None:
    together = threading.Barrier(4)
    answered: list[int] = []

    def run() -> None:
        try:
            together.wait(20)
            device = services.register_device(actor=alice, device_id="tv", device_name="x", device_type="tv")
            answered.append(device.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert answered == [Device.objects.get().pk] * 4


def test_the_admin(staff: User, alice: User) -> None:
    client = Client()
    client.force_login(staff)
    login = accounts.log_in(user=alice, device_id="tv").login
    devices = [
        services.register_device(actor=alice, device_id=name, device_name=name, device_type="tv") for name in ("tv", "phone")
    ]
    for path in ("", "?q=tv", f"{devices[0].pk}/change/", f"{devices[0].pk}/delete/"):
        assert client.get(f"/admin/devices/device/{path}").status_code == 200
    assert client.get("/admin/devices/device/add/").status_code == 403
    client.post(f"/admin/devices/device/{devices[0].pk}/delete/", {"post": "yes"})
    assert list(Device.objects.all()) == [devices[1]]
    assert not Login.objects.live().filter(pk=login.pk).exists()
    selected = {"action": "delete_selected", "_selected_action": [str(devices[1].pk)], "post": "yes"}
    client.post("/admin/devices/device/", selected)
    assert not Device.objects.exists()
