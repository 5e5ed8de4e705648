"""One pass over a batch of drafts, step by step. Only `posting` runs it, inside its transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.errors import ApiError, BadToken, Conflict, Invalid, NotFound
from core.text import compare_key
from files.models import StoredFile
from messaging import selectors
from messaging.drafts import ConversationDraft, Draft, PrivateDraft
from messaging.message_view import Posted, view_of
from messaging.models import Conversation, FileShare, Message, Participant
from messaging.services import lookups
from messaging.services.announcing import announce_message
from messaging.services.checks import WORDS, check_shape, digest_of
from messaging.services.conversations import make_private_conversations
from messaging.services.item import Item, conversation_of
from messaging.services.sharing import mentioned_files
from messaging.services.turns import Turns


class Batch:
    """`answers` holds one answer per draft, except for those `postponed` (by place) until the others are stored."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.answers: list[Posted | ApiError | None] = [None] * len(drafts)
        self.postponed: list[int] = []
        self.items = [Item(place, draft) for place, draft in enumerate(drafts)]

    def post(self) -> None:
        self._each(self._check_shape)
        self._answer_retries()
        self._find_people()
        self._find_places()
        self._check_replies()
        self._check_files()
        self._lock_conversations()
        self._find_participants()
        self._keep_apart()
        if self.items:
            self._store()

    # Steps. Each takes the items that it refuses or answers out of `self.items`. -----------------------------------------

    def _each(self, check: Callable[[Item], None]) -> None:
        """Run a check that raises for whom it refuses."""
        left = []
        for item in self.items:
            try:
                check(item)
            except ApiError as refusal:
                self.answers[item.place] = refusal
            else:
                left.append(item)
        self.items = left

    def _check_shape(self, item: Item) -> None:
        check_shape(item.draft)
        if item.retry_key:
            item.digest = digest_of(item.draft)

    def _answer_retries(self) -> None:
        """Before anything else: a retry is answered even when the send itself would be refused by now."""
        keys = {item.retry_key for item in self.items if item.retry_key}
        if not keys:
            return
        retried = lookups.ids_of_retries(keys)
        messages = selectors.whole(Message.objects.filter(pk__in=retried)) if retried else ()
        stored = {(message.sender_id, message.client_id): message for message in messages}
        seen, left = set(), []
        for item in self.items:
            key = item.retry_key
            if key in stored:
                self.answers[item.place] = _answer_to_retry(stored[key], item)
            elif key in seen:
                self.postponed.append(item.place)
            else:
                seen.add(key)
                left.append(item)
            seen.discard(None)
        self.items = left

    def _find_people(self) -> None:
        ids = {item.draft.actor_id for item in self.items if item.draft.actor_id is not None}
        keys = {compare_key(item.draft.recipient) for item in self.items if isinstance(item.draft, PrivateDraft)}
        if not ids and not keys:
            return
        people = lookups.people(ids, keys)
        by_id = {person.pk: person for person in people}
        by_key = {person.username_key: person for person in people}

        def check(item: Item) -> None:
            if item.draft.actor_id is not None:
                item.actor = by_id.get(item.draft.actor_id)
                if item.actor is None or not item.actor.is_active:
                    raise BadToken
            if isinstance(item.draft, PrivateDraft):
                item.recipient = by_key.get(compare_key(item.draft.recipient))
                if item.recipient is None or not item.recipient.is_active:
                    raise NotFound
                if item.recipient == item.actor:
                    raise Invalid.field("recipient", _("You cannot write to yourself."))

        self._each(check)

    def _find_places(self) -> None:
        """Which conversation each goes to. A pair without one gets it only once nothing else can be refused.

        A blocking recipient looks like an unknown one.
        """
        pairs = {(item.actor.pk, item.recipient.pk) for item in self.items if item.actor and item.recipient}
        found = lookups.acquaintances(pairs) if pairs else {}

        def check(item: Item) -> None:
            if isinstance(item.draft, ConversationDraft):
                item.conversation_id = item.draft.conversation_id
            elif item.actor and item.recipient:
                between = found[item.actor.pk, item.recipient.pk]
                if between.is_blocked:
                    raise NotFound
                item.conversation_id = between.conversation_id

        self._each(check)

    def _check_replies(self) -> None:
        wanted = {item.draft.reply_to for item in self.items if item.draft.reply_to is not None}
        if not wanted:
            return
        rows = Message.objects.filter(pk__in=wanted).values_list("pk", "conversation_id", "seq")
        found = {(pk, conversation_id): seq for pk, conversation_id, seq in rows}

        def check(item: Item) -> None:
            if item.draft.reply_to is None:
                return
            item.reply_seq = found.get((item.draft.reply_to, item.conversation_id or 0))
            if item.reply_seq is None:
                raise Invalid.field("reply_to", WORDS["reply"])

        self._each(check)

    def _check_files(self) -> None:
        """A file may be sent by its owner and by those who may read it; a mention in the text shares only one's own."""
        attached = {item.place: uuid.UUID(item.draft.file_id) for item in self.items if item.draft.file_id is not None}
        mentioned = {item.place: mentioned_files(item.draft.content) for item in self.items if item.actor}
        wanted = {*attached.values()}.union(*mentioned.values())
        if not wanted:
            return
        files = {file.pk: file for file in StoredFile.objects.filter(pk__in=wanted)}
        readers = selectors.readers_of(
            [file.pk for file in files.values() if file.pk in attached.values()],
            [item.actor.pk for item in self.items if item.actor and item.place in attached],
        )

        def check(item: Item) -> None:
            actor_id = item.actor.pk if item.actor else None
            if item.place in attached:
                item.file = files.get(attached[item.place])
                may_read = item.file and (item.file.owner_id == actor_id or (item.file.pk, actor_id) in readers)
                if item.file is None or not may_read:
                    raise Invalid.field("file_id", WORDS["file"])
            own = [pk for pk in mentioned.get(item.place, []) if pk in files and files[pk].owner_id == actor_id]
            item.shared = list(dict.fromkeys([*own, *([item.file.pk] if item.file else [])]))

        self._each(check)

    def _lock_conversations(self) -> None:
        """In id order, whoever they belong to, those included that are made here."""
        missing = {item.pair for item in self.items if item.pair and item.conversation_id is None}
        made = make_private_conversations(missing) if missing else {}
        for item in self.items:
            if item.conversation_id is None and item.pair:
                item.conversation_id = made[item.pair]
        ids = {item.conversation_id for item in self.items if item.conversation_id is not None}
        if not ids:
            return
        locked = lookups.locked_conversations(ids)

        def check(item: Item) -> None:
            item.conversation = locked.get(item.conversation_id or 0)
            is_private = item.conversation is not None and item.conversation.kind == Conversation.Kind.PRIVATE
            if item.conversation is None or is_private != isinstance(item.draft, PrivateDraft):
                raise NotFound
            if item.actor and item.recipient:
                # The view names both people; they are here already.
                is_low = item.conversation.user_low_id == item.actor.pk
                item.conversation.user_low = item.actor if is_low else item.recipient
                item.conversation.user_high = item.recipient if is_low else item.actor

        self._each(check)

    def _find_participants(self) -> None:
        """Membership of groups is checked here, under the conversation's lock: who was removed cannot have slipped in."""
        inside = [item for item in self.items if not conversation_of(item).is_of_room]
        if not inside:
            return
        present = lookups.locked_participants(
            {(conversation_of(item).pk, item.draft.actor_id) for item in inside if item.draft.actor_id is not None}
        )

        def check(item: Item) -> None:
            conversation = conversation_of(item)
            item.participant = present.get((conversation.pk, item.draft.actor_id or 0))
            if item.participant is None and not conversation.is_of_room:
                raise NotFound
            if item.participant and item.reply_seq is not None and item.reply_seq <= item.participant.joined_seq:
                raise Invalid.field("reply_to", WORDS["reply"])

        self._each(check)

    def _keep_apart(self) -> None:
        """Where messages of one speaker must keep apart. Last, so that what is refused takes no turn; under the lock of the
        conversation, so that it holds whichever process asks.
        """
        slow = [item.draft for item in self.items if isinstance(item.draft, ConversationDraft) and item.draft.slow_seconds]
        if slow:
            turns = Turns(slow)
            self._each(lambda item: turns.take(item.draft))
            turns.write()

    # Storing --------------------------------------------------------------------------------------------------------------

    def _store(self) -> None:
        at = now()
        messages = Message.objects.bulk_create([self._message(item, at) for item in self.items])
        lookups.advance_conversations({conversation_of(item) for item in self.items}, at)
        if participants := {item.participant for item in self.items if item.participant}:
            lookups.advance_cursors(participants)
        FileShare.objects.bulk_create(self._shares(messages))
        for item, message in zip(self.items, messages, strict=True):
            view = view_of(message)
            self.answers[item.place] = Posted(message=view)
            announce_message(view, origin=item.draft.origin)

    def _message(self, item: Item, at: datetime) -> Message:
        draft, conversation = item.draft, conversation_of(item)
        conversation.last_seq += 1
        conversation.last_change += 1
        if item.participant:
            _count_own(item.participant, conversation.last_seq)
        is_guest = isinstance(draft, ConversationDraft) and draft.actor_id is None
        name = draft.sender_name if isinstance(draft, ConversationDraft) else draft.actor_name
        return Message(
            conversation=conversation,
            seq=conversation.last_seq,
            change=conversation.last_change,
            sender=item.actor,
            sender_name=item.actor.username if item.actor else name,
            is_verified=not is_guest and getattr(draft, "verified", True),
            content=draft.content,
            message_type=draft.message_type,
            content_type=draft.content_type,
            file=item.file,
            reply_to_id=draft.reply_to,
            client_id=draft.client_id,
            body_digest=item.digest,
            movie_time=draft.movie_time,
            movie_id=getattr(draft, "movie_id", None) if draft.movie_time is not None else None,
            created_at=at,
        )

    def _shares(self, messages: Sequence[Message]) -> Iterator[FileShare]:
        """What is said in a room shares a file with nobody."""
        for item, message in zip(self.items, messages, strict=True):
            if message.conversation.is_of_room:
                continue
            for file_id in item.shared:
                yield FileShare(file_id=file_id, conversation=message.conversation, message=message)


def _count_own(participant: Participant, seq: int) -> None:
    """One's own message is read by oneself if all before it was, and is never unread."""
    if participant.read_seq == seq - 1:
        participant.read_seq = participant.delivered_seq = seq
    else:
        participant.own_after_read += 1


def _answer_to_retry(message: Message, item: Item) -> Posted | ApiError:
    if message.body_digest != item.digest:
        return Conflict(_("This client_id was used for another message."))
    return Posted(message=view_of(message), duplicate=True)
