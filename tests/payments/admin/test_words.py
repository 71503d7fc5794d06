"""The admin names what it shows in the language of its reader."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.utils.functional import Promise

MODELS = [
    model
    for model in apps.get_app_config("django_stripe_payments").get_models()
    if admin.site.is_registered(model)
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_a_page_shows_has_a_translatable_name(model, rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    page = admin.site.get_model_admin(model)
    shown = [*flatten_fieldsets(page.get_fieldsets(request)), *page.get_list_display(request)]
    # "ID" is the same word in every language.
    names = {name for name in shown if isinstance(name, str) and name != "id"}
    fields = {field.name: field.verbose_name for field in model._meta.fields}
    untranslated = {name for name in names & {*fields} if not isinstance(fields[name], Promise)}
    # A column of the admin has words of its own; a property of the model has none.
    nameless = {name for name in names - {*fields} if not hasattr(page, name)}
    assert (untranslated, nameless) == (set(), set())
