"""Inviting people to a room: a message with the link, by the roads of `messaging`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.errors import ApiError, Forbidden, Invalid
from groups.services import draft_for as group_draft
from messaging import services as messaging
from messaging.drafts import Draft, PrivateDraft
from rooms.facts import link_to
from rooms.models import Room
from rooms.selectors import role_of

MOST_PEOPLE = 20
MESSAGE_TYPE = "invitation"


class Invited(NamedTuple):
    """Who was written to, and who could not be, with the reason."""

    usernames: list[str]
    refused: dict[str, ApiError]


def invite_people(*, actor: User, room: Room, usernames: Sequence[str] = (), group_id: int | None = None) -> Invited:
    """Write the link to people, or into a group of the actor's, as messages of the actor.

    Forbidden for who does not belong to a party; NotFound for a group without the actor; Invalid unless either people, at
    most MOST_PEOPLE, or a group is named. A person who cannot be written to does not keep the others from it.
    """
    if role_of(room, actor.pk) == "guest":
        raise Forbidden
    names = list(dict.fromkeys(usernames))
    if bool(names) == (group_id is not None) or len(names) > MOST_PEOPLE:
        raise Invalid.field("usernames", gettext_lazy("Name up to 20 people, or one group."))
    content = _("Watch “%(title)s” with me: %(link)s") % {"title": room.name or room.movie.title, "link": link_to(room)}
    if group_id is not None:
        draft: Draft = group_draft(actor=actor, group_id=group_id, content=content, message_type=MESSAGE_TYPE)
        messaging.post_message(draft)
        return Invited([], {})
    drafts = [
        PrivateDraft(actor_id=actor.pk, actor_name=actor.username, recipient=name, content=content, message_type=MESSAGE_TYPE)
        for name in names
    ]
    answers = dict(zip(names, messaging.post_messages(drafts), strict=True))
    refused = {name: answer for name, answer in answers.items() if isinstance(answer, ApiError)}
    return Invited([name for name in names if name not in refused], refused)
