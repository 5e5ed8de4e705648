"""Reading groups. A group somebody is not in does not exist for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Count, OuterRef, QuerySet, Subquery

from accounts.models import User
from core.errors import NotFound
from groups.models import ChatGroup, Membership
from messaging.models import Conversation, Participant


def memberships_of(user: User) -> QuerySet[Membership]:
    """A person's places in groups, oldest group first, each with its group, founder and `member_count`."""
    counts = Membership.objects.filter(group_id=OuterRef("group_id")).order_by().values("group_id").annotate(n=Count("pk"))
    return (
        Membership.objects.filter(user=user)
        .select_related("group__created_by", "group__conversation")
        .annotate(member_count=Subquery(counts.values("n")))
        .order_by("group_id")
    )


def groups_of(user: User) -> QuerySet[ChatGroup]:
    return ChatGroup.objects.filter(memberships__user=user).order_by("pk")


def access_membership(user: User, group_id: int) -> Membership:
    """The person's place in a group, as in `memberships_of`; NotFound when they are not in it."""
    membership = memberships_of(user).filter(group_id=group_id).first()
    if membership is None:
        raise NotFound
    return membership


def access_group(user: User, group_id: int) -> ChatGroup:
    """NotFound unless the person is in it."""
    return access_membership(user, group_id).group


def members_of(group: ChatGroup) -> QuerySet[Membership]:
    """Everyone in it, the longest-standing first, with their users."""
    return Membership.objects.filter(group=group).select_related("user").order_by("joined_at", "pk")


def group_conversation(user_id: int, group_id: int) -> int:
    """The id of a group's conversation; NotFound unless the person is in the group. One query."""
    rows = Membership.objects.filter(user_id=user_id, group_id=group_id)
    conversation_id = rows.values_list("group__conversation_id", flat=True).first()
    if conversation_id is None:
        raise NotFound
    return conversation_id


class Followed(NamedTuple):
    """A group's conversation as one of its people may hear it: from `joined_seq` on."""

    group_id: int
    joined_seq: int


def conversations_of_people(user_ids: Collection[int]) -> dict[int, dict[int, Followed]]:
    """By person, their groups' conversations by id; a person without groups is absent. One query."""
    rows = Participant.objects.filter(user_id__in=user_ids, left_at=None, conversation__kind=Conversation.Kind.GROUP)
    found: dict[int, dict[int, Followed]] = {}
    columns = rows.values_list("user_id", "conversation_id", "conversation__subject", "joined_seq")
    for user_id, conversation_id, group_id, joined_seq in columns:
        found.setdefault(user_id, {})[conversation_id] = Followed(int(group_id), joined_seq)
    return found
