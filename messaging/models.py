"""Conversations of every kind and what is said in them. Groups and rooms own a conversation each; people pairs have one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Conversation(models.Model):
    """A sequence of messages. Whoever advances `last_seq` or `last_change` holds this row's lock."""

    class Kind(models.TextChoices):
        PRIVATE = "private", _("private")
        GROUP = "group", _("group")
        ROOM = "room", _("room")
        PARTY = "party", _("party")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject = models.CharField(max_length=64, blank=True)
    """What it belongs to, as its owner's floor knows it: a group's id, a room's public id, nothing for a private one."""
    title = models.CharField(max_length=200, blank=True)
    """What its owner calls it, for lists of conversations of every kind."""
    user_low = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    user_high = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    last_seq = models.BigIntegerField(default=0)
    last_change = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(fields=["user_low", "user_high"], name="one_conversation_per_pair"),
            models.CheckConstraint(condition=Q(user_low__lt=models.F("user_high")), name="pair_is_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject or self.pk}"

    @property
    def is_of_room(self) -> bool:
        """Of a watch room, public or not: it has no participants, and who may read it is the room's matter."""
        return self.kind in OF_ROOMS


OF_ROOMS = (Conversation.Kind.ROOM, Conversation.Kind.PARTY)


class Message(models.Model):
    """One message. `seq` counts messages without gaps, `change` counts edits and deletions too; both per conversation."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages", db_index=False)
    seq = models.BigIntegerField()
    change = models.BigIntegerField()
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    sender_name = models.CharField(_("sender"), max_length=64)
    """The name at the time of sending: what remains of guests and of deleted accounts."""
    is_verified = models.BooleanField(_("has an account"), default=True)
    """False for a guest, whose name belongs to nobody."""
    content = models.TextField(_("content"), blank=True)
    message_type = models.CharField(max_length=32, default="text")
    content_type = models.CharField(max_length=100, default="text/plain")
    file = models.ForeignKey("files.StoredFile", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    reply_to = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    client_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001  (null is outside of the constraint)
    body_digest = models.CharField(max_length=64, blank=True)
    """Of the body as first sent, so that a retry is compared with it even after an edit."""
    movie_time = models.FloatField(null=True, blank=True)
    movie_id = models.BigIntegerField(null=True, blank=True)
    """The film that `movie_time` is a second of, by its row id without a foreign key: films are another floor's."""
    created_at = models.DateTimeField(_("created at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="seq_unique_in_conversation"),
            models.UniqueConstraint(
                fields=["sender", "client_id"],
                condition=Q(sender__isnull=False, client_id__isnull=False),
                name="client_id_unique_per_sender",
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "id"], name="message_page"),
            models.Index(fields=["conversation", "change"], name="message_change"),
            models.Index(
                fields=["conversation", "movie_id", "movie_time", "seq"],
                name="message_movie_time",
                condition=Q(movie_time__isnull=False),
            ),
            models.Index(fields=["file"], name="message_file", condition=Q(file__isnull=False)),
            models.Index(fields=["reply_to"], name="message_reply_to", condition=Q(reply_to__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.sender_name}"


class Participant(models.Model):
    """A person in a private conversation or a group, with their cursors: receipts are two numbers, never rows per message."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="participants", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="participations")
    joined_seq = models.BigIntegerField(default=0)
    """What was said up to here is not theirs to see."""
    delivered_seq = models.BigIntegerField(default=0)
    read_seq = models.BigIntegerField(default=0)
    own_after_read = models.BigIntegerField(default=0)
    """Their own messages after `read_seq`, so that unread stays a subtraction: last_seq - read_seq - own_after_read."""
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="one_participant_per_conversation")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id}"


class Turn(models.Model):
    """When somebody last spoke in a conversation in which messages of one person must keep apart."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns", db_index=False)
    speaker = models.CharField(max_length=64)
    """An account or a guest's address, as whoever asks for the pause names them."""
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "speaker"], name="one_turn_per_speaker")]

    def __str__(self) -> str:
        return f"{self.speaker} in {self.conversation_id}"


class FileShare(models.Model):
    """A message that gives the people of its conversation the right to read a file."""

    file = models.ForeignKey("files.StoredFile", models.CASCADE, related_name="shares", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, models.CASCADE, related_name="shares")

    class Meta:
        verbose_name = _("file share")
        verbose_name_plural = _("file shares")
        constraints = [models.UniqueConstraint(fields=["file", "message"], name="file_shared_once_per_message")]

    def __str__(self) -> str:
        return f"{self.file_id} in {self.conversation_id}"
