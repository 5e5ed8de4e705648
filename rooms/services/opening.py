"""Making rooms. The public room of a film is made at its first use."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from core.clock import now_ms
from core.errors import NotFound
from messaging.models import Conversation
from messaging.services import open_conversation
from movies.models import Movie
from rooms.models import Room, TimelineRow
from rooms.selectors import is_room_id, movie_id_of, open_rooms


def open_room(room_id: str) -> Room:
    """The room of that name, with film and timeline. NotFound for a name that is no published film's."""
    room = open_rooms().filter(room_id=room_id).first() if is_room_id(room_id) else None
    return room or _make_public_room(movie_id_of(room_id))


def _make_public_room(movie_id: int) -> Room:
    movie = Movie.objects.filter(pk=movie_id, is_published=True).first()
    if movie is None:
        raise NotFound
    room_id = f"movie-{movie.pk}"
    try:
        with transaction.atomic():
            conversation = open_conversation(kind=Conversation.Kind.ROOM, subject=room_id, title=movie.title)
            room = Room.objects.create(room_id=room_id, movie=movie, conversation=conversation)
            TimelineRow.objects.create(room=room, movie=movie, duration=movie.duration, at=now_ms())
    except IntegrityError:  # Somebody else was first.
        pass
    return open_rooms().get(room_id=room_id)
