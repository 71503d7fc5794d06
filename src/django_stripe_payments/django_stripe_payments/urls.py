from django.urls import path

from . import views

app_name = "django_stripe_payments"

urlpatterns = [
    path("checkout/", views.CheckoutView.as_view(), name="checkout"),
    path("create-intent/", views.CreateIntentView.as_view(), name="create_payment_intent"),
    path("success/<uuid:payment_id>/", views.PaymentSuccessView.as_view(), name="payment_success"),
    path("cancel/", views.PaymentCancelView.as_view(), name="payment_cancel"),
    path("webhook/", views.StripeWebhookView.as_view(), name="stripe_webhook"),
]
