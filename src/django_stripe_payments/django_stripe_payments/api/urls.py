"""Mounted by the site under a path with a version: see ``api/__init__.py``."""

from django.urls import path

from . import methods, payments, refunds, schema

app_name = "django_stripe_payments_api"

urlpatterns = [
    path("", payments.Payments.as_view(), name="list"),
    path("openapi.json", schema.schema, name="schema"),
    path("config/", payments.Config.as_view(), name="config"),
    path("payment-methods/", methods.Methods.as_view(), name="methods"),
    path("payment-methods/<str:method_id>/", methods.OneMethod.as_view(), name="method"),
    path("setup-intents/", methods.SetupIntents.as_view(), name="setup_intents"),
    path("setup-intents/finish/", methods.FinishSetup.as_view(), name="finish_setup_intent"),
    path("<str:payment_id>/", payments.OnePayment.as_view(), name="detail"),
    path("<str:payment_id>/resume/", payments.Resume.as_view(), name="resume"),
    path("<str:payment_id>/cancel/", payments.Cancel.as_view(), name="cancel"),
    path("<str:payment_id>/refunds/", refunds.Refunds.as_view(), name="refunds"),
]
