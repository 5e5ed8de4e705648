"""What players say of their buffers, and what a room does about it. Waits are data: see rooms.playback.readiness."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.clock import now_ms
from core.errors import Invalid, NotFound
from presence.selectors import live_attendances
from rooms.data import Viewer
from rooms.models import TimelineRow
from rooms.playback import Playback, Timeline, buffering, is_position, keep_blockers, lead_ms, left_empty, ready
from rooms.services.roles_now import is_counted, keys_watching
from rooms.services.timelines import locked_timeline, store


def report_buffering(*, viewer: Viewer, epoch: int, rev: int, current_time: object) -> None:
    """Somebody's player ran dry at the state that `epoch` and `rev` name: wait for them, if the room's setting says so.

    Invalid for a state that has not been; an older one changes nothing. One query where nothing is to be changed.
    """
    playback = _named(viewer.room_pk, epoch, rev, current_time)
    person = viewer.person
    if buffering(playback, person, epoch=epoch, rev=rev, t_ms=now_ms()).timeline == playback.timeline:
        return
    with locked_timeline(viewer.room_pk) as (room, row):
        if is_counted(room, viewer):
            after = buffering(row.playback, person, epoch=epoch, rev=rev, t_ms=now_ms())
            store(room, row, after, origin=viewer.origin)


def report_ready(*, viewer: Viewer, epoch: int, rev: int, current_time: object, lead: int | None = None) -> None:
    """Somebody's player can go on, at the state that `epoch` and `rev` name. Errors and cost as of `report_buffering`."""
    playback = _named(viewer.room_pk, epoch, rev, current_time)
    person, lead = viewer.person, lead_ms([]) if lead is None else lead
    if ready(playback, person, epoch=epoch, rev=rev, t_ms=now_ms(), lead=lead).timeline == playback.timeline:
        return
    with locked_timeline(viewer.room_pk) as (room, row):
        after = ready(row.playback, person, epoch=epoch, rev=rev, t_ms=now_ms(), lead=lead)
        store(room, row, after, origin=viewer.origin)


def keep_to_those_there(*, room_pk: int) -> None:
    """Somebody left: nobody waits for them, and if they were the last, the room remembers when that was."""
    row = TimelineRow.objects.filter(room_id=room_pk).first()
    if row is None or _as_people_are(row.playback, room_pk) == row.playback:
        return
    try:
        with locked_timeline(room_pk) as (room, row):
            store(room, row, _as_people_are(row.playback, room_pk))
    except NotFound:
        return  # It closed, or its film was unpublished: nobody waits there.


def _as_people_are(playback: Playback, room_pk: int) -> Playback:
    t_ms = now_ms()
    now = playback.at(t_ms)
    blockers = now.memory.blockers
    if not blockers and (now.timeline.state == "idle" or now.memory.left_at is not None):
        return playback
    if blockers:
        now = keep_blockers(now, keys_watching(room_pk).__contains__, t_ms=t_ms, lead=lead_ms([]))
    if now.timeline.state != "idle" and not live_attendances([room_pk]).filter(door="sync").exists():
        now = left_empty(now, t_ms=t_ms)
    return playback if now == playback.at(t_ms) else now


def _named(room_pk: int, epoch: int, rev: int, current_time: object) -> Playback:
    """The room as it is, checked against what a player says of it."""
    if not is_position(current_time):
        raise Invalid.field("current_time", _("Must be a number of seconds, from 0 on."))
    row = TimelineRow.objects.filter(room_id=room_pk).first()
    if row is None:
        raise NotFound
    playback = row.playback.at(now_ms())
    _check_not_ahead(playback.timeline, epoch, rev)
    return playback


def _check_not_ahead(timeline: Timeline, epoch: int, rev: int) -> None:
    if not 0 <= epoch <= timeline.epoch:
        raise Invalid.field("epoch", _("This room has not come there yet."))
    if not 0 <= rev <= timeline.rev:
        raise Invalid.field("rev", _("This room has not come there yet."))
