from django.urls import path

from comments import views

urlpatterns = [
    path("api/movies/<int:movie_id>/comments", views.CommentsView.as_view(), name="comments"),
    path("api/movies/<int:movie_id>/comments/<int:comment_id>", views.CommentView.as_view(), name="comment"),
]
