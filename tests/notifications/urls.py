from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

home = TemplateView.as_view(template_name="home.html")

urlpatterns = [
    path("", home),
    path("elsewhere/", home),
    path("admin/", admin.site.urls),
    path("notifications/", include("django_inapp_notifications.urls")),
    path("api/v1/notifications/", include("django_inapp_notifications.api.urls")),
]
