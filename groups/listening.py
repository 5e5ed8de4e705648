"""What sockets listen to: the conversations of people's groups."""

from __future__ import annotations

from collections.abc import Collection

from groups.models import Membership


def conversations_of_people(user_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """For each person the conversations of their groups, and whose they are: {user: {conversation: group}}. One query."""
    rows = Membership.objects.filter(user_id__in=user_ids).values_list("user_id", "group__conversation_id", "group_id")
    found: dict[int, dict[int, int]] = {}
    for user_id, conversation_id, group_id in rows:
        found.setdefault(user_id, {})[conversation_id] = group_id
    return found
