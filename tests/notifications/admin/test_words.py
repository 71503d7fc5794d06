"""The admin names what it shows in the language of its reader."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.utils.functional import Promise

MODELS = [
    model
    for model in apps.get_app_config("django_inapp_notifications").get_models()
    if admin.site.is_registered(model)
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_on_a_page_has_a_translatable_name(model, rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    page = admin.site.get_model_admin(model)
    names = {*flatten_fieldsets(page.get_fieldsets(request)), *page.get_list_display(request)}
    # A column or a field of the admin has words of its own.
    shown = [field for field in model._meta.fields if field.name in names]
    assert [field.name for field in shown if not isinstance(field.verbose_name, Promise)] == []
