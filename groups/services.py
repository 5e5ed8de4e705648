"""Changing groups. Each function is one transaction under the group's lock, and announces on commit."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.selectors import is_blocking, user_by_username
from core import bus
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.text import is_encodable
from groups import selectors
from groups.events import MembershipChanged
from groups.models import ChatGroup, Membership
from messaging import services as messaging
from messaging.drafts import ConversationDraft
from messaging.message_view import Posted
from messaging.models import Conversation

OWNER, ADMIN = Membership.Role.OWNER, Membership.Role.ADMIN
NAME_CHARS, DESCRIPTION_CHARS = 100, 500


def create_group(*, actor: User, name: str, description: str = "") -> Membership:
    """A new group with the actor as its owner and only member. Answers that membership. Invalid name or description."""
    name = name.strip()
    _check_words(name, description)
    with transaction.atomic():
        conversation = messaging.open_conversation(kind=Conversation.Kind.GROUP)
        group = ChatGroup.objects.create(
            name=name, description=description, conversation=conversation, created_by=actor, created_at=now()
        )
        messaging.name_conversation(conversation_id=conversation.pk, subject=str(group.pk), title=name)
        _let_in(group, actor, OWNER)
        return selectors.access_membership(actor, group.pk)


def add_member(*, actor: User, group_id: int, username: str) -> Membership:
    """Let somebody in, from the next message on.

    NotFound for a group without the actor and for a person who is unknown, deactivated or blocks the actor; Forbidden unless
    the actor is owner or admin; Conflict for somebody who is in it already.
    """
    with transaction.atomic():
        group, membership = _locked(actor, group_id)
        if membership.role not in (OWNER, ADMIN):
            raise Forbidden
        person = user_by_username(username) if is_encodable(username) else None
        if person is None or not person.is_active or is_blocking(blocker=person, blocked=actor):
            raise NotFound(_("There is nobody of this name."))
        if Membership.objects.filter(group=group, user=person).exists():
            raise Conflict(_("This person is in the group already."))
        return _let_in(group, person, Membership.Role.MEMBER)


def remove_member(*, actor: User, group_id: int, username: str) -> Membership:
    """Put somebody out, or leave by one's own name. Answers the membership that was.

    NotFound for a group without the actor and for a name that is not in it; Forbidden unless the actor is owner, or admin
    and the other a plain member.
    """
    with transaction.atomic():
        group, membership = _locked(actor, group_id)
        person = user_by_username(username) if is_encodable(username) else None
        theirs = Membership.objects.select_related("user").filter(group=group, user=person).first() if person else None
        if theirs is None:
            raise NotFound(_("There is nobody of this name in the group."))
        if theirs.user_id != actor.pk and not _may_remove(membership, theirs):
            raise Forbidden
        return _put_out(group, theirs)


def leave(*, actor: User, group_id: int) -> Membership:
    """Go. An owner hands over to the admin, else the member, of longest standing. NotFound for a group without the actor."""
    with transaction.atomic():
        return _put_out(*_locked(actor, group_id))


def expel(*, actor: User, membership_id: int) -> None:
    """Staff put somebody out of any group. Forbidden for others, NotFound when they have gone already."""
    if not actor.is_staff:
        raise Forbidden
    with transaction.atomic():
        membership = Membership.objects.select_related("user").filter(pk=membership_id).first()
        if membership is None:
            raise NotFound
        _put_out(ChatGroup.objects.select_for_update(no_key=True).get(pk=membership.group_id), membership)


def delete_group(*, actor: User, group_id: int) -> None:
    """Staff remove a group with all that was said in it. Forbidden for others, NotFound."""
    if not actor.is_staff:
        raise Forbidden
    with transaction.atomic():
        group = ChatGroup.objects.select_for_update().filter(pk=group_id).first()
        if group is None:
            raise NotFound
        for membership in selectors.members_of(group):
            _announce(group, membership.user, is_member=False)
        messaging.close_conversation(conversation_id=group.conversation_id)


def post_to_group(*, actor: User, group_id: int, **body: Any) -> Posted:
    """Say something in a group; `body` is `messaging.drafts.Body`.

    NotFound for a group without the actor; Invalid and Conflict as `messaging.services.post_message`.
    """
    return messaging.post_message(draft_for(actor=actor, group_id=group_id, **body))


def draft_for(*, actor: User, group_id: int, **body: Any) -> ConversationDraft:
    """A message into a group, not stored yet. NotFound for a group without the actor. One query."""
    return ConversationDraft(
        conversation_id=selectors.group_conversation(actor.pk, group_id),
        actor_id=actor.pk,
        sender_name=actor.username,
        **body,
    )


def _check_words(name: str, description: str) -> None:
    wrong: dict[str, list[object]] = {}
    if not name:
        wrong["name"] = [_("May not be blank.")]
    for field, text, most in (("name", name, NAME_CHARS), ("description", description, DESCRIPTION_CHARS)):
        if len(text) > most:
            wrong[field] = [_("Too long.")]
        elif not is_encodable(text):
            wrong[field] = [_("Contains characters that are not allowed.")]
    if wrong:
        raise Invalid(errors=wrong)


def _locked(actor: User, group_id: int) -> tuple[ChatGroup, Membership]:
    """The group under its lock and the actor's place in it; NotFound without one."""
    group = ChatGroup.objects.select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None:
        raise NotFound
    if not Membership.objects.filter(group=group, role=OWNER).exists():
        _hand_over(group)  # The owner's account was deleted.
    membership = Membership.objects.select_related("user").filter(group=group, user=actor).first()
    if membership is None:
        raise NotFound
    return group, membership


def _may_remove(mine: Membership, theirs: Membership) -> bool:
    return mine.role == OWNER or (mine.role == ADMIN and theirs.role == Membership.Role.MEMBER)


def _let_in(group: ChatGroup, person: User, role: Membership.Role) -> Membership:
    try:
        with transaction.atomic():
            membership = Membership.objects.create(group=group, user=person, role=role, joined_at=now())
    except IntegrityError as error:
        # Added by somebody else just now, or their account was deleted.
        raise Conflict(_("This person is in the group already.")) from error
    participant = messaging.add_participant(conversation_id=group.conversation_id, user_id=person.pk)
    joined_change = participant.conversation.last_change
    _announce(group, person, is_member=True, joined_seq=participant.joined_seq, joined_change=joined_change)
    return membership


def _put_out(group: ChatGroup, membership: Membership) -> Membership:
    Membership.objects.filter(pk=membership.pk).delete()
    messaging.remove_participant(conversation_id=group.conversation_id, user_id=membership.user_id)
    if membership.role == OWNER:
        _hand_over(group)
    _announce(group, membership.user, is_member=False)
    return membership


def _hand_over(group: ChatGroup) -> None:
    """To the admin of longest standing, else the member; nobody is left of an empty group."""
    members = selectors.members_of(group)
    heir = members.filter(role=ADMIN).first() or members.first()
    if heir is not None:
        Membership.objects.filter(pk=heir.pk).update(role=OWNER)


def _announce(
    group: ChatGroup, person: User, *, is_member: bool, joined_seq: int = 0, joined_change: int | None = None
) -> None:
    event = MembershipChanged(
        group_id=group.pk,
        conversation_id=group.conversation_id,
        user_id=person.pk,
        username=person.username,
        is_member=is_member,
        joined_seq=joined_seq,
        joined_change=joined_change,
    )
    bus.publish(bus.user_address(person.pk), event)
    bus.publish(bus.conversation_address(group.conversation_id), event)
