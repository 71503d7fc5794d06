"""Where each request over HTTP goes: the API, the stand-in for Stripe.js, or a command."""

from collections.abc import Collection, Mapping
from functools import partial
from urllib.parse import unquote, urlsplit

from ..browser import pages
from ..http import guard
from ..wire.calls import Response, encode
from . import api
from .commands import Commands


def answer(
    commands: Commands,
    allowed_hosts: Collection[str],
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Response:
    """Answer one request. A request that addresses the server by a foreign host name gets a 403."""
    lower = {name.lower(): value for name, value in headers.items()}
    if not guard.is_trusted_host(lower.get("host", ""), commands.world.base_url, allowed_hosts):
        return _forbidden(guard.FOREIGN_HOST)
    path = unquote(urlsplit(target).path)
    if path.startswith("/js/") and method == "GET":
        return pages.file(path.removeprefix("/js/"))
    if path.startswith(("/_sandbox/browser/", "/_sandbox/receipts/")):
        return _page(commands, method, path, target, body)
    if path.startswith("/_sandbox/"):
        if guard.is_from_page(lower):
            return _forbidden(guard.PAGE_REFUSED)
        return api.handle(commands, method, path.removeprefix("/_sandbox/"), lower, body)
    return commands.app.handle(method, target, headers, body)


def _page(commands: Commands, method: str, path: str, target: str, body: bytes) -> Response:
    if path == "/_sandbox/browser/authenticate" and method == "POST":
        return pages.authenticate(commands.authenticate_by_secret, body)
    if path.startswith("/_sandbox/browser/redirect/"):
        authenticate = commands.authenticate_by_secret
        return_url = partial(pages.return_url, commands.world)
        return pages.redirect(authenticate, return_url, method, target, body)
    if path.startswith("/_sandbox/receipts/"):
        return pages.receipt(commands.world, path.rsplit("/", 1)[-1])
    return pages.not_found("page")


def _forbidden(message: str) -> Response:
    error = {"error": {"message": message, "type": "invalid_request_error"}}
    return Response(403, encode(error), {"Content-Type": "application/json"})
