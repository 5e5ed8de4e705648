from django.urls import path

from groups import views

urlpatterns = [
    path("groups", views.Groups.as_view(), name="groups"),
    path("groups/<id:group_id>", views.OneGroup.as_view(), name="group"),
    path("groups/<id:group_id>/messages", views.GroupMessages.as_view(), name="group-messages"),
    path("groups/<id:group_id>/members", views.Members.as_view(), name="group-members"),
    path("groups/<id:group_id>/members/<str:username>", views.OneMember.as_view(), name="group-member"),
    path("groups/<id:group_id>/leave", views.Leave.as_view(), name="group-leave"),
]
