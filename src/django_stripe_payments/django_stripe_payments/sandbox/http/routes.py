"""Which handler answers which call."""

import re
from collections.abc import Iterable

from ..resources import (
    balance_transactions,
    charges,
    core_events,
    customers,
    disputes,
    early_fraud_warnings,
    events,
    files,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    webhook_endpoints,
)
from ..wire.calls import Route
from ..wire.errors import unknown_url

#: Every route of the API. A new resource is a module with a table, and one line here.
ROUTES: tuple[Route, ...] = (
    *customers.ROUTES,
    *payment_methods.ROUTES,
    *payment_intents.ROUTES,
    *charges.ROUTES,
    *balance_transactions.ROUTES,
    *setup_intents.ROUTES,
    *refunds.ROUTES,
    *disputes.ROUTES,
    *payouts.ROUTES,
    *early_fraud_warnings.ROUTES,
    *files.ROUTES,
    *events.ROUTES,
    *core_events.ROUTES,
    *webhook_endpoints.ROUTES,
)


class Router:
    """Finds the route of a method and a path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(self._compile(route.pattern), route) for route in routes]

    @staticmethod
    def _compile(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern.replace("{id}", "([^/]+)"))

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route and the ids in the path, or raise Stripe's 404 for an unknown URL."""
        for compiled, route in self._routes:
            match = compiled.fullmatch(path) if route.method == method else None
            if match:
                return route, match.groups()
        raise unknown_url(method, path)
