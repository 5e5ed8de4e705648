"""Keeping order in rooms. Staff see who leads how many people, and mute or ban; every change goes through the services."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.admin import TracedAdmin
from core.clock import now
from rooms import services
from rooms.forms import SanctionForm
from rooms.models import Room, RoomRole, Sanction
from rooms.selectors import rooms_with_people


def _actor(request: HttpRequest) -> User:
    return cast(User, request.user)


def impose(request: HttpRequest, sanction: Sanction) -> Sanction:
    """Through the service for its kind."""
    if sanction.kind == Sanction.Kind.KICK and sanction.room is not None:
        return services.kick(
            actor=_actor(request),
            room=sanction.room,
            user=sanction.user,
            guest_name=sanction.guest_name,
            address=sanction.address,
            reason=sanction.reason,
        )
    act = services.ban if sanction.kind == Sanction.Kind.BAN else services.mute
    return act(
        actor=_actor(request),
        room=sanction.room,
        user=sanction.user,
        guest_name=sanction.guest_name,
        address=sanction.address,
        until=sanction.until,
        reason=sanction.reason,
    )


class KeptByItsOwner(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """Nothing is deleted here: a room goes with its film, a sanction with its room or person, and is lifted before."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        match = request.resolver_match
        is_own_page = match is None or (match.url_name or "").startswith("rooms_")
        return not is_own_page and super().has_delete_permission(request, obj)


class SanctionsHere(KeptByItsOwner, admin.TabularInline):  # type: ignore[type-arg]
    """What is in force or was, to read. Each row's own page is behind its name."""

    model = Sanction
    fields = ["until", "reason", "created_by", "created_at", "lifted_at"]
    readonly_fields = ["until", "reason", "created_by", "created_at", "lifted_at"]
    extra = 0
    show_change_link = True
    verbose_name_plural = _("mutes and bans in this room")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sanction]:
        return super().get_queryset(request).select_related("user", "created_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NewSanction(KeptByItsOwner, admin.StackedInline):  # type: ignore[type-arg]
    """The form of another one, below each other: beside each other its fields ran off the screen."""

    model = Sanction
    form = SanctionForm
    fields = [("kind", "until"), "user", ("guest_name", "address"), "reason"]
    autocomplete_fields = ["user"]
    extra = 1
    verbose_name_plural = _("mute or ban somebody in this room")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sanction]:
        return super().get_queryset(request).none()

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        cast(Any, formset.form).actor = _actor(request)
        return formset

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RolesHere(admin.TabularInline):  # type: ignore[type-arg]
    """Who belongs to a party, to read."""

    model = RoomRole
    fields = ["user", "role", "since"]
    readonly_fields = ["user", "role", "since"]
    ordering = ["since"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoomRole]:
        return super().get_queryset(request).select_related("user", "room")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A party goes with its film, and who belongs to it with the party.
        return obj is None and super().has_delete_permission(request, obj)


class ClosedFilter(admin.SimpleListFilter):
    title = _("closed")
    parameter_name = "closed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> QuerySet[Room]:
        return queryset.filter(closed_at__isnull=self.value() == "no") if self.value() in ("yes", "no") else queryset


@admin.register(Room)
class RoomAdmin(KeptByItsOwner, TracedAdmin):
    list_display = ["room_id", "kind", "name", "movie", "is_open", "people", "owner", "host_name", "state", "created_at"]
    list_filter = ["kind", ClosedFilter, "movie__is_published", "timeline_row__state", "control", "created_at"]
    search_fields = ["room_id", "name", "movie__title", "owner__username", "host_name"]
    search_help_text = _("A room, a film, its owner or its host")
    readonly_fields = [
        "room_id", "kind", "name", "movie", "owner", "people", "host_name", "state", "control", "wait", "capacity",
        "slow_seconds", "blocked_words", "starts_at", "created_at", "closed_at",
    ]  # fmt: skip
    fields = (*readonly_fields,)
    inlines = [RolesHere, SanctionsHere, NewSanction]
    actions = ["lift_sanctions", "hand_on", "close"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        return rooms_with_people().order_by("room_id")

    @admin.display(description=_("people"), ordering="people")
    def people(self, room: Any) -> int:
        return room.people

    @admin.display(description=_("open"), boolean=True, ordering="closed_at")
    def is_open(self, room: Room) -> bool:
        return room.movie.is_published and room.closed_at is None

    @admin.display(description=_("playback"), ordering="timeline_row__state")
    def state(self, room: Room) -> str:
        return str(room.timeline_row.get_state_display())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        """Nothing of a room itself is changed here."""

    @admin.action(description=_("Lift all mutes and bans in the selected rooms"), permissions=["change"])
    def lift_sanctions(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        actor = _actor(request)
        self.act_on(request, queryset, lambda room: services.lift_all(actor=actor, room=room), _("Lifted"))

    @admin.action(description=_("Hand the selected parties on to the next in line"), permissions=["change"])
    def hand_on(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        actor = _actor(request)
        self.act_on(request, queryset, lambda room: services.hand_on(actor=actor, room=room), _("Handed over"))

    @admin.action(description=_("Close the selected parties"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        actor = _actor(request)
        self.act_on(request, queryset, lambda room: services.close_party(actor=actor, room=room), _("Closed"))

    def save_formset(self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: bool) -> None:
        # Those that are only read are never of it.
        imposed = [sanction for sanction in formset.save(commit=False) if sanction.pk is None]
        formset.new_objects = [impose(request, sanction) for sanction in imposed]
        formset.changed_objects, formset.deleted_objects = [], []


class InForceFilter(admin.SimpleListFilter):
    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Sanction]) -> QuerySet[Sanction]:
        ended = Q(lifted_at__isnull=False) | Q(until__lte=now())
        if self.value() == "yes":
            return queryset.exclude(ended)
        return queryset.filter(ended) if self.value() == "no" else queryset


@admin.register(Sanction)
class SanctionAdmin(KeptByItsOwner, TracedAdmin):
    form = SanctionForm
    list_display = ["kind", "whom", "room", "in_force", "until", "reason", "created_by", "created_at"]
    list_display_links = ["kind", "whom"]
    list_select_related = ["room", "user", "created_by"]
    list_filter = [InForceFilter, "kind", "created_at"]
    search_fields = ["user__username", "guest_name", "address", "room__room_id", "reason"]
    search_help_text = _("A person, a guest's name or address, a room or a reason")
    fields = ["kind", "room", "user", "guest_name", "address", "until", "reason"]
    autocomplete_fields = ["room", "user"]
    actions = ["lift"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = _actor(request)
        return form

    @admin.display(description=_("whom"))
    def whom(self, sanction: Sanction) -> str:
        return str(sanction.user or sanction.address or sanction.guest_name)

    @admin.display(description=_("in force"), boolean=True)
    def in_force(self, sanction: Sanction) -> bool:
        return sanction.is_in_force

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Made and lifted, never rewritten. Who may add may also lift, which is an action of the list."""
        return False

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: Sanction, form: Any, change: bool) -> None:
        obj.pk = impose(request, obj).pk

    @admin.action(description=_("Lift the selected sanctions"), permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Sanction]) -> None:
        actor, standing = _actor(request), queryset.filter(lifted_at=None)
        self.act_on(request, standing, lambda sanction: services.lift(actor=actor, sanction=sanction), _("Lifted"))
