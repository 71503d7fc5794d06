"""Every parameter that the SDK allows is either read by the handler or refused by name."""

import contextlib
from typing import Any
from urllib.parse import quote

import pytest

from django_stripe_payments.sandbox import Sandbox
from django_stripe_payments.sandbox.http.routes import registered
from django_stripe_payments.sandbox.wire.calls import EVERYWHERE, Call, Route
from django_stripe_payments.sandbox.wire.checking import known_paths
from django_stripe_payments.sandbox.wire.errors import ApiError
from django_stripe_payments.sandbox.wire.keys import Key

from ..support.calls import UPLOAD, Shop, is_from_browser, params_for
from ..support.recording import Recording

ROUTES = [route for route in registered() if route.model]
KEY = {"Authorization": "Bearer sk_test_x"}

#: Read for a secret key although the SDK has no type for it.
UNTYPED = ("payment_method_data[card]", "client_secret")


def name(route: Route) -> str:
    return f"{route.method} {route.pattern}"


def allowed(route: Route) -> set[str]:
    """Every parameter that the SDK knows of a call, leaves only, without ``expand``."""
    assert route.model
    return set(known_paths(route.model)) - set(EVERYWHERE)


def played(route: Route) -> set[str]:
    """The parameters that a route declares, as leaves where the SDK names them."""
    known = allowed(route)
    untyped = {path for path in route.reads if not any(inside(leaf, path) for leaf in known)}
    return {path for path in known if route.plays(path)} | untyped


def inside(path: str, holder: str) -> bool:
    return path == holder or path.startswith(f"{holder}[")


def ask(sandbox: Sandbox, route: Route, path: str) -> dict[str, Any]:
    """Send one parameter, and return the error or nothing."""
    target = route.pattern.replace("{id}", "x_1")
    pair = f"{quote(path)}=1"
    if route.method == "POST":
        response = sandbox.app.handle("POST", target, KEY, pair.encode())
    else:
        response = sandbox.app.handle(route.method, f"{target}?{pair}", KEY, b"")
    error: dict[str, Any] = response.json().get("error", {})
    return error


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_what_no_handler_reads_is_refused_by_name(sandbox: Sandbox, route: Route) -> None:
    wrong = []
    for path in sorted(allowed(route) - played(route)):
        error = ask(sandbox, route, path)
        names_it = inside(path, error.get("param", "?")) and "sandbox" in error["message"]
        if error.get("code") != "sandbox_unsupported_parameter" or not names_it:
            wrong.append((path, error))
    assert not wrong


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_what_a_route_declares_its_handler_reads(route: Route) -> None:
    ignored = {path for path in played(route) if path not in read_by(route, path)}
    assert not ignored


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_what_a_handler_reads_its_route_declares(route: Route) -> None:
    """The other way round, so that nothing that works is refused by mistake."""
    read = set().union(*(read_by(route, path) for path in played(route)), read_by(route, ""))
    assert {path for path in read & allowed(route) if not route.plays(path)} == set()


def read_by(route: Route, path: str) -> set[str]:
    """Call the handler with the parameter ``path``, and return what it looked at."""
    shop = Shop()
    ids = shop.ids(route.pattern)
    read: set[str] = set()
    given = params_for(route, path) if path else {}
    if is_from_browser(path) and ids:
        given |= {"client_secret": shop.sandbox.object(ids[0]).get("client_secret")}
    params = Recording(given, read)
    files = Recording(dict(UPLOAD), read)
    read.clear()
    key = Key("pk_test_x" if is_from_browser(path) else "sk_test_x", is_from_browser(path))
    call = Call(route.method, route.pattern, params, key, ids, files)
    # A value that the handler refuses was read too; what it misses without any is not the point.
    with contextlib.suppress(ApiError, KeyError), shop.sandbox.world.acting():
        route.handler(shop.sandbox.world, call, *ids)
    return read


def test_the_sdk_names_hundreds_of_parameters_and_each_route_is_compared() -> None:
    """The comparison would be empty if the SDK's types moved."""
    assert len(ROUTES) == len(registered()) - 1  # thin events have no typed parameters
    assert sum(len(allowed(route)) for route in ROUTES) > 1000


def test_a_call_without_parameters_takes_none(sandbox: Sandbox) -> None:
    response = sandbox.app.handle("GET", "/v2/core/events/evt_1?colour=red", KEY, b"")
    assert response.json()["error"]["code"] == "parameter_unknown"
