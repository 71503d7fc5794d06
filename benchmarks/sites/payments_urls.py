from django.urls import include, path

from .minimum import webhook

urlpatterns = [
    path("payments/", include("django_stripe_payments.urls")),
    *webhook.urlpatterns,
]
