"""Fraud rules of a site, for the tests."""

from typing import Any

from django_stripe_payments import fraud

seen: list[fraud.PaymentContext] = []


def look(context: fraud.PaymentContext) -> fraud.Verdict:
    seen.append(context)
    return fraud.allow()


def deny(context: fraud.PaymentContext) -> fraud.Verdict:
    return fraud.deny("on our list", "Please call us.")


def deny_curtly(context: fraud.PaymentContext) -> fraud.Verdict:
    return fraud.deny("on our list")


def review(context: fraud.PaymentContext) -> fraud.Verdict:
    return fraud.review("odd hour")


def review_too(context: fraud.PaymentContext) -> fraud.Verdict:
    return fraud.review("odd name")


def authenticate(context: fraud.PaymentContext) -> fraud.Verdict:
    return fraud.require_three_d_secure("new device")


def breaks(context: fraud.PaymentContext) -> fraud.Verdict:
    raise RuntimeError("the list is not there")


def forgets(context: fraud.PaymentContext) -> Any:
    return None


def radar_metadata(payment: Any) -> dict[str, Any]:
    return {"account_age_days": 7}


def intent_options(payment: Any) -> dict[str, Any]:
    return {"receipt_email": "ada@example.com"}
