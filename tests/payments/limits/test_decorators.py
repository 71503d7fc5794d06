"""A site's own views are counted as the app's pages are."""

import asyncio
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.decorators import method_decorator
from django.views.generic import View

from django_stripe_payments.decorators import limit_rate


@pytest.fixture(autouse=True)
def two_a_minute(settings: Any) -> None:
    settings.STRIPE_RATE_LIMIT = True
    settings.STRIPE_RATE_LIMITS = {"create_intent": {"address": "2/d"}, "own": {"address": "1/d"}}
    cache.clear()


@limit_rate()
def start(request: HttpRequest, what: str = "ticket") -> HttpResponse:
    return HttpResponse(what)


def ask(view: Any, method: str = "post", **headers: str) -> Any:
    return view(getattr(RequestFactory(), method)("/", **headers))


def test_above_the_limit_the_view_is_not_called_and_the_client_told_when_to_return() -> None:
    assert [ask(start).status_code for _ in range(3)] == [200, 200, 429]
    refused = ask(start)
    assert int(refused["Retry-After"]) > 0
    assert b"Please wait a moment" in refused.content


def test_a_client_that_prefers_json_gets_its_refusal_as_json() -> None:
    refused = [ask(start, HTTP_ACCEPT="application/json") for _ in range(3)][-1]
    assert refused.headers["Content-Type"] == "application/json"
    assert b'"code": "rate_limited"' in refused.content


def test_reading_is_not_counted() -> None:
    assert {ask(start, method).status_code for method in ("get", "head") * 3} == {200}
    assert ask(start).status_code == 200


def test_views_of_one_scope_are_counted_together() -> None:
    other = limit_rate()(lambda request: HttpResponse())
    assert [ask(view).status_code for view in (start, other, other)] == [200, 200, 429]


def test_a_site_adds_scopes_of_its_own() -> None:
    own = limit_rate("own")(lambda request: HttpResponse())
    assert [ask(own).status_code for _ in range(2)] == [200, 429]


def test_a_scope_without_limits_is_an_error_and_not_a_view_without_limits() -> None:
    with pytest.raises(ImproperlyConfigured, match="'tpyo' is not a scope"):
        ask(limit_rate("tpyo")(lambda request: HttpResponse()))


def test_class_based_views_take_it() -> None:
    @method_decorator(limit_rate(), name="dispatch")
    class Start(View):
        def post(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse()

    assert [ask(Start.as_view()).status_code for _ in range(3)] == [200, 200, 429]


def test_coroutines_take_it() -> None:
    @limit_rate()
    async def start_soon(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    async def thrice() -> list[int]:
        asked = [AsyncRequestFactory().post("/") for _ in range(3)]
        return [(await start_soon(request)).status_code for request in asked]

    assert asyncio.run(thrice()) == [200, 200, 429]
