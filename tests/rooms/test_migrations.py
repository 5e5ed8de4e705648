"""What the migrations make of what was there before."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from accounts.models import User
from messaging.models import Message
from messaging.services import post_message
from rooms.models import Room
from tests.messaging.sending import into, to

pytestmark = pytest.mark.django_db


def test_messages_with_a_time_get_the_film_of_their_room(room: Room, alice: User, bob: User) -> None:
    """Before parties every room had one film."""
    post_message(into(room.conversation, alice, room_id=room.room_id, movie_time=5.0))
    post_message(into(room.conversation, alice, room_id=room.room_id))
    post_message(to("bob", alice))
    assert set(Message.objects.values_list("movie_id", flat=True)) == {None}
    migration = importlib.import_module("rooms.migrations.0004_kicks_and_film_times")
    migration.say_which_film(apps, None)
    assert list(Message.objects.order_by("pk").values_list("movie_id", flat=True)) == [room.movie_id, None, None]
