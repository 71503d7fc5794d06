import notifications.urls
from django.urls import include, path

urlpatterns = [path("inbox/", include(notifications.urls, namespace="notifications"))]
