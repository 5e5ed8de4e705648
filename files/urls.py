from django.urls import path

from files import views

urlpatterns = [
    path("files", views.MyFilesView.as_view(), name="files"),
    path("files/upload", views.UploadView.as_view(), name="file-upload"),
    path("files/<str:file_id>", views.FileView.as_view(), name="file"),
]
