from django.urls import path

from . import views

app_name = "django_stripe_payments"

urlpatterns = [
    path("checkout/", views.CheckoutView.as_view(), name="checkout"),
    path("create-intent/", views.CreateIntentView.as_view(), name="create_payment_intent"),
    path("success/<uuid:payment_id>/", views.PaymentSuccessView.as_view(), name="payment_success"),
    path("cancel/", views.PaymentCancelView.as_view(), name="payment_cancel"),
    path("history/", views.PaymentHistoryView.as_view(), name="payment_history"),
    path("methods/", views.PaymentMethodListView.as_view(), name="payment_methods_list"),
    path("methods/add/", views.AddPaymentMethodView.as_view(), name="add_payment_method"),
    path(
        "methods/<int:method_id>/remove/",
        views.RemovePaymentMethodView.as_view(),
        name="remove_payment_method",
    ),
    path(
        "methods/<int:method_id>/set-default/",
        views.SetDefaultPaymentMethodView.as_view(),
        name="set_default_payment_method",
    ),
    path("<uuid:payment_id>/", views.PaymentDetailView.as_view(), name="payment_detail"),
    path(
        "<uuid:payment_id>/authenticate/",
        views.AuthenticateView.as_view(),
        name="payment_authenticate",
    ),
    path("<uuid:payment_id>/refund/", views.RefundRequestView.as_view(), name="request_refund"),
    path("webhook/", views.StripeWebhookView.as_view(), name="stripe_webhook"),
]
