from django.urls import include, path

from . import webhook_minimum

urlpatterns = [
    path("payments/", include("django_stripe_payments.urls")),
    *webhook_minimum.urlpatterns,
]
