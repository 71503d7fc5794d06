"""The API itself: one HTTP request in, one answer out, over whatever carries it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from ..browser import publishable
from ..wire import checking, forms, parameters, uploads
from ..wire.calls import EVERYWHERE, Call, Response, Route, encode
from ..wire.errors import ApiError, no_such_account, page_refused, server_error
from ..wire.keys import Key, authenticate
from ..wire.version import API_VERSION
from ..world import expand
from ..world.world import World
from . import guard
from .faults import Fault, Faults
from .idempotency import Answer, Idempotency, fingerprint
from .routes import Router, registered

logger = logging.getLogger(__name__)

#: Pages of any origin may use a publishable key, as Stripe.js does; it never sends cookies.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
    "Access-Control-Expose-Headers": "Request-Id",
}

#: Headers by which a call acts for another account.
FOR_ACCOUNT = ("stripe-account", "stripe-context")

#: Parameters that the API takes from a secret key although the SDK has no type for them.
UNTYPED = ("client_secret", "payment_method_data[card]")


class App:
    """Answers calls of ``/v1/…``. Thread-safe."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.idempotency = Idempotency(world.clock)
        #: Called after each call that may have changed something, before it is answered.
        self.save: Callable[[], None] = lambda: None
        self._router = Router(registered())

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one request. ``target`` is the path with its query string."""
        lower = {name.lower(): value for name, value in headers.items()}
        request_id = self.world.ids.request()
        if method == "OPTIONS":
            return self._preflight(target, lower)
        open_to_pages: Mapping[str, str] = {}
        try:
            call = self._read(method, target, lower, body)
            if call.key.publishable:
                open_to_pages = CORS
            response = self._call(call, lower, request_id)
        except ApiError as error:
            response = self._answer(error.status, encode({"error": error.error}), request_id)
        return replace(response, headers={**response.headers, **open_to_pages})

    def _preflight(self, target: str, headers: Mapping[str, str]) -> Response:
        """Answer a browser that asks whether a page of another origin may make a call."""
        method = headers.get("access-control-request-method", "POST")
        try:
            route, _ = self._router.find(method, _path(target))
        except ApiError:
            return Response(404, b"", {})
        return Response(200, b"", CORS) if route.publishable else Response(403, b"", {})

    def _read(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
        params, files = uploads.read(headers.get("content-type", ""), body)
        params |= forms.parse(urlsplit(target).query)
        key = authenticate(headers, params)
        _check_source(headers, key)
        version = headers.get("stripe-version", "")
        return Call(method, _path(target), params, key, files=files, version=version)

    def _call(self, call: Call, headers: Mapping[str, str], request_id: str) -> Response:
        for name in FOR_ACCOUNT:
            if name in headers:
                raise no_such_account(headers[name])
        route, call.arguments = self._router.find(call.method, call.path)
        publishable.check(route, call.key)
        key = headers.get("idempotency-key", "") if call.method == "POST" else ""
        return self._once(route, call, key, request_id)

    def _once(self, route: Route, call: Call, key: str, request_id: str) -> Response:
        """Execute the call, unless its idempotency key was answered before."""
        fault = self.faults.take(call.method, call.path)
        extra = fault.headers() if fault else {}
        if not key:
            status, body, _ = self._execute(route, call, fault, request_id, None)
            if call.method != "GET":
                self.save()
            return self._answer(status, body, request_id, extra, cut=_cuts(fault))
        content = [call.params, {name: len(file.content) for name, file in call.files.items()}]
        stored = self.idempotency.begin(
            key, fingerprint(call.method, call.path, content), request_id
        )
        if stored:
            return self._replay(stored, key, request_id, cut=_cuts(fault))
        status, body, remembered = self._execute(route, call, fault, request_id, key)
        if remembered:
            self.idempotency.finish(key, status, body)
        else:
            self.idempotency.forget(key)
        self.save()
        extra |= {"Idempotency-Key": key, "Original-Request": request_id}
        return self._answer(status, body, request_id, extra, cut=_cuts(fault))

    def _execute(
        self, route: Route, call: Call, fault: Fault | None, request_id: str, key: str | None
    ) -> tuple[int, bytes, bool]:
        """Return status, body, and whether an idempotency key remembers them."""
        if fault and fault.kind == "hang":
            fault.hang()
        fails = fault is not None and fault.kind == "error"
        try:
            if fails and fault and not fault.executed:
                raise fault.error()
            with self.world.acting({"id": request_id, "idempotency_key": key}):
                body = encode(self._result(route, call))
            if fails and fault:
                raise fault.error()
        except ApiError as error:
            visible = publishable.error(error.error) if call.key.publishable else error.error
            return error.status, encode({"error": visible}), error.replayed
        except Exception:
            # A mistake of the sandbox is answered as a mistake of Stripe's would be.
            logger.exception("The sandbox failed at %s %s", call.method, call.path)
            failure = server_error()
            return failure.status, encode({"error": failure.error}), failure.replayed
        return 200, body, True

    def _result(self, route: Route, call: Call) -> dict[str, Any]:
        paths = parameters.strings(call.params, "expand")
        expand.check(route.method, route.pattern, paths)
        extra = route.extra if call.key.publishable else UNTYPED
        checking.check(route, {**call.params, **call.files}, (*EVERYWHERE, *extra))
        resource = route.handler(self.world, call, *call.arguments)
        rendered = expand.render(self.world.store, resource, paths)
        return publishable.shown(rendered) if call.key.publishable else rendered

    def _replay(self, stored: Answer, key: str, request_id: str, *, cut: bool) -> Response:
        extra = {
            "Idempotency-Key": key,
            "Idempotent-Replayed": "true",
            "Original-Request": stored.request_id,
        }
        return self._answer(stored.status, stored.body, request_id, extra, cut=cut)

    def _answer(
        self,
        status: int,
        body: bytes,
        request_id: str,
        extra: Mapping[str, str] | None = None,
        *,
        cut: bool = False,
    ) -> Response:
        headers = {
            "Content-Type": "application/json",
            "Request-Id": request_id,
            "Stripe-Version": API_VERSION,
            **(extra or {}),
        }
        return Response(status, body, headers, cut)


def _path(target: str) -> str:
    return unquote(urlsplit(target).path).rstrip("/")


def _check_source(headers: Mapping[str, str], key: Key) -> None:
    if not key.publishable and guard.is_from_page(headers):
        raise page_refused(guard.PAGE_REFUSED)


def _cuts(fault: Fault | None) -> bool:
    return fault is not None and fault.kind == "cut"
