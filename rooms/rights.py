"""Who may do what in a room, by role and control mode. Pure."""

from __future__ import annotations

from typing import Literal, get_args

from rooms.playback import ACTIONS, Action

Role = Literal["owner", "host", "member", "guest"]
ROLES: tuple[str, ...] = get_args(Role)
"""The highest first."""
Control = Literal["everyone", "hosts", "pause"]

_STEERING = frozenset({"play", "pause", "seek", "rate"})
_ALLOWED: dict[str, frozenset[str]] = {"everyone": _STEERING, "pause": frozenset({"pause"}), "hosts": frozenset()}


def leads(role: str) -> bool:
    """Whether the room counts this role among its hosts."""
    return role in ("owner", "host")


def may(action: Action | str, *, role: str, control: str) -> bool:
    """Whether somebody of this role may give the command. Another film is chosen by hosts only, whatever the mode."""
    return leads(role) or action in _ALLOWED.get(control, ())


def allowed_actions(*, role: str, control: str) -> list[str]:
    """All commands that they may give."""
    return [action for action in ACTIONS if may(action, role=role, control=control)]


def higher(one: str, other: str) -> str:
    """The higher of two roles."""
    return min(one, other, key=ROLES.index)
