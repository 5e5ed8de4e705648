"""Who may do what, as two tables: every route with every method, and every frame at every door.

A row reads from left to right: an operation, its object, and what each role gets. Objects are alice's unless said otherwise;
bob takes part in what she has, charlie knows nothing of it. test_permissions.py runs every cell, and fails when the project
has a route or a frame that these tables lack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Roles = Mapping[str, Any]

REST_ROLES = ("nobody", "ended", "stranger", "member", "owner", "staff")
"""`nobody` brings no token, `ended` the token of a login that has ended; staff are no part of anything here."""
FRAME_ROLES = ("nobody", "guest", "stranger", "member", "owner", "staff")
"""`nobody` has neither token nor name, a guest has a name."""

SECRET = "between us"
"""What alice and bob alone may read: in their messages, group, devices, files."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One operation over HTTP. `route` is as URL configurations spell it; `at` puts other objects into its places.

    `body` may name objects of the world in braces. `upload`: a form with a file and a picture. `read_by`: whose answer holds
    SECRET.
    """

    method: str
    route: str
    gives: Roles
    body: dict[str, Any] | None = None
    at: Mapping[str, str] = field(default_factory=dict)
    read_by: tuple[str, ...] = ()
    upload: bool = False

    def __str__(self) -> str:
        objects = "".join(f" {name}={value}" for name, value in self.at.items())
        return f"{self.method} {self.route}{objects}"


@dataclass(frozen=True, kw_only=True)
class Said:
    """One frame at one door. `gives` is "ok" or the slug of the error; `anew`: on a socket of its own."""

    door: str
    type: str
    gives: Roles
    body: Mapping[str, Any] = field(default_factory=dict)
    anew: bool = False

    def __str__(self) -> str:
        keys = ",".join(self.body)
        return f"{self.door} {self.type} {keys}".rstrip()


def rest(*each: int) -> Roles:
    return dict(zip(REST_ROLES, each, strict=True))


def frames(*each: str) -> Roles:
    return dict(zip(FRAME_ROLES, each, strict=True))


PUBLIC = rest(200, 200, 200, 200, 200, 200)
SIGNED_IN = rest(401, 401, 200, 200, 200, 200)
PARTICIPANTS = rest(401, 401, 404, 200, 200, 404)
OWN = rest(401, 401, 404, 404, 200, 404)
NOT_THERE = rest(404, 404, 404, 404, 404, 404)
STAFF_ONLY = rest(401, 401, 403, 403, 403, 200)
HOSTS = rest(401, 401, 403, 403, 200, 200)
INSIDE = rest(403, 403, 403, 200, 200, 403)
HIDDEN = {"movie_id": "hidden_film"}
PARTY = {"room_id": "party_id"}

NEW = {"username": "newcomer", "email": "newcomer@example.com", "password": "correct horse battery"}
PASSWORDS = {"old_password": "correct horse battery", "new_password": "another horse battery"}
MESSAGE = {"content": "hello"}
MUTE = {"kind": "mute", "guest_name": "visitor"}
PROFILE = {"username": "renamed", "email": "renamed@example.com"}
DEVICE = {"device_id": "tablet", "device_name": "Tablet", "device_type": "tablet"}

REST: tuple[Call, ...] = (
    # Accounts. Registration and login ignore whatever token comes with them.
    Call(method="POST", route="api/register", body=NEW, gives=PUBLIC),
    Call(method="POST", route="api/login", body={"email": "bob@example.com", "password": NEW["password"]}, gives=PUBLIC),
    Call(method="GET", route="api/user", gives=SIGNED_IN),
    Call(method="PUT", route="api/user", body=PROFILE, gives=SIGNED_IN),
    Call(method="PATCH", route="api/user", body={"shows_presence": False}, gives=SIGNED_IN),
    Call(method="PUT", route="api/user/avatar", upload=True, gives=SIGNED_IN),
    Call(method="DELETE", route="api/user/avatar", gives=SIGNED_IN),
    Call(method="GET", route="api/avatars", gives=PUBLIC),
    Call(method="GET", route="api/blocks", gives=SIGNED_IN),
    Call(method="POST", route="api/blocks", body={"username": "someone"}, gives=SIGNED_IN),
    Call(method="DELETE", route="api/blocks/<str:username>", at={"username": "blocked"}, gives=OWN),
    Call(method="POST", route="auth/register", body=NEW, gives=PUBLIC),
    Call(method="POST", route="auth/login", body={"username": "bob", "password": NEW["password"]}, gives=PUBLIC),
    Call(method="POST", route="auth/refresh", body={"refresh_token": "{refresh}"}, gives=PUBLIC),
    Call(method="POST", route="auth/logout", gives=SIGNED_IN),
    Call(method="POST", route="auth/logout-everywhere", gives=SIGNED_IN),
    Call(method="POST", route="auth/password", body=PASSWORDS, gives=SIGNED_IN),
    # Devices and files.
    Call(method="GET", route="devices", gives=SIGNED_IN, read_by=("owner",)),
    Call(method="POST", route="devices", body=DEVICE, gives=SIGNED_IN),
    Call(method="GET", route="devices/<str:device_id>", gives=OWN, read_by=("owner",)),
    Call(method="PATCH", route="devices/<str:device_id>", body={"device_name": "Mine"}, gives=OWN),
    Call(method="DELETE", route="devices/<str:device_id>", gives=OWN, read_by=("owner",)),
    Call(method="GET", route="files", gives=SIGNED_IN, read_by=("owner",)),
    Call(method="POST", route="files/upload", upload=True, gives=SIGNED_IN),
    Call(method="GET", route="files/<str:file_id>", gives=PARTICIPANTS, read_by=("member", "owner")),
    Call(method="GET", route="files/<str:file_id>", at={"file_id": "unshared_file"}, gives=OWN, read_by=("owner",)),
    Call(method="DELETE", route="files/<str:file_id>", gives=rest(401, 401, 404, 403, 200, 404), read_by=("owner",)),
    # Films and comments. The comment is bob's.
    Call(method="GET", route="api/movies", gives=PUBLIC),
    Call(method="GET", route="api/movies/<int:movie_id>", gives=PUBLIC),
    Call(method="GET", route="api/movies/<int:movie_id>", at=HIDDEN, gives=NOT_THERE),
    Call(method="GET", route="api/movies/<int:movie_id>/comments", gives=PUBLIC),
    Call(method="GET", route="api/movies/<int:movie_id>/comments", at=HIDDEN, gives=NOT_THERE),
    Call(method="POST", route="api/movies/<int:movie_id>/comments", body=MESSAGE, gives=SIGNED_IN),
    Call(
        method="POST", route="api/movies/<int:movie_id>/comments", at=HIDDEN, body=MESSAGE,
        gives=rest(401, 401, 404, 404, 404, 404),
    ),
    Call(
        method="DELETE", route="api/movies/<int:movie_id>/comments/<int:comment_id>",
        gives=rest(401, 401, 403, 200, 403, 200),
    ),
    Call(
        method="DELETE", route="api/movies/<int:movie_id>/comments/<int:comment_id>", at={"comment_id": "hidden_comment"},
        gives=rest(401, 401, 404, 404, 404, 404),
    ),
    Call(
        method="PATCH", route="api/movies/<int:movie_id>/comments/<int:comment_id>", body=MESSAGE,
        gives=rest(401, 401, 403, 200, 403, 403),
    ),
    # How far each has come in a film is their own.
    Call(method="GET", route="api/movies/<int:movie_id>/progress", gives=SIGNED_IN),
    Call(method="PUT", route="api/movies/<int:movie_id>/progress", body={"position": 12.5}, gives=SIGNED_IN),
    Call(method="DELETE", route="api/movies/<int:movie_id>/progress", gives=SIGNED_IN),
    # Messages. Anybody writes to anybody, but for who blocks them.
    Call(method="POST", route="messages/private", body={"recipient": "someone", **MESSAGE}, gives=SIGNED_IN),
    Call(
        method="POST", route="messages/private", body={"recipient": "blocker", **MESSAGE},
        gives=rest(401, 401, 200, 200, 404, 200),
    ),
    Call(
        method="POST", route="messages/private", body={"recipient": "someone", "file_id": "{file_id}", **MESSAGE},
        gives=rest(401, 401, 400, 200, 200, 400), read_by=("member", "owner"),
    ),
    Call(
        method="POST", route="messages/private", body={"recipient": "someone", "reply_to": "{message_id}", **MESSAGE},
        gives=rest(401, 401, 400, 400, 400, 400),
    ),
    Call(method="GET", route="messages/private/<str:username>", at={"username": "bob"}, gives=SIGNED_IN, read_by=("owner",)),
    Call(
        method="GET", route="messages/private/<str:username>", at={"username": "alice"}, gives=SIGNED_IN, read_by=("member",)
    ),
    Call(
        method="PATCH", route="messages/<id:message_id>", body=MESSAGE, gives=rest(401, 401, 404, 403, 200, 404),
        read_by=("owner",),
    ),
    Call(method="DELETE", route="messages/<id:message_id>", gives=rest(401, 401, 404, 403, 200, 404)),
    Call(
        method="PATCH", route="messages/<id:message_id>", at={"message_id": "room_message"}, body=MESSAGE,
        gives=rest(401, 401, 403, 403, 200, 403),
    ),
    Call(
        method="DELETE", route="messages/<id:message_id>", at={"message_id": "room_message"},
        gives=rest(401, 401, 403, 403, 200, 403),
    ),
    Call(
        method="PATCH", route="messages/<id:message_id>", at={"message_id": "group_message"}, body=MESSAGE,
        gives=rest(401, 401, 404, 403, 200, 404),
    ),
    Call(method="GET", route="conversations", gives=SIGNED_IN, read_by=("member", "owner")),
    Call(method="POST", route="conversations/<id:conversation_id>/read", body={"seq": 1}, gives=PARTICIPANTS),
    Call(
        method="POST", route="conversations/<id:conversation_id>/read", at={"conversation_id": "group_conversation"},
        body={"seq": 1}, gives=PARTICIPANTS,
    ),
    # Groups. Someone is in it as a plain member, as bob is.
    Call(method="GET", route="groups", gives=SIGNED_IN, read_by=("member", "owner")),
    Call(method="POST", route="groups", body={"name": "mine", "description": ""}, gives=SIGNED_IN),
    Call(method="GET", route="groups/<id:group_id>", gives=PARTICIPANTS, read_by=("member", "owner")),
    Call(method="GET", route="groups/<id:group_id>/messages", gives=PARTICIPANTS, read_by=("member", "owner")),
    Call(method="POST", route="groups/<id:group_id>/messages", body=MESSAGE, gives=PARTICIPANTS),
    Call(method="GET", route="groups/<id:group_id>/members", gives=PARTICIPANTS),
    Call(
        method="POST", route="groups/<id:group_id>/members", body={"username": "blocked"},
        gives=rest(401, 401, 404, 403, 200, 404),
    ),
    Call(
        method="DELETE", route="groups/<id:group_id>/members/<str:username>", at={"username": "someone"},
        gives=rest(401, 401, 404, 403, 200, 404),
    ),
    Call(
        method="DELETE", route="groups/<id:group_id>/members/<str:username>", at={"username": "alice"},
        gives=rest(401, 401, 404, 403, 200, 404),
    ),
    Call(
        method="DELETE", route="groups/<id:group_id>/members/<str:username>", at={"username": "bob"},
        gives=PARTICIPANTS,
    ),
    Call(method="POST", route="groups/<id:group_id>/leave", gives=PARTICIPANTS),
    # Rooms are public as long as their film is.
    Call(method="GET", route="api/rooms/<str:room_id>", gives=PUBLIC),
    Call(method="GET", route="api/rooms/<str:room_id>", at={"room_id": "hidden_room"}, gives=NOT_THERE),
    Call(method="GET", route="api/rooms/<str:room_id>/messages", gives=PUBLIC),
    Call(method="GET", route="api/rooms/<str:room_id>/messages", at={"room_id": "hidden_room"}, gives=NOT_THERE),
    Call(method="GET", route="api/rooms/<str:room_id>/members", gives=PUBLIC),
    Call(method="DELETE", route="api/rooms/<str:room_id>/messages/<id:message_id>", at={"message_id": "room_message"},
         gives=rest(401, 401, 403, 403, 200, 200)),
    Call(method="PATCH", route="api/rooms/<str:room_id>", body={"slow_seconds": 5}, gives=STAFF_ONLY),
    Call(method="DELETE", route="api/rooms/<str:room_id>", gives=rest(401, 401, 404, 404, 404, 404)),
    Call(method="POST", route="api/rooms/<str:room_id>/sanctions", body=MUTE, gives=STAFF_ONLY),
    # A party with a password is for who belongs to it; its id alone tells what an invitation would.
    Call(method="GET", route="api/rooms", gives=PUBLIC),
    Call(method="POST", route="api/rooms", body={"movie_id": "{movie_id}"}, gives=SIGNED_IN),
    Call(method="GET", route="api/rooms/<str:room_id>", at=PARTY, gives=PUBLIC),
    Call(method="GET", route="api/rooms/<str:room_id>/messages", at=PARTY, gives=INSIDE, read_by=("member", "owner")),
    Call(method="GET", route="api/rooms/<str:room_id>/members", at=PARTY, gives=INSIDE),
    Call(method="POST", route="api/rooms/<str:room_id>/entries", at=PARTY, body={"password": "sesame"},
         gives=rest(200, 401, 200, 200, 200, 200)),
    Call(method="POST", route="api/rooms/<str:room_id>/entries", at=PARTY, body={"password": "open"},
         gives=rest(403, 401, 403, 200, 200, 403)),
    Call(method="PATCH", route="api/rooms/<str:room_id>", at=PARTY, body={"name": "Night"}, gives=HOSTS),
    Call(method="DELETE", route="api/rooms/<str:room_id>", at=PARTY, gives=HOSTS),
    Call(method="PUT", route="api/rooms/<str:room_id>/members/<str:username>", at={**PARTY, "username": "bob"},
         body={"role": "host"}, gives=HOSTS),
    Call(method="DELETE", route="api/rooms/<str:room_id>/members/<str:username>", at={**PARTY, "username": "bob"},
         gives=rest(401, 401, 403, 200, 403, 403)),
    Call(method="POST", route="api/rooms/<str:room_id>/invite", at=PARTY, gives=HOSTS),
    Call(method="POST", route="api/rooms/<str:room_id>/invitations", at=PARTY, body={"usernames": ["someone"]},
         gives=rest(401, 401, 403, 200, 200, 403)),
    Call(method="DELETE", route="api/rooms/<str:room_id>/messages/<id:message_id>", at={**PARTY, "message_id": "guests_words"},
         gives=HOSTS),
    Call(method="DELETE", route="api/rooms/<str:room_id>/messages/<id:message_id>", at={**PARTY, "message_id": "bobs_words"},
         gives=rest(401, 401, 403, 200, 200, 200)),
    Call(method="DELETE", route="api/rooms/<str:room_id>/messages/<id:message_id>", at={**PARTY, "message_id": "room_message"},
         gives=rest(401, 401, 403, 403, 404, 404)),
    Call(method="GET", route="api/rooms/<str:room_id>/sanctions", at=PARTY, gives=HOSTS),
    Call(method="POST", route="api/rooms/<str:room_id>/sanctions", at=PARTY, body=MUTE, gives=HOSTS),
    Call(method="DELETE", route="api/rooms/<str:room_id>/sanctions/<id:sanction_id>", at=PARTY, gives=HOSTS),
    # The API's description.
    Call(method="GET", route="api/schema", gives=PUBLIC),
    Call(method="GET", route="api/docs", gives=PUBLIC),
)  # fmt: skip

EVERYONE = frames("ok", "ok", "ok", "ok", "ok", "ok")
IN_ROOM = frames("not_found", *["ok"] * 5)
PLAYER = {"epoch": 1, "rev": 0, "current_time": 0}
WITH_A_NAME = frames("invalid", "ok", "ok", "ok", "ok", "ok")
ONCE_SIGNED_IN = frames("not_authenticated", "not_authenticated", "ok", "ok", "ok", "ok")
GROUP = frames("not_authenticated", "not_authenticated", "not_found", "ok", "ok", "not_found")
ABSENT = frames("not_found", "not_found", "not_found", "not_found", "not_found", "not_found")
TYPING_IN_GROUP = frames("not_authenticated", "not_authenticated", "invalid", "ok", "ok", "invalid")

FRAMES: tuple[Said, ...] = (
    # /ws/chat, in the order in which one socket says them.
    Said(door="chat", type="hello", gives=EVERYONE),
    Said(door="chat", type="ping", body={"t0": 1}, gives=EVERYONE),
    Said(door="chat", type="auth", body={"token": "{bob_token}"}, anew=True,
         gives=frames("ok", "ok", "conflict", "ok", "conflict", "conflict")),
    Said(door="chat", type="auth", body={"token": "{ended_token}"}, anew=True,
         gives=frames("bad_token", "bad_token", "bad_token", "bad_token", "bad_token", "bad_token")),
    Said(door="chat", type="leave", body={"room_id": "{room}"}, gives=ABSENT),
    Said(door="chat", type="join", body={"room_id": "{room}"}, gives=WITH_A_NAME),
    Said(door="chat", type="join", body={"room_id": "{hidden_room}"}, gives=frames("invalid", *["not_found"] * 5)),
    Said(door="chat", type="join", body={"room_id": "{banned_room}"}, anew=True,
         gives=frames("invalid", "ok", "banned", "ok", "ok", "ok")),
    Said(door="chat", type="join", body={"room_id": "{party}"}, anew=True, gives=frames(
        "invalid", "password_required", "password_required", "ok", "ok", "password_required")),
    Said(door="chat", type="join", body={"room_id": "{party}", "password": "open"}, anew=True, gives=frames(
        "wrong_password", "wrong_password", "wrong_password", "ok", "ok", "wrong_password")),
    Said(door="chat", type="message", body={"room_id": "{party}", "content": "hello"}, anew=True, gives=frames(
        "invalid", "password_required", "password_required", "ok", "ok", "password_required")),
    Said(door="chat", type="join", body={"room_id": "{other_party}", "password": "sesame"}, anew=True, gives=WITH_A_NAME),
    Said(door="chat", type="join", body={"room_id": "{closed_party}"}, anew=True,
         gives=frames("invalid", *["not_found"] * 5)),
    Said(door="chat", type="message", body={"room_id": "{banned_room}", "content": "hello"}, anew=True,
         gives=frames("invalid", "ok", "banned", "muted", "ok", "ok")),
    Said(door="chat", type="message", body={"room_id": "{room}", "content": "hello"}, gives=WITH_A_NAME),
    Said(door="chat", type="message", body={"recipient": "{someone}", "content": "hello"}, gives=ONCE_SIGNED_IN),
    Said(door="chat", type="message", body={"recipient": "{blocker}", "content": "hello"},
         gives=frames("not_authenticated", "not_authenticated", "ok", "ok", "not_found", "ok")),
    Said(door="chat", type="message", body={"group_id": "{group}", "content": "hello"}, gives=GROUP),
    Said(door="chat", type="message", body={"recipient": "{group}", "message_type": "group", "content": "hello"}, gives=GROUP),
    Said(door="chat", type="received", body={"conversation_id": "{private}", "seq": 1}, gives=ONCE_SIGNED_IN),
    Said(door="chat", type="read", body={"conversation_id": "{private}", "seq": 1}, gives=GROUP),
    Said(door="chat", type="read", body={"conversation_id": "{group_conversation}", "seq": 1}, gives=GROUP),
    Said(door="chat", type="typing", body={"room_id": "{room}"}, gives=frames("not_authenticated", *["ok"] * 5)),
    Said(door="chat", type="typing", body={"group_id": "{group}"}, gives=TYPING_IN_GROUP),
    Said(door="chat", type="typing", body={"recipient": "{alice}"}, gives=frames(
        "not_authenticated", "not_authenticated", "invalid", "ok", "invalid", "invalid")),
    Said(door="chat", type="resume", body={"since": {}}, gives=ONCE_SIGNED_IN),
    Said(door="chat", type="leave", body={"room_id": "{room}"}, gives=frames("not_found", *["ok"] * 5)),
    # /ws/sync
    Said(door="sync", type="hello", gives=EVERYONE),
    Said(door="sync", type="ping", body={"t0": 1}, gives=EVERYONE),
    Said(door="sync", type="auth", body={"token": "{bob_token}"}, anew=True,
         gives=frames("ok", "ok", "conflict", "ok", "conflict", "conflict")),
    Said(door="sync", type="sync", body={"room_id": "{room}", "current_time": 12.5}, gives=WITH_A_NAME),
    Said(door="sync", type="sync", body={"room_id": "{banned_room}", "current_time": 12.5}, anew=True,
         gives=frames("invalid", "ok", "banned", "ok", "ok", "ok")),
    Said(door="sync", type="sync", body={"room_id": "{party}", "current_time": 12.5}, anew=True, gives=frames(
        "invalid", "password_required", "password_required", "ok", "ok", "password_required")),
    Said(door="sync", type="join", body={"room_id": "{party}"}, anew=True, gives=frames(
        "invalid", "password_required", "password_required", "ok", "ok", "password_required")),
    Said(door="sync", type="join", body={"room_id": "{room}"}, gives=WITH_A_NAME),
    Said(door="sync", type="sync", body={"room_id": "{led_room}", "action": "rate", "cmd_id": "k1", "rate": 1.5},
         gives=frames("invalid", "forbidden", "forbidden", "forbidden", "ok", "ok")),
    Said(door="sync", type="sync", body={"room_id": "{banned_room}", "action": "pause", "cmd_id": "k1"}, anew=True,
         gives=frames("invalid", "ok", "banned", "ok", "ok", "ok")),
    Said(door="sync", type="buffering", body={"room_id": "{room}", **PLAYER}, gives=IN_ROOM),
    Said(door="sync", type="ready", body={"room_id": "{room}", **PLAYER}, gives=IN_ROOM),
    Said(door="sync", type="progress", body={"room_id": "{room}", **PLAYER, "state": "playing"}, gives=IN_ROOM),
    Said(door="sync", type="leave", body={"room_id": "{room}"}, gives=frames("not_found", *["ok"] * 5)),
    # /ws/presence: only auth works before signing in. Strangers look like people who do not exist.
    Said(door="presence", type="hello", anew=True, gives=ONCE_SIGNED_IN),
    Said(door="presence", type="ping", body={"t0": 1}, anew=True, gives=ONCE_SIGNED_IN),
    Said(door="presence", type="auth", body={"token": "{bob_token}"}, anew=True,
         gives=frames("ok", "ok", "conflict", "ok", "conflict", "conflict")),
    Said(door="presence", type="subscribe", body={"users": ["{alice}"]}, anew=True,
         gives=frames("not_authenticated", "not_authenticated", "not_found", "ok", "ok", "not_found")),
    Said(door="presence", type="unsubscribe", body={"users": ["{alice}"]}, anew=True, gives=ONCE_SIGNED_IN),
    Said(door="presence", type="heartbeat", anew=True, gives=ONCE_SIGNED_IN),
)  # fmt: skip
