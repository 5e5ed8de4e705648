"""Content for a benchmark, put into a server's database: `python -m bench.seed film|people|groups|history ...` prints JSON.

Rows that cost time on purpose (passwords) or by their number (members) are written plainly; messages go through the service.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402

from accounts.models import Login, User  # noqa: E402
from accounts.tokens import issue_access  # noqa: E402
from core.clock import now  # noqa: E402
from groups.models import Membership  # noqa: E402
from groups.services import create_group  # noqa: E402
from messaging.drafts import PrivateDraft  # noqa: E402
from messaging.message_view import Posted  # noqa: E402
from messaging.models import Conversation, Participant  # noqa: E402
from messaging.services import post_messages  # noqa: E402
from movies.models import Movie  # noqa: E402

NAMES = ("alice", "bob", "charlie")


def film() -> str:
    """A published film; the id of its room."""
    movie = Movie.objects.create(
        title="A film", video_link="https://example.com/film.m3u8", is_published=True, published_at=now(), duration=5400
    )
    return f"movie-{movie.pk}"


def people(number: str) -> list[dict[str, Any]]:
    """So many accounts, each signed in: id, username, token."""
    names = [f"{NAMES[index % 3]}-{index}" for index in range(int(number))]
    with transaction.atomic():
        users = User.objects.bulk_create(
            User(
                username=name,
                username_key=name,
                email=f"{name}@example.com",
                email_key=f"{name}@example.com",
                password="!",
            )
            for name in names
        )
        logins = Login.objects.bulk_create(Login(user=user, expires_at=now() + timedelta(days=1)) for user in users)
    return [
        {"id": user.pk, "username": user.username, "token": issue_access(login)}
        for user, login in zip(users, logins, strict=True)
    ]


def groups(size: str) -> list[dict[str, Any]]:
    """Everyone into groups of `size`: group_id, conversation_id, ids of the members; the first owns it."""
    everyone = list(User.objects.order_by("pk"))
    made = []
    for start in range(0, len(everyone), int(size)):
        members = everyone[start : start + int(size)]
        with transaction.atomic():
            group = create_group(actor=members[0], name=f"Group {start}").group
            rest = members[1:]
            Membership.objects.bulk_create(Membership(group=group, user=user, joined_at=now()) for user in rest)
            Participant.objects.bulk_create(
                Participant(conversation_id=group.conversation_id, user=user, joined_at=now()) for user in rest
            )
        made.append({"group_id": group.pk, "conversation_id": group.conversation_id, "members": [user.pk for user in members]})
    return made


def history(read: str, missed: str) -> dict[str, int]:
    """The first person gets `read` messages from each of the others, then `missed` more. {conversation: change between}."""
    reader, *others = User.objects.order_by("pk")
    _hear(reader, others, int(read))
    conversations = Conversation.objects.filter(kind=Conversation.Kind.PRIVATE)
    since = {str(pk): change for pk, change in conversations.values_list("pk", "last_change")}
    _hear(reader, others, int(missed))
    return since


def _hear(reader: User, others: list[User], times: int) -> None:
    for number in range(times):
        drafts = [
            PrivateDraft(
                actor_id=other.pk, actor_name=other.username, recipient=reader.username, content=f"~#{number}; hello there"
            )
            for other in others
        ]
        for answer in post_messages(drafts):
            assert isinstance(answer, Posted), answer


if __name__ == "__main__":
    make = {"film": film, "people": people, "groups": groups, "history": history}[sys.argv[1]]
    print(json.dumps(make(*sys.argv[2:])))  # type: ignore[operator]
