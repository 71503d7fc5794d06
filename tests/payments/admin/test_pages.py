"""Every admin page opens, and none of them lets anybody write what Stripe and the code write."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.test import Client
from django.urls import reverse

from django_stripe_payments import signals
from django_stripe_payments.models import Payment

pytestmark = pytest.mark.django_db

MODELS = [
    model
    for model in apps.get_app_config("django_stripe_payments").get_models()
    if admin.site.is_registered(model)
]


@pytest.fixture
def story(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    """A payment that was made and disputed, so that there is something to show."""
    connect(signals.payment_succeeded, lambda **named: None, dispatch_uid="listener")
    stripe_sandbox.confirm(payment.stripe_id, "4000000000000259")
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_opens(admin_client: Client, story: None, model: Any) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert admin_client.get(reverse(f"{name}_changelist"), {"q": "x"}).status_code == 200
    assert admin_client.get(reverse(f"{name}_changelist")).status_code == 200
    for row in model._default_manager.all():
        assert admin_client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_open_where_the_database_knows_no_time_zones(
    admin_client: Client, story: None, settings: Any, model: Any
) -> None:
    """MySQL and MariaDB know none until they were loaded; others always do."""
    settings.TIME_ZONE = "Europe/Berlin"
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    assert admin_client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_page_runs_in_a_transaction_of_its_request(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe is called outside of transactions, so ATOMIC_REQUESTS must not apply."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    for pattern in admin.site.get_model_admin(model).urls:
        assert BaseHandler().make_view_atomic(pattern.callback) is pattern.callback


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_rows_are_not_written_by_hand(admin_client: Client, story: None, model: Any) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert admin_client.get(reverse(f"{name}_add")).status_code == 403
    for row in model._default_manager.all():
        assert admin_client.post(reverse(f"{name}_change", args=[row.pk])).status_code == 403
        assert admin_client.post(reverse(f"{name}_delete", args=[row.pk])).status_code == 403
