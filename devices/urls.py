from django.urls import path

from devices import views

urlpatterns = [
    path("devices", views.Devices.as_view()),
    path("devices/<str:device_id>", views.OneDevice.as_view()),
]
