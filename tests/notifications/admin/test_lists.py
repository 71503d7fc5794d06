"""Every list opens, whatever the database and its time zones."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

MODELS = [
    model
    for model in apps.get_app_config("django_inapp_notifications").get_models()
    if admin.site.is_registered(model)
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_open_where_the_database_knows_no_time_zones(admin_client, send, settings, model):
    """MySQL and MariaDB know none until they were loaded; others always do."""
    settings.TIME_ZONE = "Europe/Berlin"
    send()
    name = f"admin:django_inapp_notifications_{model._meta.model_name}_changelist"
    assert admin_client.get(reverse(name)).status_code == 200
