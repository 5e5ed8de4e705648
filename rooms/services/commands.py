"""Steering a room: play, pause, seek, rate, load. Rights are asked for here, every time and under the lock."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from core.clock import now_ms
from core.errors import Conflict, Forbidden, Invalid
from movies.models import Movie
from rooms.data import Order, Viewer
from rooms.models import Room, TimelineRow
from rooms.playback import (
    ACTIONS,
    Command,
    Film,
    Person,
    Playback,
    StaleError,
    Timeline,
    apply_command,
    fault,
    lead_ms,
)
from rooms.rights import may
from rooms.selectors import check_not_banned
from rooms.services.announcing import announce_settings
from rooms.services.roles_now import effective_role, waited_for
from rooms.services.timelines import locked_timeline, store

LONGEST_CMD_ID = 64
FAULTS = {
    "current_time": _("Must be a place within the film, in seconds."),
    "rate": _("Must be a number from 0.25 to 4."),
    "movie_id": _("Name a film."),
}


class StaleCommand(Conflict):
    """The room has changed since what the sender saw. `timeline` is where it is."""

    def __init__(self, room_id: str, timeline: Timeline) -> None:
        super().__init__(_("The room has changed meanwhile."), slug="stale")
        self.room_id, self.timeline = room_id, timeline


def give_command(*, viewer: Viewer, order: Order, lead: int | None = None, audience: Collection[Person] = ()) -> Timeline:
    """Carry out a command and announce it; the timeline as it is then. One that changes nothing, or that was given within
    the last minute, answers with the timeline as it is.

    `lead`: how far ahead (ms) something starts; `audience`: who could say that they are ready, for a load. NotFound, Banned,
    Forbidden by role and control mode, Invalid, StaleCommand (never for a pause).
    """
    _check_shape(order)
    with locked_timeline(viewer.room_pk) as (room, row):
        _check_rights(room, viewer, order)
        command = _command(room, viewer, order)
        t_ms = now_ms()
        before = row.playback.at(t_ms)
        _check_values(command, before.timeline)
        audience = waited_for(room, audience) if order.action == "load" else ()
        lead = lead_ms([]) if lead is None else lead
        try:
            after = apply_command(before, command, t_ms=t_ms, lead=lead, audience=tuple(audience))
        except StaleError:
            raise StaleCommand(room.room_id, before.timeline) from None
        _write(room, row, before, after, viewer, order)
    return after.timeline


def _check_shape(order: Order) -> None:
    if order.action not in ACTIONS:
        raise Invalid.field("action", _("One of: play, pause, seek, rate, load."))
    check_cmd_id(order.cmd_id)


def check_cmd_id(cmd_id: str) -> None:
    """Invalid unless a command may be told by it."""
    if not 0 < len(cmd_id) <= LONGEST_CMD_ID:
        raise Invalid.field("cmd_id", _("1 to 64 characters."))


def _check_rights(room: Room, viewer: Viewer, order: Order) -> None:
    check_not_banned(room_pk=room.pk, user_id=viewer.user_id, address=viewer.address, guest_name=viewer.name)
    if not may(order.action, role=effective_role(room, viewer), control=room.control):
        raise Forbidden


def _command(room: Room, viewer: Viewer, order: Order) -> Command:
    person = viewer.person
    return Command(
        action=order.action,  # type: ignore[arg-type]
        cmd_id=order.cmd_id,
        sender=person.key,
        name=person.name,
        position=order.current_time if order.action in ("seek", "pause") else None,
        rate=order.rate,
        film=_film(room, order.movie_id) if order.action == "load" else None,
        base_rev=order.base_rev,
    )


def _film(room: Room, movie_id: int | None) -> Film | None:
    """The film to load. The public room of a film shows that one only: there it begins anew."""
    if movie_id is None:
        return None
    if not room.is_party and movie_id != room.movie_id:
        raise Invalid.field("movie_id", _("This is the room of another film."))
    movie = Movie.objects.filter(pk=movie_id, is_published=True).first()
    if movie is None:
        raise Invalid.field("movie_id", _("There is no such film."))
    return Film(movie_id=movie.pk, duration=movie.duration)


def _check_values(command: Command, timeline: Timeline) -> None:
    wrong = fault(command, timeline)
    if wrong is not None:
        raise Invalid.field(wrong, FAULTS[wrong])


def _write(room: Room, row: TimelineRow, before: Playback, after: Playback, viewer: Viewer, order: Order) -> None:
    if after == before:
        return
    if room.movie_id != after.timeline.movie_id:
        room.movie_id = after.timeline.movie_id
        room.save(update_fields=["movie"])
        # Who has the talk alone hears nothing of the timeline.
        announce_settings(room)
    store(room, row, after, action=order.action, cmd_id=order.cmd_id, origin=viewer.origin)
