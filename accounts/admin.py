"""Staff find people and logins, and end them. Every change goes through a service."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.views import PasswordChangeView
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts import logins, pages, selectors, services
from accounts.avatars import remove_avatar
from accounts.forms import AddUserForm, ChangeUserForm, PasswordForm
from accounts.models import Login, User
from core.admin import TracedAdmin

_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # The admin lets nobody else in.
    return request.user


@admin.register(User)
class UserAdmin(TracedAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    add_form = AddUserForm
    form = ChangeUserForm
    change_password_form = PasswordForm
    list_display = ["username", "email", "is_active", "is_staff", "created_at"]
    list_filter = ["is_active", "is_staff", "shows_presence", "shows_receipts", "created_at"]
    search_fields = ["username", "username_key", "email"]
    ordering = ["-id"]
    actions = ["activate", "deactivate", "remove_avatars"]
    readonly_fields = ["created_at", "avatar_now"]
    fieldsets = [
        (None, {"fields": ["username", "email", "password", "avatar_now", "created_at"]}),
        (None, {"fields": ["is_active", "shows_presence", "shows_receipts"]}),
        (_("Rights"), {"fields": list(_RIGHTS), "classes": ["collapse"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]

    @admin.display(description=_("picture"))
    def avatar_now(self, user: User) -> str:
        if not user.avatar:
            return "–"
        return format_html('<img src="{}" alt="" width="128" height="128">', selectors.avatar_path(user.avatar))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only a superuser gives rights, or staff could give themselves all."""
        fixed = [*super().get_readonly_fields(request, obj)]
        return fixed if _staff(request).is_superuser else [*fixed, *_RIGHTS]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, user: User | None) -> bool:
        return user is None or _staff(request).is_superuser or not user.is_superuser

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        services.store_account(actor=_staff(request), user=obj)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.delete_account(actor=_staff(request), user=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = self._touchable(request, queryset.filter(is_active=False))
        self.act_on(request, users, lambda user: services.activate(actor=_staff(request), user=user), _("Activated"))

    @admin.action(description=_("Deactivate and sign out"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = self._touchable(request, queryset.filter(is_active=True))
        self.act_on(request, users, lambda user: services.deactivate(actor=_staff(request), user=user), _("Deactivated"))

    @admin.action(description=_("Remove the picture"), permissions=["change"])
    def remove_avatars(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = self._touchable(request, queryset.exclude(avatar=""))
        self.act_on(request, users, lambda user: remove_avatar(actor=_staff(request), user=user), _("Picture removed"))

    def _touchable(self, request: HttpRequest, queryset: QuerySet[User]) -> list[User]:
        return [user for user in queryset if self._may_touch(request, user)]


@admin.register(Login)
class LoginAdmin(TracedAdmin):
    list_display = ["user", "kind", "device_id", "created_at", "last_seen_at", "is_live"]
    list_filter = ["kind", "created_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "device_id"]
    ordering = ["-created_at"]
    actions = ["end"]
    fields = ["user", "kind", "device_id", "user_agent", "created_at", "last_seen_at", "expires_at", "revoked_at"]

    @admin.display(description=_("signed in"), boolean=True)
    def is_live(self, login: Login) -> bool:
        return login.is_live

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Login | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Login) -> None:
        logins.delete_login(login=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Login]) -> None:
        for login in queryset:
            self.delete_model(request, login)

    @admin.action(description=_("Sign out"), permissions=["delete"])
    def end(self, request: HttpRequest, queryset: QuerySet[Login]) -> None:
        live = [login for login in queryset if login.is_live]
        self.act_on(request, live, lambda login: services.log_out(login=login), _("Signed out"))


class OwnPassword(PasswordChangeView):
    """The admin's page for one's own password, which like any other way ends one's other logins."""

    form_class = AdminPasswordChangeForm
    template_name = "registration/password_change_form.html"

    def form_valid(self, form: Any) -> HttpResponse:
        keep = pages.current_login(self.request)
        user = services.set_password(user=_staff(self.request), new_password=form.cleaned_data["new_password1"], keep=keep)
        update_session_auth_hash(self.request, user)
        return HttpResponseRedirect(reverse("admin:password_change_done"))


def own_password(request: HttpRequest) -> HttpResponseBase:
    return OwnPassword.as_view(extra_context=admin.site.each_context(request))(request)
