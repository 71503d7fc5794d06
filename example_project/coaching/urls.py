from django.urls import path

from . import views

app_name = "coaching"

urlpatterns = [
    path("", views.SessionListView.as_view(), name="list"),
    path("<int:pk>/book/", views.book, name="book"),
    path("<int:pk>/call-off/", views.call_off, name="call_off"),
    path("new/", views.NewSession.as_view(), name="new"),
    path("<int:pk>/edit/", views.ChangedSession.as_view(), name="edit"),
    path("<int:pk>/withdraw/", views.Withdraw.as_view(), name="withdraw"),
]
