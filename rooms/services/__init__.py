"""Everything that changes a room, by noun. Each function is one transaction and announces on commit."""

from rooms.services.attendance import enter, enter_many, leave
from rooms.services.checks import InRoom, no_longer_welcome
from rooms.services.hosts import settle_host, settle_hosts
from rooms.services.opening import open_room
from rooms.services.positions import report_position
from rooms.services.posts import draft_for, drafts_for, post_messages
from rooms.services.sanctions import ban, check_sanction, lift, mute

__all__ = [
    "InRoom",
    "ban",
    "check_sanction",
    "draft_for",
    "drafts_for",
    "enter",
    "enter_many",
    "leave",
    "lift",
    "mute",
    "no_longer_welcome",
    "open_room",
    "post_messages",
    "report_position",
    "settle_host",
    "settle_hosts",
]
