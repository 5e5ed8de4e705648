"""Keeping order among comments. Staff read, hide, show again and delete; they do not write in others' names."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from comments import services
from comments.models import Comment
from core.admin import TracedAdmin


def _actor(request: HttpRequest) -> User:
    return cast(User, request.user)


@admin.register(Comment)
class CommentAdmin(TracedAdmin):
    list_display = ["beginning", "user", "movie", "created_at", "is_hidden", "hidden_by"]
    list_select_related = ["user", "movie", "hidden_by"]
    list_filter = ["is_hidden", "created_at"]
    search_fields = ["content", "user__username", "movie__title"]
    search_help_text = _("Words, an author or a film")
    ordering = ["-id"]
    readonly_fields = ["movie", "user", "content", "movie_time", "created_at", "edited_at", "is_hidden", "hidden_by"]
    fields = (*readonly_fields,)
    actions = ["hide", "unhide"]

    @admin.display(description=_("content"))
    def beginning(self, comment: Comment) -> str:
        return Truncator(comment.content).chars(80)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Comment) -> None:
        services.delete_comment(actor=_actor(request), comment=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        for comment in queryset:
            services.delete_comment(actor=_actor(request), comment=comment)

    @admin.action(description=_("Hide the selected comments"), permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        actor, seen = _actor(request), queryset.filter(is_hidden=False)
        self.act_on(request, seen, lambda comment: services.hide_comment(actor=actor, comment=comment), _("Hidden"))

    @admin.action(description=_("Show the selected comments again"), permissions=["change"])
    def unhide(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        actor, hidden = _actor(request), queryset.filter(is_hidden=True)
        self.act_on(request, hidden, lambda comment: services.unhide_comment(actor=actor, comment=comment), _("Shown again"))
