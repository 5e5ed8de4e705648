from django.urls import URLPattern, path

from rooms import people_views, views

ROOM = "api/rooms/<str:room_id>"

urlpatterns: list[URLPattern] = [
    path("api/rooms", views.RoomsView.as_view(), name="rooms"),
    path(ROOM, views.RoomView.as_view(), name="room"),
    path(f"{ROOM}/messages", views.RoomMessagesView.as_view(), name="room_messages"),
    path(f"{ROOM}/messages/<id:message_id>", views.RoomMessageView.as_view(), name="room_message"),
    path(f"{ROOM}/entries", people_views.EntriesView.as_view(), name="room_entries"),
    path(f"{ROOM}/members", people_views.MembersView.as_view(), name="room_members"),
    path(f"{ROOM}/members/<str:username>", people_views.MemberView.as_view(), name="room_member"),
    path(f"{ROOM}/invite", people_views.InviteView.as_view(), name="room_invite"),
    path(f"{ROOM}/invitations", people_views.InvitationsView.as_view(), name="room_invitations"),
    path(f"{ROOM}/sanctions", people_views.SanctionsView.as_view(), name="room_sanctions"),
    path(f"{ROOM}/sanctions/<id:sanction_id>", people_views.SanctionView.as_view(), name="room_sanction"),
]
