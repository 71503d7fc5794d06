"""For each route: the object that its path names, and the parameters without which nothing goes."""

from collections.abc import Callable
from typing import Any

import stripe

from django_stripe_payments.sandbox import Sandbox
from django_stripe_payments.sandbox.wire.calls import Route, Upload

Params = dict[str, Any]


class Shop:
    """Objects of each kind, in the state in which the routes can act on them."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        client = stripe.StripeClient("sk_test_x", http_client=self.sandbox.http_client())
        self.v1 = client.v1
        self.customer = self.v1.customers.create().id
        # Something to pay out.
        self._charge()

    def ids(self, pattern: str) -> tuple[str, ...]:
        """Make what the path of a route names, and return the ids."""
        kinds = pattern.split("/{id}")[:-1]
        return tuple(self.one_of(kind.rsplit("/", 1)[-1], pattern) for kind in kinds)

    def one_of(self, kind: str, pattern: str) -> str:
        make: dict[str, Callable[[], str]] = {
            "balance_transactions": lambda: self._charge()["balance_transaction"],
            "charges": lambda: self._charge()["id"],
            "customers": lambda: self.customer,
            "disputes": lambda: self.sandbox.dispute(self._charge()["id"])["id"],
            "early_fraud_warnings": lambda: self.sandbox.warn(self._charge()["id"])["id"],
            "ephemeral_keys": self._ephemeral_key,
            "events": self._event,
            "files": self._file,
            "payment_intents": lambda: self._intent(pattern.endswith("/capture")),
            "payment_methods": lambda: self._card(pattern),
            "payouts": self._payout,
            "topups": self._topup,
            "refunds": lambda: self.v1.refunds.create({"charge": self._charge()["id"]}).id,
            "setup_intents": lambda: self.v1.setup_intents.create().id,
            "webhook_endpoints": self._endpoint,
        }
        return make[kind]()

    def _charge(self) -> Params:
        intent = self.v1.payment_intents.create({"amount": 2500, "currency": "usd"})
        paid = self.sandbox.confirm(intent.id)
        return self.sandbox.object(paid["latest_charge"])

    def _intent(self, reserved: bool) -> str:
        params: Any = {"amount": 2500, "currency": "usd"}
        if not reserved:
            return self.v1.payment_intents.create(params).id
        intent = self.v1.payment_intents.create(params | {"capture_method": "manual"})
        return str(self.sandbox.confirm(intent.id)["id"])

    def _event(self) -> str:
        return str(self.sandbox.events()[0]["id"])

    def _file(self) -> str:
        return str(
            self.sandbox.world.create(
                lambda **fields: {"object": "file", "purpose": "dispute_evidence", **fields}
            )["id"]
        )

    def _card(self, pattern: str) -> str:
        if pattern.endswith("/attach"):
            return "pm_card_visa"
        return self.v1.payment_methods.attach("pm_card_visa", {"customer": self.customer}).id

    def _topup(self) -> str:
        return self.v1.topups.create({"amount": 100, "currency": "usd"}).id

    def _payout(self) -> str:
        return self.v1.payouts.create({"amount": 100, "currency": "usd"}).id

    def _ephemeral_key(self) -> str:
        version: Any = {"stripe_version": "2025-10-29.clover"}
        return self.v1.ephemeral_keys.create({"customer": self.customer}, version).id

    def _endpoint(self) -> str:
        params: Any = {"url": "http://127.0.0.1/", "enabled_events": ["*"]}
        return self.v1.webhook_endpoints.create(params).id


AT_ONCE = {"confirm": "true", "payment_method": "pm_card_visa"}

#: What a call needs besides the parameter under test. The keys are method and pattern.
NEEDED: dict[tuple[str, str], Params] = {
    ("POST", "/v1/payment_intents"): {"amount": "2500", "currency": "usd"},
    ("POST", "/v1/payment_intents/{id}/confirm"): {"use_stripe_sdk": "true"},
    ("POST", "/v1/payment_methods"): {"type": "card"},
    ("POST", "/v1/payouts"): {"amount": "100", "currency": "usd"},
    ("POST", "/v1/topups"): {"amount": "100", "currency": "usd"},
    ("POST", "/v1/setup_intents/{id}/confirm"): {"use_stripe_sdk": "true"},
    ("POST", "/v1/files"): {"purpose": "dispute_evidence"},
}

#: Parameters that are only read together with others.
TOGETHER: dict[str, Params] = {
    "allow_redirects": {"automatic_payment_methods": {"enabled": "true"}},
    "error_on_requires_action": AT_ONCE,
    "off_session": AT_ONCE,
    "return_url": AT_ONCE,
    "use_stripe_sdk": AT_ONCE,
}

VALUES: Params = {
    "allow_redisplay": "always",
    "amount": "100",
    "capture_method": "manual",
    "confirm": "true",
    "currency": "usd",
    "email": "jenny@example.com",
    "enabled_events": ["*"],
    "number": "4242424242424242",
    "off_session": "true",
    "on_behalf_of": "acct_1",
    "payment_method": "pm_card_visa",
    "receipt_email": "jenny@example.com",
    "token": "tok_visa",
    "type": "card",
    "url": "http://127.0.0.1/",
    "use_stripe_sdk": "true",
}

UPLOAD = {"file": Upload("a.pdf", "application/pdf", b"%PDF")}

#: What describes a payment method is read only if the description holds.
CARD = {"type": "card", "card": {"token": "tok_visa"}}
RAW_CARD = {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 40}}
BANK = {"type": "us_bank_account", "us_bank_account": {"account_number": "000123456789"}}


def params_for(route: Route, path: str) -> Params:
    """Return the parameters of a call that has the parameter ``path``."""
    params = NEEDED.get((route.method, route.pattern), {})
    leaf = path.rstrip("]").rsplit("[", 1)[-1]
    # Confirming takes no ``confirm``: it is one.
    together = TOGETHER.get(leaf, {}) if not route.pattern.endswith("/confirm") else {}
    for more in (together, _details(route, path), _one(path)):
        params = merged(params, more)
    return params


def _details(route: Route, path: str) -> Params:
    details = BANK if "us_bank_account" in path else RAW_CARD if is_from_browser(path) else CARD
    if path.startswith("payment_method_data"):
        return {"payment_method_data": details}
    return details if (route.method, route.pattern) == ("POST", "/v1/payment_methods") else {}


def is_from_browser(path: str) -> bool:
    """Whether only a publishable key may send the parameter: card numbers."""
    return path.endswith(("[number]", "[cvc]", "[exp_month]", "[exp_year]"))


def _one(path: str) -> Params:
    first, *rest = path.replace("]", "").split("[")
    leaf: Any = VALUES.get((rest or [first])[-1], "1")
    for name in reversed(rest):
        leaf = {name: leaf}
    return {first: leaf}


def merged(one: Params, other: Params) -> Params:
    result = dict(one)
    for name, value in other.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = merged(result[name], value) if both else value
    return result
