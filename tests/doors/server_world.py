"""The same small world on a running server, made in one go in its own environment."""

from __future__ import annotations

import json
import secrets
from typing import Any

from tests.rig.servers import Server

_MAKE = """
import json
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from accounts.models import Block, User
from accounts.services import log_in, log_out
from groups.services import add_member, create_group
from messaging.drafts import PrivateDraft
from messaging.services import post_message
from movies.models import Movie
from rooms.models import Room
from rooms.services import ban, close_party, join_party, mute, open_party, open_room

def film(title, is_published=True):
    return Movie.objects.create(
        title=title, video_link="https://films.example.com/a.m3u8", is_published=is_published, published_at=timezone.now()
    )

with transaction.atomic():
    people = {}
    for name in ("alice", "bob", "charlie", "someone", "blocker", "staff"):
        username = f"{name}-{SUFFIX}"
        people[name] = User.objects.create(username=username, email=f"{username}@example.com")
    alice, bob, charlie, staff = (people[name] for name in ("alice", "bob", "charlie", "staff"))
    User.objects.filter(pk=staff.pk).update(is_staff=True, is_superuser=True)
    staff.refresh_from_db()
    Block.objects.create(blocker=people["blocker"], blocked=alice)
    group = create_group(actor=alice, name="film club").group
    add_member(actor=alice, group_id=group.pk, username=bob.username)
    said = post_message(
        PrivateDraft(actor_id=alice.pk, actor_name=alice.username, recipient=bob.username, content="between us")
    ).message
    room, banned_room = (open_room(f"movie-{film(title).pk}") for title in ("Film", "Other film"))
    # alice leads it, who is waited for until tomorrow.
    led_room = open_room(f"movie-{film('Led film').pk}")
    Room.objects.filter(pk=led_room.pk).update(
        host_user=alice, host_name=alice.username, host_gone_at=timezone.now() + timedelta(days=1)
    )
    Room.objects.filter(pk=banned_room.pk).update(control="everyone")
    ban(actor=staff, room=banned_room, user=charlie)
    mute(actor=staff, room=banned_room, user=bob)
    party, other_party, closed_party = (
        open_party(actor=alice, movie_id=room.movie_id, password="sesame") for _ in range(3)
    )
    for one in (party, other_party):
        join_party(actor=bob, room=one, invite=one.invite_key)
    close_party(actor=alice, room=closed_party)
    ended = log_in(user=alice)
    log_out(login=ended.login)
    print(json.dumps({
        **{name: person.username for name, person in people.items()},
        **{f"{name}_token": log_in(user=person).access for name, person in people.items()},
        "ended_token": ended.access, "room": room.room_id, "banned_room": banned_room.room_id,
        "led_room": led_room.room_id,
        "party": party.room_id, "other_party": other_party.room_id, "closed_party": closed_party.room_id,
        "hidden_room": f"movie-{film('Hidden', False).pk}", "group": str(group.pk), "private": said.conversation_id,
        "group_conversation": group.conversation_id,
    }))
"""


def make_world(server: Server) -> dict[str, Any]:
    """What was made, by the names that the table uses."""
    made = server.shell(f"SUFFIX = {secrets.token_hex(4)!r}\n{_MAKE}")
    names: dict[str, Any] = json.loads(made.strip().splitlines()[-1])
    return names
