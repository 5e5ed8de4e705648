"""Everything that changes a room, by noun. Each function is one transaction and announces on commit."""

from rooms.services.attendance import enter, enter_many, leave
from rooms.services.checks import InRoom, no_longer_welcome
from rooms.services.commands import StaleCommand, check_cmd_id, give_command
from rooms.services.hosts import settle_host, settle_hosts
from rooms.services.opening import open_room
from rooms.services.positions import report_position
from rooms.services.posts import draft_for, drafts_for, post_messages
from rooms.services.readiness import keep_to_those_there, report_buffering, report_ready
from rooms.services.sanctions import ban, check_sanction, lift, mute
from rooms.services.settling import settle_room, settle_rooms

__all__ = [
    "InRoom",
    "StaleCommand",
    "ban",
    "check_cmd_id",
    "check_sanction",
    "draft_for",
    "drafts_for",
    "enter",
    "enter_many",
    "give_command",
    "keep_to_those_there",
    "leave",
    "lift",
    "mute",
    "no_longer_welcome",
    "open_room",
    "post_messages",
    "report_buffering",
    "report_position",
    "report_ready",
    "settle_host",
    "settle_hosts",
    "settle_room",
    "settle_rooms",
]
