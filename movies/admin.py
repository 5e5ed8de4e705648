"""Curating films in the admin. Whatever changes goes through the services."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.admin import TracedAdmin
from core.media import speaking_json
from core.text import compare_key
from movies import media, services
from movies.forms import MovieForm, painted_upload
from movies.models import Genre, Movie
from movies.names import PLAYLIST


def _actor(request: HttpRequest) -> User:
    return cast(User, request.user)


@admin.register(Genre)
class GenreAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def save_model(self, request: HttpRequest, obj: Genre, form: ModelForm[Genre], change: bool) -> None:
        services.save_genre(actor=_actor(request), genre=obj)

    def delete_model(self, request: HttpRequest, obj: Genre) -> None:
        services.delete_genre(actor=_actor(request), genre=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Genre]) -> None:
        for genre in queryset:
            services.delete_genre(actor=_actor(request), genre=genre)


@admin.register(Movie)
class MovieAdmin(TracedAdmin):
    form = MovieForm
    list_display = ["title", "is_published", "has_a_video", "duration", "published_at", "created_at"]
    list_filter = ["is_published", "genres"]
    search_fields = ["search_key"]
    ordering = ["-id"]
    filter_horizontal = ["genres"]
    readonly_fields = ["is_published", "published_at", "hls_path", "poster_now", "preview"]
    fields = [
        "title", "description", "genres", "video_link", "duration", "poster_now", "new_poster", "remove_poster",
        "hls_path", "preview", "is_published", "published_at",
    ]  # fmt: skip
    actions = ["publish", "unpublish"]

    @admin.display(boolean=True, description=_("video"))
    def has_a_video(self, movie: Movie) -> bool:
        return movie.has_video

    @admin.display(description=_("poster"))
    def poster_now(self, movie: Movie) -> str:
        if not movie.poster:
            return "–"
        return format_html('<img src="{}" alt="" height="180">', reverse("admin:movies_movie_poster", args=[movie.pk]))

    @admin.display(description=_("preview"))
    def preview(self, movie: Movie) -> str:
        """Where to watch it, published or not."""
        address = reverse("admin:movies_movie_preview", args=[movie.pk, PLAYLIST]) if movie.hls_path else movie.video_link
        return format_html('<a href="{}">{}</a>', address, _("Watch")) if address else "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Movie], search_term: str
    ) -> tuple[QuerySet[Movie], bool]:
        return super().get_search_results(request, queryset, compare_key(search_term))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        mine = [
            path("<int:movie_id>/preview/<path:name>", view(self.preview_view), name="movies_movie_preview"),
            path("<int:movie_id>/poster", view(self.poster_view), name="movies_movie_poster"),
        ]
        return mine + super().get_urls()

    def preview_view(self, request: HttpRequest, movie_id: int, name: str) -> HttpResponseBase:
        return speaking_json(media.film_file)(request, self._seen_by(request, movie_id), name)

    def poster_view(self, request: HttpRequest, movie_id: int) -> HttpResponseBase:
        return speaking_json(media.poster_file)(request, self._seen_by(request, movie_id))

    def _seen_by(self, request: HttpRequest, movie_id: int) -> Movie:
        movie = self.get_object(request, str(movie_id))
        if movie is None or not self.has_view_permission(request, movie):
            raise Http404
        return movie

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A poster is painted before the transaction in which the form is looked at and the film is saved."""
        if request.method == "POST" and (self.has_add_permission(request) or self.has_change_permission(request)):
            request.painted = painted_upload(request)  # type: ignore[attr-defined]
        return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.painted = getattr(request, "painted", None)
        return form

    def save_model(self, request: HttpRequest, obj: Movie, form: Any, change: bool) -> None:
        actor, said = _actor(request), form.cleaned_data
        words = {name: said[name] for name in ("title", "description", "genres", "video_link", "duration")}
        if change:
            services.update_movie(actor=actor, movie=obj, **words)
        else:
            obj.pk = services.create_movie(actor=actor, **words).pk
        if said.get("new_poster"):
            services.set_poster(actor=actor, movie=obj, image=said["new_poster"])
        elif said.get("remove_poster"):
            services.set_poster(actor=actor, movie=obj, image=None)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to save: the service wrote the genres too."""

    def delete_model(self, request: HttpRequest, obj: Movie) -> None:
        services.delete_movie(actor=_actor(request), movie=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        for movie in queryset:
            services.delete_movie(actor=_actor(request), movie=movie)

    @admin.action(description=_("Publish the selected films"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        actor, hidden = _actor(request), queryset.filter(is_published=False)
        self.act_on(request, hidden, lambda movie: services.publish(actor=actor, movie=movie), _("Published"))

    @admin.action(description=_("Unpublish the selected films"), permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        actor, shown = _actor(request), queryset.filter(is_published=True)
        self.act_on(request, shown, lambda movie: services.unpublish(actor=actor, movie=movie), _("Unpublished"))
