"""Moderation of what is said in public rooms. Private messages and groups are nobody's to read here."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.admin import TracedAdmin
from messaging import services
from messaging.models import Conversation, Message


@admin.register(Message)
class RoomMessageAdmin(TracedAdmin):
    list_display = ["created_at", "room", "sender_name", "is_verified", "content", "is_deleted"]
    list_filter = ["is_verified", ("deleted_at", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["sender_name", "content", "conversation__subject"]
    list_select_related = ["conversation"]
    fields = ("room", "sender_name", "sender", "is_verified", "content", "created_at", "edited_at", "deleted_at")
    readonly_fields = ("room", "sender_name", "sender", "is_verified", "content", "created_at", "edited_at", "deleted_at")
    ordering = ["-id"]
    actions = ["take_out"]
    # Counting every message for "1 of 3,000,000" is a full scan.
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).filter(conversation__kind=Conversation.Kind.ROOM)

    @admin.display(description=_("room"), ordering="conversation__subject")
    def room(self, message: Message) -> str:
        return message.conversation.subject

    @admin.display(description=_("deleted"), boolean=True)
    def is_deleted(self, message: Message) -> bool:
        return message.deleted_at is not None

    @admin.action(description=_("Take out of the room"), permissions=["change"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        def remove(message: Message) -> None:
            services.remove_room_message(actor=cast(User, request.user), message_id=message.pk)

        self.act_on(request, queryset.filter(deleted_at=None), remove, _("Taken out"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
