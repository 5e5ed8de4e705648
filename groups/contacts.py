"""Who may see whether somebody is here: people who have written to each other, or share a small group."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from accounts.models import Block, User
from core.text import compare_key
from groups.models import Membership
from messaging.models import Conversation

LARGEST_GROUP = 50
"""In larger groups statuses would be noise: the square of the group."""


def contacts_of(user_id: int) -> dict[int, str]:
    """Ids and names of the people whose presence this person may see, and who may see theirs. One query.

    People who block each other, on either side, never see each other.
    """
    return dict(_contacts(user_id).values_list("id", "username"))


def contacts_of_people(user_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """The ids alone, for each of these people. Three queries, whatever their number."""
    ids = set(user_ids)
    near: dict[int, set[int]] = {user_id: set() for user_id in ids}
    for low, high in _private_pairs(ids):
        near.get(low, set()).add(high)
        near.get(high, set()).add(low)
    for people in _people_of_small_groups(ids):
        for user_id in people & ids:
            near[user_id] |= people
    blocks = Block.objects.filter(Q(blocker_id__in=ids) | Q(blocked_id__in=ids))
    for blocker_id, blocked_id in blocks.values_list("blocker_id", "blocked_id"):
        near.get(blocker_id, set()).discard(blocked_id)
        near.get(blocked_id, set()).discard(blocker_id)
    return {user_id: frozenset(found - {user_id}) for user_id, found in near.items()}


def _private_pairs(ids: Collection[int]) -> Iterable[tuple[int, int]]:
    pairs = Conversation.objects.filter(kind=Conversation.Kind.PRIVATE, user_low__is_active=True, user_high__is_active=True)
    pairs = pairs.filter(Q(user_low_id__in=ids) | Q(user_high_id__in=ids))
    return pairs.values_list("user_low_id", "user_high_id")  # Whoever is gone is not active.


def _people_of_small_groups(ids: Collection[int]) -> Iterable[set[int]]:
    groups: dict[int, set[int]] = {}
    for group_id, user_id in _small_groups(ids).filter(user__is_active=True).values_list("group_id", "user_id"):
        groups.setdefault(group_id, set()).add(user_id)
    return groups.values()


def may_see(viewer_id: int, usernames: Iterable[str]) -> dict[str, int]:
    """Those of the names, as they were given, whose presence the viewer may see, with their ids. One query.

    Oneself counts: one may see whether one's other devices are here.
    """
    names: dict[str, list[str]] = {}
    for name in usernames:
        names.setdefault(compare_key(name), []).append(name)
    people = User.objects.filter(Q(pk=viewer_id) | Q(pk__in=_contacts(viewer_id).values("pk")), username_key__in=names)
    return {name: pk for pk, key in people.values_list("pk", "username_key") for name in names[key]}


def _contacts(user_id: int) -> QuerySet[User]:
    private = Conversation.objects.filter(kind=Conversation.Kind.PRIVATE)
    near = (
        Q(pk__in=private.filter(user_low_id=user_id).values("user_high_id"))
        | Q(pk__in=private.filter(user_high_id=user_id).values("user_low_id"))
        | Q(pk__in=_small_groups([user_id]).values("user_id"))
    )
    return (
        User.objects.filter(near, is_active=True)
        .exclude(pk=user_id)
        .exclude(pk__in=Block.objects.filter(blocker_id=user_id).values("blocked_id"))
        .exclude(pk__in=Block.objects.filter(blocked_id=user_id).values("blocker_id"))
    )


def _small_groups(user_ids: Collection[int]) -> QuerySet[Membership]:
    """Everyone's membership of the small groups that any of these people is in."""
    size = Membership.objects.filter(group_id=OuterRef("group_id")).order_by().values("group_id").annotate(n=Count("pk"))
    theirs = Membership.objects.filter(user_id__in=user_ids).annotate(size=Subquery(size.values("n")))
    return Membership.objects.filter(group_id__in=theirs.filter(size__lte=LARGEST_GROUP).values("group_id"))
