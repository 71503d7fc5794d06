from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("payments/", include("django_stripe_payments.urls")),
    path("api/v1/payments/", include("django_stripe_payments.api.urls")),
]
