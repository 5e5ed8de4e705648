"""One small world per test: alice owns, bob takes part, charlie is a stranger, and staff are no part of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from accounts import services as accounts
from accounts.models import User
from comments import services as comments
from devices import services as devices
from messaging.services import post_message
from rooms.services import join_party, mute, open_party, open_room
from tests.conftest import make_user
from tests.doors.table import SECRET
from tests.messaging.sending import file_of, group_of, into, say, to
from tests.movies.films import make_film


class World:
    """`names` are the objects that a row of the table can name; `clients` speak for the roles."""

    def __init__(self, client_for: Callable[..., APIClient]) -> None:
        people = ("alice", "bob", "charlie", "someone", "blocked", "blocker")
        self.people: dict[str, User] = {name: make_user(name) for name in people}
        self.people["staff"] = make_user("staff", is_staff=True, is_superuser=True)
        self.names: dict[str, Any] = {name: name for name in self.people}
        self._make_films()
        self._make_conversations()
        self._make_party()
        self._make_devices()
        accounts.block(actor=self.people["alice"], username="blocked")
        accounts.block(actor=self.people["blocker"], username="alice")
        roles = {"stranger": "charlie", "member": "bob", "owner": "alice", "staff": "staff"}
        self.clients = {role: client_for(self.people[name]) for role, name in roles.items()}
        self.clients["nobody"] = client_for()
        ended = accounts.log_in(user=self.people["alice"])
        accounts.log_out(login=ended.login)
        self.clients["ended"] = client_for(HTTP_AUTHORIZATION=f"Bearer {ended.access}")

    def _make_films(self) -> None:
        film, hidden = make_film(), make_film("Hidden", published=False)
        room = open_room(f"movie-{film.pk}")
        self.film, self.room = film, room
        comment, gone = (comments.post_comment(actor=self.people["bob"], movie_id=film.pk, content="good") for _ in range(2))
        comments.hide_comment(actor=self.people["staff"], comment=gone)
        message = post_message(into(room.conversation, self.people["alice"], room_id=room.room_id)).message
        self.names |= {
            "movie_id": film.pk, "hidden_film": hidden.pk, "room_id": room.room_id, "hidden_room": f"movie-{hidden.pk}",
            "comment_id": comment.pk, "hidden_comment": gone.pk, "room_message": message.id,
        }  # fmt: skip

    def _make_conversations(self) -> None:
        alice, bob = self.people["alice"], self.people["bob"]
        self.group = group_of(alice, bob, self.people["someone"], name=SECRET)
        said = post_message(into(self.group.conversation, alice, SECRET)).message
        shared, unshared = file_of(alice, f"{SECRET}.txt"), file_of(alice, f"{SECRET}.txt")
        self.message = post_message(to("bob", alice, SECRET, file_id=str(shared.pk))).message
        say(bob, self.people["charlie"])
        self.names |= {
            "group_id": self.group.pk, "group_conversation": self.group.conversation_id, "group_message": said.id,
            "message_id": self.message.id, "conversation_id": self.message.conversation_id, "file_id": str(shared.pk),
            "unshared_file": str(unshared.pk),
        }  # fmt: skip

    def _make_party(self) -> None:
        """alice's, with bob in it; charlie knows the id but not the password."""
        alice, bob = self.people["alice"], self.people["bob"]
        party = open_party(actor=alice, movie_id=self.film.pk, name="Film night", password="sesame")
        join_party(actor=bob, room=party, invite=party.invite_key)
        post_message(into(party.conversation, alice, SECRET, room_id=party.room_id))
        theirs = [post_message(into(party.conversation, who, "hm", room_id=party.room_id)).message.id for who in (bob, None)]
        self.names |= {"bobs_words": theirs[0], "guests_words": theirs[1]}
        self.party, self.muted = party, mute(actor=alice, room=party, guest_name="loud")
        self.names |= {"party_id": party.room_id, "sanction_id": self.muted.pk}

    def _make_devices(self) -> None:
        tokens = accounts.log_in(user=self.people["alice"])
        device = devices.register_device(
            actor=self.people["alice"], device_id="phone", device_name=SECRET, device_type="phone", login=tokens.login
        )
        self.device = device
        self.names |= {"device_id": device.device_id, "refresh": tokens.refresh}


def filled(template: Any, names: dict[str, Any]) -> Any:
    """What stands in braces is replaced by an object's name; a template that is nothing else becomes the object itself."""
    match template:
        case str() if template.startswith("{") and template.endswith("}"):
            return names[template[1:-1]]
        case dict():
            return {key: filled(value, names) for key, value in template.items()}
        case list():
            return [filled(value, names) for value in template]
    return template
