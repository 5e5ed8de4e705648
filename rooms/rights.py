"""Who may do what in a room, by role and control mode. Pure."""

from __future__ import annotations

from rooms.data import Role
from rooms.playback import ACTIONS

_STEERING = frozenset({"play", "pause", "seek", "rate"})
_ALLOWED: dict[str, frozenset[str]] = {"everyone": _STEERING, "pause": frozenset({"pause"}), "hosts": frozenset()}


def effective(stored: Role, *, acts: bool, is_party: bool) -> Role:
    """What somebody is right now. Whose player the room follows (`acts`) is a host in a public room, and in a party its owner
    for the time being.
    """
    if not acts or stored == "owner":
        return stored
    return "owner" if is_party else "host"


def leads(role: Role) -> bool:
    """Whether the room counts this role among its hosts."""
    return role in ("owner", "host")


def may(action: str, *, role: Role, control: str) -> bool:
    """Whether somebody of this role may give the command. Another film is chosen by hosts only, whatever the mode."""
    return leads(role) or action in _ALLOWED.get(control, ())


def allowed_actions(*, role: Role, control: str) -> list[str]:
    """All commands that they may give."""
    return [action for action in ACTIONS if may(action, role=role, control=control)]
