"""The description of the API: as the code says, and served with the site's own path."""

import json
from importlib.resources import files

from django.test import Client
from release import openapi

PACKAGE = "django_stripe_payments.api"
SHIPPED = files(PACKAGE) / "openapi.json"


def test_the_committed_document_is_what_the_code_says() -> None:
    assert openapi.generate(PACKAGE, openapi.APIS[PACKAGE]) == SHIPPED.read_text()


def test_it_is_served_to_anybody_with_the_path_of_the_site() -> None:
    answer = Client().get("/api/v1/payments/openapi.json")
    document = json.loads(answer.content)
    assert document.pop("servers") == [{"url": "/api/v1/payments"}]
    expected = json.loads(SHIPPED.read_text())
    del expected["servers"]
    assert document == expected


def test_each_operation_has_a_name_of_its_own() -> None:
    paths = json.loads(SHIPPED.read_text())["paths"]
    names = [each["operationId"] for methods in paths.values() for each in methods.values()]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)
