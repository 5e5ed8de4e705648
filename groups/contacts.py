"""Who may see whether somebody is here: people who have written to each other, or share a small group."""

from __future__ import annotations

from collections.abc import Iterable

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
        | Q(pk__in=_small_groups(user_id).values("user_id"))
    )
    return (
        User.objects.filter(near, is_active=True)
        .exclude(pk=user_id)
        .exclude(pk__in=Block.objects.filter(blocker_id=user_id).values("blocked_id"))
        .exclude(pk__in=Block.objects.filter(blocked_id=user_id).values("blocker_id"))
    )


def _small_groups(user_id: int) -> QuerySet[Membership]:
    """Everyone's membership of the small groups this person is in."""
    size = Membership.objects.filter(group_id=OuterRef("group_id")).order_by().values("group_id").annotate(n=Count("pk"))
    mine = Membership.objects.filter(user_id=user_id).annotate(size=Subquery(size.values("n"))).filter(size__lte=LARGEST_GROUP)
    return Membership.objects.filter(group_id__in=mine.values("group_id"))
