"""Staff find devices and sign them out."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from devices import selectors, services
from devices.models import Device


@admin.register(Device)
class DeviceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["device_name", "device_type", "user", "registered_at", "last_seen", "login_status"]
    list_filter = ["device_type", "registered_at"]
    list_select_related = ["user"]
    search_fields = ["device_name", "device_id", "user__username", "user__email"]
    readonly_fields = ["user", "device_id", "device_name", "device_type", "registered_at", "updated_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Device]:
        return selectors.with_logins(super().get_queryset(request))

    @admin.display(description=_("last seen"))
    def last_seen(self, device: Device) -> object:
        return device.last_seen  # type: ignore[attr-defined]

    @admin.display(description=_("signed in"), boolean=True)
    def login_status(self, device: Device) -> bool:
        return bool(device.login_status)  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Device | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Device) -> None:
        services.forget_device(actor=request.user, device=obj)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        for device in queryset.select_related("user"):
            self.delete_model(request, device)
