"""What the sandbox serves to browsers: the stand-in for Stripe.js, and a few pages of its own."""

import html
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from ..wire import forms
from ..wire.calls import Response, encode
from ..wire.errors import ApiError
from ..wire.resource import Resource
from ..world.world import World
from . import publishable

#: Takes a client secret and whether the customer succeeds; returns the intent afterwards.
Authenticate = Callable[[str, bool], Resource]

#: Static files of the stand-in, part of the package.
FOLDER = Path(__file__).parent / "static"

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

#: The frames are embedded by sites of any origin, and load nothing but their own files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)

#: The bank's own page posts to itself and is sent on to the site, which may be anywhere; browsers
#: hold a redirect after a form to ``form-action`` too.
BANK_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

SAFE = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def file(name: str) -> Response:
    """Answer ``/js/<name>``; names with a path in them are no names."""
    path = FOLDER / name
    kind = CONTENT_TYPES.get(path.suffix)
    if kind is None or path.name != name or not path.is_file():
        return not_found("file")
    headers = {**SAFE, "Content-Type": kind, "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(200, path.read_bytes(), headers)


def page(status: int, title: str, body: str) -> Response:
    """``title`` and ``body`` are HTML."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>'
        f"{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
    )
    return Response(status, text.encode(), {**SAFE, "Content-Type": CONTENT_TYPES[".html"]})


def not_found(what: str) -> Response:
    return page(404, "Not found", f"<p>The sandbox has no such {what}.</p>")


def authenticate(complete: Authenticate, body: bytes) -> Response:
    """Answer the bank's dialog: ``POST /_sandbox/browser/authenticate``.

    The form holds ``client_secret`` (of a payment intent or a setup intent) and ``outcome``
    (``complete`` or ``fail``). The answer is 200 with the intent as a publishable key sees it:
    look at its ``status``, and at ``last_payment_error`` or ``last_setup_error`` when it is back
    in ``requires_payment_method``. A wrong secret or an intent that awaits nothing is an error
    object like the API's.
    """
    try:
        intent = _authenticate(complete, body)
    except ApiError as error:
        return _json(error.status, {"error": error.error})
    return _json(200, publishable.shown(intent))


def _authenticate(complete: Authenticate, body: bytes) -> Resource:
    params = forms.parse(body.decode(errors="replace"))
    succeed = params.get("outcome", "complete") == "complete"
    return complete(str(params.get("client_secret", "")), succeed)


def _json(status: int, data: object) -> Response:
    return Response(status, encode(data), {"Content-Type": "application/json"})


def redirect(
    complete: Authenticate,
    return_url: Callable[[Resource], str],
    method: str,
    target: str,
    body: bytes,
) -> Response:
    """The bank's own page, for intents whose next action is ``redirect_to_url``."""
    if method == "GET":
        return _bank_form(parse_qs(urlsplit(target).query).get("client_secret", [""])[0])
    try:
        intent = _authenticate(complete, body)
    except ApiError as error:
        return page(error.status, "Authentication failed", f"<p>{html.escape(str(error))}</p>")
    return _back(intent, return_url(intent))


def _bank_form(client_secret: str) -> Response:
    buttons = "".join(
        f'<button name="outcome" value="{value}">{label} authentication</button> '
        for value, label in (("complete", "Complete"), ("fail", "Fail"))
    )
    secret = html.escape(client_secret)
    form = f'<form method="post"><input type="hidden" name="client_secret" value="{secret}">'
    response = page(200, "Is this you paying?", f"{form}{buttons}</form>")
    headers = {**response.headers, "Content-Security-Policy": BANK_POLICY}
    return Response(response.status, response.body, headers)


def return_url(world: World, intent: Resource) -> str:
    """Return where the site wants its customer back."""
    return str(world.store.note(str(intent["id"])).get("return_url", "/"))


def _back(intent: Mapping[str, object], url: str) -> Response:
    """Send the customer to the ``return_url``, with what Stripe adds to it."""
    kind = str(intent["object"])
    good = intent["status"] in ("succeeded", "processing", "requires_capture")
    query = urlencode(
        {
            kind: str(intent["id"]),
            f"{kind}_client_secret": str(intent["client_secret"]),
            "redirect_status": "succeeded" if good else "failed",
        }
    )
    location = f"{url}{'&' if '?' in url else '?'}{query}"
    return Response(303, b"", {**SAFE, "Location": location})


def receipt(world: World, charge_id: str) -> Response:
    charge = world.store.get("charge", charge_id)
    if charge is None:
        return not_found("charge")
    text = f"{charge['amount']} {charge['currency'].upper()} in minor units"
    return page(200, "Receipt", f"<p>{html.escape(charge_id)}: {html.escape(text)}.</p>")
