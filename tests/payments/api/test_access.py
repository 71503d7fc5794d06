"""Who gets what from each route: strangers nothing, others a 404, staff no more than others."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from django_stripe_payments.models import Payment
from tests.payments.support.api import DOCUMENT, ROOT, ApiClient
from tests.payments.support.cards import save

ROUTES = [
    (method, path) for path, methods in sorted(DOCUMENT["paths"].items()) for method in methods
]
WITH_ID = [(method, path) for method, path in ROUTES if "{" in path]


def call(client: ApiClient, method: str, path: str, pk: Any = 1) -> Any:
    head, _, tail = path.partition("{")
    path = f"{head}{pk}{tail.partition('}')[2]}" if tail else path
    body = {} if method in ("post", "patch") else None
    arguments = [path] if body is None else [path, body]
    return getattr(client, method)(*arguments, **{"Idempotency-Key": str(uuid4())})


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_stranger_gets_nothing(method: str, path: str) -> None:
    answer = call(ApiClient(), method, path)
    assert answer.status_code == 403  # the site's first authentication class is the session's
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("is_staff", [False, True])
@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_anothers_is_not_found(
    method: str, path: str, is_staff: bool, user: Any, payment: Payment, other_user: Any
) -> None:
    cache.clear()
    other_user.is_staff = other_user.is_superuser = is_staff
    other_user.save()
    client = Client()
    client.force_login(other_user)
    [saved] = save(user, "pm_card_visa")
    pk, none = (saved.pk, 10**9) if "method" in path else (payment.pk, uuid4())
    theirs = call(ApiClient(client), method, path, pk)
    absent = call(ApiClient(client), method, path, none)
    assert theirs.status_code == absent.status_code == 404
    assert theirs.content == absent.content
    payment.refresh_from_db()
    saved.refresh_from_db()
    assert payment.status == "requires_payment_method"
    assert saved.is_attached


@pytest.mark.parametrize("pk", ["abc", "-1", "9" * 30, "pi_123", "pm_card_visa", "٣"])
@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_what_is_no_id_is_not_found(
    method: str, path: str, pk: str, api: ApiClient, stripe_sandbox: Any
) -> None:
    assert call(api, method, path, pk).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path in ROUTES if method != "get"]
)
def test_a_session_without_a_csrf_token_changes_nothing(
    method: str, path: str, user: Any, payment: Payment
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    [saved] = save(user, "pm_card_visa")
    pk = saved.pk if "method" in path else payment.pk
    assert call(ApiClient(client), method, path, pk).status_code == 403
    payment.refresh_from_db()
    saved.refresh_from_db()
    assert payment.status == "requires_payment_method"
    assert saved.is_attached


def test_a_form_is_no_json(own_client: Client) -> None:
    answer = own_client.post(f"{ROOT}/", {"payment_type": "ticket"})
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


def test_who_asked_stands_in_the_audit_log(api: ApiClient, user: Any, payment: Payment) -> None:
    from django_stripe_payments.models import AuditLogEntry

    api.post(f"/{payment.pk}/cancel/")
    entry = AuditLogEntry.objects.get(action="payment.cancel_asked")
    assert (entry.source, entry.actor_id) == ("api", user.pk)
