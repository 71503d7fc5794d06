from django.urls import include, path

urlpatterns = [path("payments/", include("django_stripe_payments.urls"))]
