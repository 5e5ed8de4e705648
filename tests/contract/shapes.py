"""Both contracts as data: every request, response and frame, key by key and type by type, and the checker that compares.

Answers may carry more keys than these; they may never lack one or give one another type. Requests of these tests carry
exactly these keys, so that nothing of ours is needed to be understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Shape = Any
"""A type, a Pattern, a Literal (any other plain value), a list of one shape, or a dict of shapes by name."""


@dataclass(frozen=True)
class Pattern:
    """A string that looks like this all through."""

    name: str
    regex: str

    def fits(self, value: object) -> bool:
        return isinstance(value, str) and re.fullmatch(self.regex, value) is not None


INTEGER, STRING, BOOLEAN, NUMBER = int, str, bool, float
TIME = Pattern("ISO 8601 UTC, milliseconds, Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SECONDS = Pattern("ISO 8601 UTC, seconds, Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ADDRESS = Pattern("absolute address", r"https?://[^\s]+")
JWT = Pattern("JSON Web Token", r"[\w-]+\.[\w-]+\.[\w-]+")
UUID = Pattern("UUID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PRESENCE = Pattern("online or offline", r"online|offline")
PROGRESS = Pattern("sent, delivered or read", r"sent|delivered|read")


def problems(shape: Shape, value: Any, at: str = "$") -> list[str]:
    """Every way in which `value` is not of `shape`, each with the place where."""
    match shape:
        case Pattern():
            return [] if shape.fits(value) else [f"{at}: {value!r} is no {shape.name}"]
        case type():
            return [] if _is_of_type(shape, value) else [f"{at}: {value!r} is no {shape.__name__}"]
        case [item]:
            if not isinstance(value, list):
                return [f"{at}: {value!r} is no list"]
            return [problem for n, found in enumerate(value) for problem in problems(item, found, f"{at}[{n}]")]
        case dict():
            return _problems_of_object(shape, value, at)
        case _:
            return [] if type(value) is type(shape) and value == shape else [f"{at}: {value!r} is not {shape!r}"]


def _problems_of_object(shape: dict[str, Shape], value: Any, at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: {value!r} is no object"]
    found = [f"{at}.{name}: missing" for name in shape if name not in value]
    for name, inner in shape.items():
        if name in value:
            found += problems(inner, value[name], f"{at}.{name}")
    return found


def _is_of_type(wanted: type, value: object) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is wanted


def matches(shape: Shape, value: Any) -> bool:
    return not problems(shape, value)


def assert_matches(shape: Shape, value: Any) -> None:
    assert not problems(shape, value), (problems(shape, value), value)


@dataclass(frozen=True)
class Call:
    """One call of a contract: what it sends, what a success answers."""

    method: str
    path: str
    sends: dict[str, Shape] | None
    answers: Shape
    needs_token: bool = False


ERROR = {"detail": STRING, "code": INTEGER, "timestamp": TIME}
"""Messaging, 7.1."""

# The messaging contract -----------------------------------------------------------------------------------------------
PRIVATE_MESSAGE = {
    "id": INTEGER,
    "content": STRING,
    "sender": STRING,
    "recipient": STRING,
    "timestamp": TIME,
    "status": PROGRESS,
}
GROUP_MESSAGE = {"id": INTEGER, "content": STRING, "sender": STRING, "timestamp": TIME, "message_type": STRING}
DEVICE = {"id": INTEGER, "device_id": STRING, "device_name": STRING, "device_type": STRING, "registered_at": TIME}

AUTH_REGISTER = Call(
    "POST",
    "/auth/register",
    {"username": STRING, "email": STRING, "password": STRING},
    {"id": INTEGER, "username": STRING, "email": STRING, "created_at": TIME},
)
AUTH_LOGIN = Call("POST", "/auth/login", {"username": STRING, "password": STRING}, {"access_token": JWT, "token_type": STRING})
SEND_PRIVATE = Call(
    "POST",
    "/messages/private",
    {"recipient": STRING, "content": STRING, "message_type": STRING, "content_type": STRING},
    PRIVATE_MESSAGE,
    needs_token=True,
)
LIST_PRIVATE = Call("GET", "/messages/private/{username}", None, [PRIVATE_MESSAGE], needs_token=True)
CREATE_GROUP = Call(
    "POST",
    "/groups",
    {"name": STRING, "description": STRING},
    {"id": INTEGER, "name": STRING, "description": STRING, "created_at": TIME, "created_by": STRING},
    needs_token=True,
)
LIST_GROUP = Call("GET", "/groups/{group_id}/messages", None, [GROUP_MESSAGE], needs_token=True)
REGISTER_DEVICE = Call(
    "POST",
    "/devices",
    {"device_id": STRING, "device_name": STRING, "device_type": STRING},
    DEVICE,
    needs_token=True,
)
LIST_DEVICES = Call("GET", "/devices", None, [{**DEVICE, "last_seen": TIME, "login_status": BOOLEAN}], needs_token=True)
UPLOAD = Call(
    "POST",
    "/files/upload",
    None,
    {"file_id": UUID, "filename": STRING, "size": INTEGER, "upload_time": TIME, "url": ADDRESS},
    needs_token=True,
)
DOWNLOAD = Call("GET", "/files/{file_id}", None, bytes, needs_token=True)

# The films contract ---------------------------------------------------------------------------------------------------
USER = {"id": INTEGER, "username": STRING, "email": STRING}
MOVIE = {"id": INTEGER, "title": STRING, "description": STRING, "thumbnail_url": ADDRESS, "video_url": ADDRESS}
COMMENT = {"id": INTEGER, "user_id": INTEGER, "username": STRING, "content": STRING, "created_at": SECONDS}

API_REGISTER = Call(
    "POST",
    "/api/register",
    {"username": STRING, "email": STRING, "password": STRING},
    {"status": "success", "message": "登录成功"},
)
API_LOGIN = Call(
    "POST", "/api/login", {"email": STRING, "password": STRING}, {"status": "success", "token": JWT, "user": USER}
)
GET_USER = Call("GET", "/api/user", None, {"status": "success", "user": USER}, needs_token=True)
PUT_USER = Call(
    "PUT",
    "/api/user",
    {"username": STRING, "email": STRING},
    {"status": "success", "message": "更新成功"},
    needs_token=True,
)
LIST_MOVIES = Call("GET", "/api/movies", None, {"status": "success", "movies": [MOVIE]})
GET_MOVIE = Call("GET", "/api/movies/{id}", None, {"status": "success", "movie": MOVIE})
LIST_COMMENTS = Call("GET", "/api/movies/{id}/comments", None, {"status": "success", "comments": [COMMENT]})
POST_COMMENT = Call(
    "POST",
    "/api/movies/{id}/comments",
    {"content": STRING},
    {"status": "success", "message": "评论成功"},
    needs_token=True,
)

CALLS = {name: call for name, call in list(globals().items()) if isinstance(call, Call)}

# Frames ---------------------------------------------------------------------------------------------------------------
JOIN = {"type": "join", "room_id": STRING, "username": STRING}
ROOM_MESSAGE_IN = {"type": "message", "room_id": STRING, "username": STRING, "content": STRING}
ROOM_MESSAGE_OUT = {"type": "message", "room_id": STRING, "username": STRING, "content": STRING}
PRIVATE_MESSAGE_IN = {"type": "message", "recipient": STRING, "content": STRING, "message_type": STRING}
PRIVATE_MESSAGE_OUT = {
    "type": "message",
    "sender": STRING,
    "content": STRING,
    "timestamp": TIME,
    "message_type": STRING,
}
STATUS = {"type": "status", "user": STRING, "status": PRESENCE, "timestamp": TIME}
SYNC = {"type": "sync", "room_id": STRING, "username": STRING, "current_time": NUMBER}
ERROR_FRAME = {"type": "error", **ERROR}

CONTRACT_TYPES = {"message", "status", "sync", "error"}
"""What a socket that speaks only the contract may ever hear."""
