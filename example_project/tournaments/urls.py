from django.urls import path

from . import views

app_name = "tournaments"

urlpatterns = [
    path("", views.TournamentListView.as_view(), name="list"),
    path("art/<slug:game>-<int:seed>.svg", views.cover, name="cover"),
    path("<int:pk>/", views.TournamentDetailView.as_view(), name="detail"),
    path("new/", views.NewTournament.as_view(), name="new"),
    path("<int:pk>/edit/", views.ChangedTournament.as_view(), name="edit"),
    path("<int:pk>/call-off/", views.CallOffTournament.as_view(), name="call_off"),
    path("<int:pk>/register/", views.register, name="register"),
]
