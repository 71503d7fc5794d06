"""Saved methods by the API."""

from typing import Any

from django_stripe_payments.models import SetupIntent
from tests.payments.support.api import ApiClient
from tests.payments.support.cards import default_at_stripe, save


def test_they_are_listed_the_default_first(
    api: ApiClient, user: Any, other_user: Any, stripe_sandbox: Any
) -> None:
    first, second = save(user, "pm_card_visa", "pm_card_mastercard")
    save(other_user, "pm_card_visa")
    shown = api.get("/payment-methods/").json()
    assert [(each["id"], each["is_default"]) for each in shown] == [
        (first.pk, True),
        (second.pk, False),
    ]
    assert "pm_" not in str(shown)


def test_another_becomes_the_default(api: ApiClient, user: Any, stripe_sandbox: Any) -> None:
    _first, second = save(user, "pm_card_visa", "pm_card_mastercard")
    assert api.patch(f"/payment-methods/{second.pk}/", {"is_default": True}).json()["is_default"]
    assert default_at_stripe(stripe_sandbox, user) == second.stripe_id
    assert api.patch(f"/payment-methods/{second.pk}/", {"is_default": False}).status_code == 400


def test_one_is_removed_for_good(api: ApiClient, user: Any, stripe_sandbox: Any) -> None:
    [method] = save(user, "pm_card_visa")
    for _time in range(2):
        assert api.delete(f"/payment-methods/{method.pk}/").status_code == 204
    assert api.get("/payment-methods/").json() == []
    changed = api.patch(f"/payment-methods/{method.pk}/", {"is_default": True})
    assert changed.json()["code"] == "payment_method_removed"


def test_one_is_saved_without_a_payment(api: ApiClient, user: Any, stripe_sandbox: Any) -> None:
    made = api.post("/setup-intents/").json()
    assert api.post("/setup-intents/").json() == made
    early = api.post("/setup-intents/finish/", {"setup_intent": made["setup_intent"]})
    assert early.json()["code"] == "not_saved"
    stripe_sandbox.confirm(made["setup_intent"])
    saved = api.post("/setup-intents/finish/", {"setup_intent": made["setup_intent"]})
    assert saved.json()["last4"] == "4242"
    assert [each["id"] for each in api.get("/payment-methods/").json()] == [saved.json()["id"]]


def test_anothers_set_up_is_not_found(
    api: ApiClient, other_api: ApiClient, stripe_sandbox: Any
) -> None:
    made = api.post("/setup-intents/").json()
    for name in [made["setup_intent"], "seti_unknown", "a\0b"]:
        answer = other_api.post("/setup-intents/finish/", {"setup_intent": name})
        assert answer.status_code in (400, 404)
    assert SetupIntent.objects.get().status == "requires_payment_method"
