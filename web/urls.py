"""Every page's address."""

from django.urls import URLPattern, path
from django.views.i18n import set_language

from web import account_views, api_docs, components, film_views, health, install, protocol_page, settings_views, views
from web.pages import page

urlpatterns: list[URLPattern] = [
    path("", film_views.catalogue, name="catalogue"),
    path("movies/<int:movie_id>", film_views.film, name="film-page"),
    path("movies/<int:movie_id>/party", film_views.open_private_party, name="open-party"),
    path("movies/<int:movie_id>/forget", film_views.forget, name="forget-progress"),
    path("movies/<int:movie_id>/comments/<int:comment_id>/edit", film_views.edit, name="edit-comment"),
    path("movies/<int:movie_id>/comments/<int:comment_id>/delete", film_views.delete, name="delete-comment"),
    path("watch/<str:room_id>", views.room, name="room-page"),
    path("login", account_views.log_in_page, name="login-page"),
    path("register", account_views.register_page, name="register-page"),
    path("logout", account_views.log_out_page, name="logout-page"),
    path("password/forgotten", account_views.forgotten_page, name="forgotten-page"),
    path("password/sent", account_views.mail_sent_page, name="mail-sent-page"),
    path("password/new", account_views.reset_page, name="reset-page"),
    path("password/new/<str:key>/<str:token>", account_views.reset_link, name="reset-link"),
    path("settings", settings_views.settings_page, name="settings-page"),
    path("settings/profile", settings_views.profile, name="profile"),
    path("settings/avatar", settings_views.avatar, name="avatar"),
    path("settings/avatar/remove", settings_views.end_avatar, name="end-avatar"),
    path("settings/password", settings_views.password, name="password"),
    path("settings/privacy", settings_views.privacy, name="privacy"),
    path("settings/blocks/end", settings_views.end_block, name="end-block"),
    path("settings/logins/<uuid:login_id>/end", settings_views.end_login, name="end-login"),
    path("settings/logins/end-others", settings_views.end_other_logins, name="end-other-logins"),
    path("settings/devices/end", settings_views.end_device, name="end-device"),
    path("language", page(set_language), name="language"),
    path("api/schema", api_docs.SchemaView.as_view(), name="schema"),
    path("api/docs", api_docs.docs, name="api-docs"),
    path("docs/protocol", protocol_page.protocol, name="protocol"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("sw.js", install.worker, name="worker"),
    path("offline", install.offline, name="offline"),
    path("_components", components.gallery, name="components"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
