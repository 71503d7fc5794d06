from django.urls import path, re_path

from . import views

app_name = "letterbox"

# The shape of the backend's names: nothing else reaches the file system.
NAME = r"(?P<name>[0-9]{20}-[0-9a-f]{8})"

urlpatterns = [
    path("", views.letter_list, name="list"),
    re_path(rf"^{NAME}/$", views.letter_detail, name="detail"),
    re_path(rf"^{NAME}/html/$", views.letter_html, name="html"),
]
