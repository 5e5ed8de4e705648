"""Which groups' conversations people's sockets listen to, read for many people at once."""

from __future__ import annotations

from typing import NamedTuple

from groups.selectors import Followed, conversations_of_people
from messaging.missed import where_they_stand


class Following(NamedTuple):
    """Somebody's groups by conversation, and where each stood right after: (last change, last sequence number)."""

    groups: dict[int, Followed]
    stands: dict[int, tuple[int, int]]


def followed_by(user_ids: list[int]) -> list[Following]:
    """One for each, in order. Two queries."""
    groups = conversations_of_people(user_ids)
    stands = where_they_stand({conversation_id for theirs in groups.values() for conversation_id in theirs})
    return [_following(groups.get(user_id, {}), stands) for user_id in user_ids]


def _following(groups: dict[int, Followed], stands: dict[int, tuple[int, int]]) -> Following:
    return Following(groups, {pk: stands[pk] for pk in groups if pk in stands})
