"""Bytes from a socket to a frame, or the documented refusal. Pure."""

from __future__ import annotations

import re

import msgspec
from django.utils.translation import gettext_lazy as _

from core.errors import ApiError, Invalid, MalformedBody, UnknownType
from core.text import is_encodable
from realtime.frames import INCOMING, In

MAX_CLIENT_ID = 64
_AT = re.compile(r" - at `\$\.([a-z_0-9]+)")
_MISSING = re.compile(r"missing required field `([a-z_0-9]+)`")


class Head(msgspec.Struct):
    """The little that is needed to answer a frame that is wrong otherwise."""

    type: str = ""
    client_id: object = None
    cmd_id: object = None
    action: object = None

    @property
    def ref(self) -> str | None:
        """What an error refers to: the client's own id when it is usable, else the type."""
        for own in (self.client_id, self.cmd_id):
            if isinstance(own, str) and 0 < len(own) <= MAX_CLIENT_ID:
                return own
        return self.type[:MAX_CLIENT_ID] or None


_head = msgspec.json.Decoder(Head)
_bodies = {
    (door, frame.type, frame.told_by): (frame, msgspec.json.Decoder(frame)) for frame in INCOMING for door in frame.doors
}


def head_of(text: str) -> Head:
    """Type and ids of a frame. MalformedBody unless it is a JSON object with a `type` that is text."""
    try:
        return _head.decode(text)
    except msgspec.ValidationError as error:
        raise Invalid.field("type", _("A frame is a JSON object with a text `type`.")) from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MalformedBody(_("The frame is not valid JSON.")) from error


def body_of(text: str, head: Head, *, door: str, speaks_v2: bool) -> In:
    """The frame of this door. UnknownType for other doors' types and, without `hello`, for v2's; Invalid names the field."""
    plain = _bodies.get((door, head.type, None))
    told = _bodies.get((door, head.type, "action")) if head.action is not None else None
    known = told if told is not None and speaks_v2 else plain
    if known is None or (known[0].v2 and not speaks_v2):
        raise UnknownType
    try:
        frame = known[1].decode(text)
    except msgspec.ValidationError as error:
        # To an old client `action` is a key like any other; without it the frame was not meant for an old client.
        raise (UnknownType() if told is not None and known is plain else _invalid(str(error))) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedBody(_("The frame is not valid JSON.")) from error
    _check_texts(frame)
    return frame


def _invalid(said: str) -> ApiError:
    if missing := _MISSING.search(said):
        return Invalid.field(missing[1], _("This field is required."))
    at = _AT.search(said)
    return Invalid.field(at[1] if at else "type", _("This value has the wrong type."))


def _check_texts(frame: In) -> None:
    for name in frame.__struct_fields__:
        value = getattr(frame, name)
        texts = value if isinstance(value, list) else [value]
        if not all(is_encodable(text) for text in texts if isinstance(text, str)):
            raise Invalid.field(name, _("This text holds characters that cannot be stored."))
    if frame.client_id is not None and not 0 < len(frame.client_id) <= MAX_CLIENT_ID:
        raise Invalid.field("client_id", _("At most 64 characters."))
