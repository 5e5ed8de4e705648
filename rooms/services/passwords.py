"""Passwords of parties: shown once at the door, before anything is locked, because comparing one takes a while."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from accounts.throttle import ADDRESS_FACTOR, count, network_of
from core.errors import WrongPassword
from core.text import is_encodable
from rooms.selectors import PUBLIC_ROOM, is_invited, is_room_id, open_rooms, role_of

LONGEST_PASSWORD = 128


def prove_password(
    *, room_id: str, password: str, user_id: int | None = None, address: str | None = None, invite: str | None = None
) -> str | None:
    """What goes into `Entering.proof`: it holds until the password is changed. None where no password is needed.

    WrongPassword; TooManyRequests beyond LIMIT_LOGINS_PER_MINUTE tries at a room from an address, and ten times as many at a
    room from anywhere. As much work for a room without a password as for one with it.
    """
    if PUBLIC_ROOM.fullmatch(room_id):
        return None
    room = open_rooms().filter(room_id=room_id).first() if is_room_id(room_id) else None
    if room is not None and (is_invited(room, invite) or role_of(room, user_id) != "guest"):
        return None
    count("room", f"{room_id}\0{network_of(address or '')}", settings.LIMIT_LOGINS_PER_MINUTE)
    count("room-anywhere", room_id, settings.LIMIT_LOGINS_PER_MINUTE * ADDRESS_FACTOR)
    given = password if len(password) <= LONGEST_PASSWORD and is_encodable(password) else ""
    if room is None or not room.password:
        make_password(given)
        return None
    if not check_password(given, room.password):
        raise WrongPassword
    return room.password
