"""Every page's address."""

from django.urls import URLPattern, path
from django.views.i18n import set_language

from web import account_views, api_docs, components, health, views
from web.pages import page

urlpatterns: list[URLPattern] = [
    path("", views.catalogue, name="catalogue"),
    path("movies/<int:movie_id>", views.film, name="film-page"),
    path("watch/<str:room_id>", views.room, name="room-page"),
    path("login", account_views.log_in_page, name="login-page"),
    path("register", account_views.register_page, name="register-page"),
    path("logout", account_views.log_out_page, name="logout-page"),
    path("settings", account_views.settings_page, name="settings-page"),
    path("settings/presence", account_views.presence_switch, name="presence-switch"),
    path("settings/logins/<uuid:login_id>/end", account_views.end_login, name="end-login"),
    path("settings/devices/end", account_views.end_device, name="end-device"),
    path("language", page(set_language), name="language"),
    path("api/schema", api_docs.SchemaView.as_view(), name="schema"),
    path("api/docs", api_docs.docs, name="api-docs"),
    path("_components", components.gallery, name="components"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
