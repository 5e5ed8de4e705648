"""Every HTTP address. Canonical paths have no trailing slash; `core.middleware` strips one under the API prefixes."""

from django.contrib import admin
from django.urls import include, path

handler400 = "web.pages.bad_request"

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("devices.urls")),
    path("", include("files.urls")),
    path("", include("movies.urls")),
    path("", include("comments.urls")),
    path("", include("messaging.urls")),
    path("", include("groups.urls")),
    path("", include("rooms.urls")),
    path("", include("web.urls")),
    path("admin/", admin.site.urls),
]
