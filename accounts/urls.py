from django.contrib import admin
from django.urls import path

from accounts import auth_views, avatar_views, media, views
from accounts.admin import own_password

urlpatterns = [
    path("api/register", views.Register.as_view()),
    path("api/login", views.Login.as_view()),
    path("api/user", views.Me.as_view()),
    path("api/user/avatar", avatar_views.Avatar.as_view()),
    path("api/avatars", avatar_views.Avatars.as_view()),
    path("media/avatars/<str:name>", media.avatar),
    path("api/blocks", views.Blocks.as_view()),
    path("api/blocks/<str:username>", views.OneBlock.as_view()),
    path("auth/register", auth_views.Register.as_view()),
    path("auth/login", auth_views.Login.as_view()),
    path("auth/refresh", auth_views.Refresh.as_view()),
    path("auth/logout", auth_views.Logout.as_view()),
    path("auth/logout-everywhere", auth_views.LogoutEverywhere.as_view()),
    path("auth/password", auth_views.Password.as_view()),
    # Before the admin's own, whose form saves without a service.
    path("admin/password_change/", admin.site.admin_view(own_password)),
]
