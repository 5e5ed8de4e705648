"""Uploads as staff see them: whose, how large, since when. Their bytes are not opened here."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from files import services
from files.models import StoredFile


@admin.register(StoredFile)
class StoredFileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["filename", "owner", "readable_size", "content_type", "uploaded_at"]
    list_select_related = ["owner"]
    list_filter = ["uploaded_at"]
    search_fields = ["filename", "owner__username"]
    ordering = ["-uploaded_at", "-id"]
    readonly_fields = ["id", "filename", "owner", "readable_size", "content_type", "uploaded_at"]
    fields = (*readonly_fields,)

    @admin.display(description=_("size"), ordering="size")
    def readable_size(self, file: StoredFile) -> str:
        return filesizeformat(file.size)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: StoredFile | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: StoredFile) -> None:
        services.delete_file(actor=cast(User, request.user), file=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[StoredFile]) -> None:
        for file in queryset:
            services.delete_file(actor=cast(User, request.user), file=file)
