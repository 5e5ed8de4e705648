from django.urls import path

from movies import media, views

urlpatterns = [
    path("api/movies", views.MoviesView.as_view(), name="movies"),
    path("api/movies/<int:movie_id>", views.MovieView.as_view(), name="movie"),
    path("api/movies/<int:movie_id>/progress", views.ProgressView.as_view(), name="progress"),
    path("media/films/<int:movie_id>/<path:name>", media.film, name="film"),
    path("media/posters/<int:movie_id>/<str:name>", media.poster, name="poster"),
]
