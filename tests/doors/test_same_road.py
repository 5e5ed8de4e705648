"""One noun, several doors, one function: by whichever door, the same rows change and the same is announced."""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import services as accounts
from accounts import tokens
from accounts.models import Login, User
from comments import services as comments
from devices import services as devices
from groups import services as groups
from groups.models import Membership
from messaging import services as messaging
from messaging.message_view import Posted
from movies import services as movies
from presence.rows import SocketRow
from presence.services import open_sockets, start_process
from realtime.chat import ChatConnection, _group_draft
from realtime.decoding import body_of, head_of
from realtime.identity import Identity, by_tokens
from realtime.writer import prepare_and_post
from rooms import services as rooms
from tests.doors.roads import Effects, effects_of
from tests.doors.worlds import World
from tests.movies.films import make_film

pytestmark = pytest.mark.django_db


def alike(*roads: Callable[[], Any]) -> Effects:
    """Every road does the same, and does something."""
    first, *others = [effects_of(road) for road in roads]
    assert first.rows
    for other in others:
        assert other.rows == first.rows
        assert other.events == first.events
    return first


def ask(client: APIClient, method: str, path: str, **body: Any) -> Callable[[], Any]:
    def road() -> None:
        response = getattr(client, method)(path, body or None, format="json")
        assert response.status_code == 200, response.content

    return road


def act(office: Client, path: str, action: str, pk: Any) -> Callable[[], Any]:
    """An action of an admin list, on one row."""

    def road() -> None:
        response = office.post(path, {"action": action, "_selected_action": [str(pk)], "post": "yes"})
        assert response.status_code == 302, response.content

    return road


def identity_of(user: User) -> Identity:
    (identity,) = by_tokens([accounts.log_in(user=user).access])
    assert isinstance(identity, Identity)
    return identity


def say(who: Identity, **frame: Any) -> Callable[[], Any]:
    """The frame as /ws/chat takes it: decoded, made a draft, and stored by the writer."""
    chat = ChatConnection.__new__(ChatConnection)
    chat.who, chat.id = who, "a socket"
    text = json.dumps({"type": "message", **frame})
    decoded: Any = body_of(text, head_of(text), door="chat", speaks_v2=False)

    def road() -> None:
        if decoded.group_id is not None:
            post: Any = functools.partial(_group_draft, who, decoded.group_id, chat._body(decoded))
        else:
            post = chat._private_draft(decoded)
        (answer,) = prepare_and_post([post])
        assert isinstance(answer, Posted), answer

    return road


# Messages: REST and the socket ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"client_id": "once", "message_type": "sticker", "content_type": "text/markdown"},
        {"content": "", "file_id": "file_id", "reply_to": "message_id"},
    ],
    ids=["plain", "labelled", "with a file and a reply"],
)
def test_a_private_message(more: dict[str, Any], world: World) -> None:
    body = {"recipient": "bob", "content": "hello", **{key: world.names.get(value, value) for key, value in more.items()}}
    did = alike(
        ask(world.clients["owner"], "post", "/messages/private", **body), say(identity_of(world.people["alice"]), **body)
    )
    alice, bob = world.people["alice"], world.people["bob"]
    assert [(address, name) for address, name, _ in did.events] == [
        (f"user.{bob.pk}", "MessagePosted"), (f"user.{alice.pk}", "MessagePosted"),
    ]  # fmt: skip


def test_a_first_private_message_makes_the_same_conversation(world: World) -> None:
    body = {"recipient": "someone", "content": "hello"}
    roads = (
        ask(world.clients["owner"], "post", "/messages/private", **body), say(identity_of(world.people["alice"]), **body)
    )  # fmt: skip
    rest, socket = map(effects_of, roads)
    assert rest.rows == socket.rows
    assert [event[:2] for event in rest.events] == [event[:2] for event in socket.events]


def test_a_group_message(world: World) -> None:
    body = {"content": "hello", "client_id": "once"}
    who = identity_of(world.people["bob"])
    path = f"/groups/{world.group.pk}/messages"
    did = alike(ask(world.clients["member"], "post", path, **body), say(who, group_id=world.group.pk, **body))
    assert [event[:2] for event in did.events] == [(f"conversation.{world.group.conversation_id}", "MessagePosted")]


def test_reading(world: World) -> None:
    conversation_id = world.group.conversation_id
    who = identity_of(world.people["bob"])
    alike(
        ask(world.clients["member"], "post", f"/conversations/{conversation_id}/read", seq=1),
        lambda: messaging.mark_read(actor=who.user, conversation_id=conversation_id, seq=1),
    )


def test_listing_is_receiving(world: World) -> None:
    who, message = identity_of(world.people["bob"]), world.message
    alike(
        ask(world.clients["member"], "get", "/messages/private/alice"),
        lambda: messaging.mark_delivered(user=who.user, conversation_id=message.conversation_id, seq=message.seq),
    )


def test_taking_a_message_out_of_a_room(world: World, office: Client) -> None:
    """Its sender takes it back, or staff take it out."""
    pk = world.names["room_message"]
    alike(ask(world.clients["owner"], "delete", f"/messages/{pk}"), act(office, "/admin/messaging/message/", "take_out", pk))


# Groups, people and devices: REST, pages and the admin ------------------------------------------------------------------
def test_putting_somebody_out_of_a_group(world: World, office: Client) -> None:
    group = world.group
    membership = Membership.objects.get(group=group, user=world.people["bob"])
    alike(
        ask(world.clients["owner"], "delete", f"/groups/{group.pk}/members/bob"),
        ask(world.clients["member"], "delete", f"/groups/{group.pk}/members/bob"),
        ask(world.clients["member"], "post", f"/groups/{group.pk}/leave"),
        lambda: groups.remove_member(actor=world.people["alice"], group_id=group.pk, username="bob"),
        act(office, "/admin/groups/membership/", "expel", membership.pk),
    )


def test_deactivating_a_person(world: World, office: Client) -> None:
    alice = world.people["alice"]
    path = "/admin/accounts/user/"
    form = {"username": alice.username, "email": alice.email, "shows_presence": "on", "shows_receipts": "on"}
    alike(
        lambda: accounts.deactivate(actor=world.people["staff"], user=User.objects.get(pk=alice.pk)),
        act(office, path, "deactivate", alice.pk),
        functools.partial(_fill_in, office, f"{path}{alice.pk}/change/", form),
    )


def test_ending_a_login(world: World, office: Client) -> None:
    made = accounts.log_in(user=world.people["alice"])
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {made.access}")
    page = Client()
    page.force_login(world.people["alice"])
    assert page.get("/settings").status_code == 200

    alike(
        ask(client, "post", "/auth/logout"),
        lambda: accounts.log_out(login=Login.objects.get(pk=made.login.pk)),
        act(office, "/admin/accounts/login/", "end", made.login.pk),
        functools.partial(_fill_in, page, f"/settings/logins/{made.login.pk}/end", {}),
    )
    assert tokens.authenticate(made.access)[0] == world.people["alice"], "every road was taken back"


def test_forgetting_a_device(world: World, office: Client) -> None:
    page = Client()
    page.force_login(world.people["alice"])
    assert page.get("/settings").status_code == 200

    did = alike(
        ask(world.clients["owner"], "delete", "/devices/phone"),
        lambda: devices.remove_device(actor=world.people["alice"], device_id="phone"),
        act(office, "/admin/devices/device/", "delete_selected", world.device.pk),
        functools.partial(_fill_in, page, "/settings/devices/end", {"device_id": "phone"}),
    )
    assert [name for _address, name, _event in did.events] == ["LoginEnded"]


def test_deleting_a_comment(world: World, office: Client) -> None:
    pk = world.names["comment_id"]
    comment = comments.Comment.objects.get(pk=pk)
    alike(
        ask(world.clients["member"], "delete", f"/api/movies/{world.film.pk}/comments/{pk}"),
        ask(world.clients["staff"], "delete", f"/api/movies/{world.film.pk}/comments/{pk}"),
        lambda: comments.delete_comment(actor=world.people["bob"], comment=comment),
        act(office, "/admin/comments/comment/", "delete_selected", pk),
    )


def test_deleting_a_file(world: World, office: Client) -> None:
    pk = world.names["file_id"]
    alike(
        ask(world.clients["owner"], "delete", f"/files/{pk}"), act(office, "/admin/files/storedfile/", "delete_selected", pk)
    )


# Films and rooms: services and the admin --------------------------------------------------------------------------------
def test_publishing_and_unpublishing(world: World, office: Client) -> None:
    hidden = make_film("Soon", published=False)
    staff = world.people["staff"]
    path = "/admin/movies/movie/"
    alike(lambda: movies.publish(actor=staff, movie=hidden), act(office, path, "publish", hidden.pk))
    alike(lambda: movies.unpublish(actor=staff, movie=world.film), act(office, path, "unpublish", world.film.pk))


@pytest.mark.parametrize("kind", ["mute", "ban"])
def test_muting_and_banning(kind: str, world: World, office: Client) -> None:
    """Of a person, of a guest by name or by address; in one room and everywhere."""
    staff = world.people["staff"]
    serve = rooms.ban if kind == "ban" else rooms.mute
    meant: list[dict[str, Any]] = [{"user": world.people["bob"]}, {"guest_name": "visitor"}, {"address": "198.51.100.7"}]
    for room in (None, world.room):
        for whom in meant:
            form = {name: getattr(value, "pk", value) for name, value in whom.items()} | {"kind": kind, "reason": "noise"}
            did = alike(
                functools.partial(serve, actor=staff, room=room, reason="noise", **whom),
                functools.partial(_fill_in, office, "/admin/rooms/sanction/add/", form | ({"room": room.pk} if room else {})),
            )
            assert "Sanctioned" in [name for _address, name, _event in did.events]


def _fill_in(office: Client, path: str, form: dict[str, Any]) -> None:
    response = office.post(path, form)
    assert response.status_code == 302, response.content


def test_lifting(world: World, office: Client) -> None:
    staff = world.people["staff"]
    ban = rooms.ban(actor=staff, user=world.people["bob"])
    alike(lambda: rooms.lift(actor=staff, sanction=ban), act(office, "/admin/rooms/sanction/", "lift", ban.pk))


# Parties: REST, services and the admin ----------------------------------------------------------------------------------
def test_sanctions_in_a_party(world: World, office: Client) -> None:
    staff, bob, path = world.clients["staff"], world.people["bob"], f"/api/rooms/{world.party.room_id}/sanctions"
    for kind in ("mute", "kick", "ban"):
        form = {"kind": kind, "room": world.party.pk, "user": bob.pk, "reason": "noise"}
        did = alike(
            ask(staff, "post", path, kind=kind, username="bob", reason="noise"),
            functools.partial(_fill_in, office, "/admin/rooms/sanction/add/", form),
        )
        announced = [name for _address, name, _event in did.events]
        assert announced == (["Sanctioned"] if kind == "mute" else ["Sanctioned", "RoleChanged"])


def test_lifting_in_a_party(world: World, office: Client) -> None:
    pk, path = world.muted.pk, f"/api/rooms/{world.party.room_id}/sanctions"
    alike(
        ask(world.clients["staff"], "delete", f"{path}/{pk}"),
        act(office, "/admin/rooms/sanction/", "lift", pk),
        act(office, "/admin/rooms/room/", "lift_sanctions", world.party.pk),
    )


def test_handing_a_party_over(world: World, office: Client) -> None:
    path = f"/api/rooms/{world.party.room_id}/members/bob"
    did = alike(
        ask(world.clients["staff"], "put", path, role="owner"),
        act(office, "/admin/rooms/room/", "hand_on", world.party.pk),
    )
    assert [name for _address, name, _event in did.events] == ["RoleChanged", "RoleChanged", "RoomChanged"]


def test_closing_a_party(world: World, office: Client) -> None:
    did = alike(
        ask(world.clients["staff"], "delete", f"/api/rooms/{world.party.room_id}"),
        act(office, "/admin/rooms/room/", "close", world.party.pk),
    )
    assert [name for _address, name, _event in did.events] == ["RoomClosed"]


def test_coming_to_a_party_by_rest_and_by_a_socket(world: World) -> None:
    """Both make the account a member; the socket is then there, too."""
    charlie, party = world.people["charlie"], world.party
    road = ask(world.clients["stranger"], "post", f"/api/rooms/{party.room_id}/entries", password="sesame")
    (made,) = [row for row in effects_of(road).rows if row[0] == "rooms.RoomRole"]

    def by_socket() -> None:
        process, socket_id = start_process(), uuid.uuid4()
        open_sockets(process_id=process.pk, rows=[SocketRow(id=socket_id, user_id=charlie.pk, door="chat")])
        proof = rooms.prove_password(room_id=party.room_id, password="sesame", user_id=charlie.pk)
        rooms.enter(
            room_id=party.room_id, socket_id=socket_id, door="chat", user_id=charlie.pk, username="charlie", proof=proof
        )  # fmt: skip

    assert [row for row in effects_of(by_socket).rows if row[0] == "rooms.RoomRole"] == [made]
