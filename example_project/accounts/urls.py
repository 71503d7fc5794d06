from django.contrib.auth import views as auth_views
from django.urls import path

from . import views
from .one_at_a_time import log_in_one_at_a_time

urlpatterns = [
    path(
        "login/",
        log_in_one_at_a_time(auth_views.LoginView.as_view(redirect_authenticated_user=True)),
        name="login",
    ),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("signup/", views.SignUpView.as_view(), name="signup"),
    path("confirm/<str:token>/", views.confirm_email, name="confirm_email"),
    path("confirm/", views.ask_to_confirm, name="ask_to_confirm"),
    path("profile/", views.ProfileView.as_view(), name="profile"),
]
