from django.urls import include, path

from .minimum import inbox

urlpatterns = [
    path("notifications/", include("django_inapp_notifications.urls")),
    *inbox.urlpatterns,
]
