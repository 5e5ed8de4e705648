from django.urls import path

from messaging import views

urlpatterns = [
    path("messages/private", views.PrivateMessages.as_view(), name="private-messages"),
    path("messages/private/<str:username>", views.PrivateHistory.as_view(), name="private-history"),
    path("messages/<id:message_id>", views.OneMessage.as_view(), name="message"),
    path("conversations", views.Conversations.as_view(), name="conversations"),
    path("conversations/<id:conversation_id>/read", views.ReadCursor.as_view(), name="read-cursor"),
]
