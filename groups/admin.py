"""Groups for staff: who is in them and how busy they are, never what is said."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import DELETION
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.admin import TracedAdmin
from groups import services
from groups.models import ChatGroup, Membership


class Members(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    fields = ("user", "role", "joined_at")
    readonly_fields = ("user", "role", "joined_at")
    ordering = ["joined_at"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "group")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ChatGroup)
class ChatGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "created_by", "created_at", "member_count", "message_count"]
    list_filter = ["created_at"]
    list_select_related = ["created_by", "conversation"]
    search_fields = ["name", "description", "created_by__username", "memberships__user__username"]
    fields = ("name", "description", "created_by", "created_at", "message_count")
    readonly_fields = ("name", "description", "created_by", "created_at", "message_count")
    ordering = ["-id"]
    inlines = [Members]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChatGroup]:
        return super().get_queryset(request).annotate(members=Count("memberships", distinct=True))

    @admin.display(description=_("members"), ordering="members")
    def member_count(self, group: Any) -> int:
        return group.members

    @admin.display(description=_("messages"), ordering="conversation__last_seq")
    def message_count(self, group: ChatGroup) -> int:
        return group.conversation.last_seq

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """The groups alone: what goes with them has no pages of its own to be deleted from."""
        names = [str(group) for group in objs]
        return names, {str(ChatGroup._meta.verbose_name_plural): len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: ChatGroup) -> None:
        services.delete_group(actor=_staff(request), group_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ChatGroup]) -> None:
        for group in queryset:
            self.delete_model(request, group)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(TracedAdmin):
    list_display = ["group", "user", "role", "joined_at"]
    list_filter = ["role", "joined_at"]
    list_select_related = ["group", "user"]
    search_fields = ["group__name", "user__username"]
    fields = ("group", "user", "role", "joined_at")
    readonly_fields = ("group", "user", "role", "joined_at")
    ordering = ["-id"]
    actions = ["expel"]

    @admin.action(description=_("Put out of the group"), permissions=["change"])
    def expel(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        def put_out(membership: Membership) -> None:
            services.expel(actor=_staff(request), membership_id=membership.pk)

        self.act_on(request, queryset, put_out, _("Put out"), DELETION)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
