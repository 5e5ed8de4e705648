from django.urls import URLPattern, path

from rooms import views

urlpatterns: list[URLPattern] = [
    path("api/rooms/<str:room_id>", views.RoomView.as_view(), name="room"),
    path("api/rooms/<str:room_id>/messages", views.RoomMessagesView.as_view(), name="room_messages"),
]
