"""Everything that changes a room, by noun. Each function is one transaction and announces on commit."""

from rooms.services.attendance import enter, enter_many, leave, rename_guest
from rooms.services.checks import InRoom, no_longer_welcome
from rooms.services.closing import empty_unpublished
from rooms.services.commands import StaleCommand, check_cmd_id, give_command
from rooms.services.hosts import settle_host, settle_hosts
from rooms.services.invitations import invite_people
from rooms.services.joining import join_party
from rooms.services.moderation import remove_message, sanction_named
from rooms.services.opening import open_room
from rooms.services.parties import change_room, close_party, open_party, renew_invite
from rooms.services.passwords import prove_password
from rooms.services.positions import report_position
from rooms.services.posts import draft_for, drafts_for, post_messages
from rooms.services.readiness import keep_to_those_there, report_buffering, report_ready
from rooms.services.roles import hand_on, leave_party, set_role
from rooms.services.sanctions import ban, check_sanction, kick, lift, lift_all, mute
from rooms.services.settling import settle_room, settle_rooms

__all__ = [
    "InRoom",
    "StaleCommand",
    "ban",
    "change_room",
    "check_cmd_id",
    "check_sanction",
    "close_party",
    "draft_for",
    "drafts_for",
    "empty_unpublished",
    "enter",
    "enter_many",
    "give_command",
    "hand_on",
    "invite_people",
    "join_party",
    "keep_to_those_there",
    "kick",
    "leave",
    "leave_party",
    "lift",
    "lift_all",
    "mute",
    "no_longer_welcome",
    "open_party",
    "open_room",
    "post_messages",
    "prove_password",
    "remove_message",
    "rename_guest",
    "renew_invite",
    "report_buffering",
    "report_position",
    "report_ready",
    "sanction_named",
    "set_role",
    "settle_host",
    "settle_hosts",
    "settle_room",
    "settle_rooms",
]
