"""The endpoint to which Stripe delivers events."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from .. import addresses, audit
from ..conf import settings
from ..dispatch import get_dispatcher
from ..exceptions import RateLimited, WebhookNotConfigured, WebhookRejected
from ..limits import rates as rate_limits
from ..logs.reporting import hide_secrets
from ..webhooks import store_event, verify

logger = logging.getLogger(__name__)


# The signature authenticates Stripe, which has neither a session nor a CSRF token. The stored
# event must survive later failures, so ATOMIC_REQUESTS must not apply.
@method_decorator(
    [csrf_exempt, login_not_required, transaction.non_atomic_requests], name="dispatch"
)
class StripeWebhookView(View):
    """Verify, store and process an event.

    The status of the answer:

    - 400: not an event that Stripe signed for this site: forged, unsigned, stale, too large, not
      UTF-8, not JSON, neither a snapshot event nor a thin one, or of the other mode than
      STRIPE_SECRET_KEY. Nothing is stored.
    - 403: not from STRIPE_WEBHOOK_ALLOWED_NETWORKS. The body is not read.
    - 429: the address is over its limit in STRIPE_RATE_LIMITS. The body is not read; nothing is
      lost, since Stripe delivers the event again.
    - 503: no signing secret is configured. Nothing is stored.
    - 500: stored, but not finished: Stripe did not respond, or a receiver failed. Another delivery
      finishes only what is unfinished.
    - 200: stored and finished, now or before; with a background dispatcher: stored.
    """

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        hide_secrets(request)
        rejection = reject_early(request)
        if rejection is not None:
            return rejection
        try:
            body = read_body(request)
            event = verify(body, request.headers.get("Stripe-Signature", ""))
        except WebhookRejected as error:
            logger.warning("Webhook refused: %s", error)
            return _text(f"Refused: {error}", status=400)
        except WebhookNotConfigured as error:
            logger.error("Webhook refused: %s", error)
            return _text("This endpoint has no signing secret.", status=503)
        with audit.acting(audit.caller_of(request, source="webhook")):
            dispatcher = get_dispatcher()
            row = store_event(event, is_leased=dispatcher.works_at_once)
            if not dispatcher.event_recorded(row):
                return _text("Stored, but not finished. Deliver it again.", status=500)
        return _text("Received.", status=200)


def reject_early(request: HttpRequest) -> HttpResponse | None:
    """Return the refusal for an address that may not deliver now; None for any other."""
    networks = settings.STRIPE_WEBHOOK_ALLOWED_NETWORKS
    if networks and not addresses.is_in(addresses.client_address(request), networks):
        address = addresses.client_address(request) or "no address"
        logger.warning("Webhook refused: %s is in no allowed network", address)
        return _text("This address may not deliver webhooks.", status=403)
    try:
        rate_limits.check("webhook", request)
    except RateLimited as error:
        address = addresses.client_address(request)
        logger.warning("Webhook postponed: too many from %s", address)
        response = _text("Too many requests. Deliver it again.", status=429)
        response["Retry-After"] = str(error.retry_after)
        return response
    return None


def read_body(request: HttpRequest) -> bytes:
    """Return the body. Raises WebhookRejected, without reading it, if it is too large."""
    limit = settings.STRIPE_WEBHOOK_MAX_BYTES
    try:
        length = int(request.headers.get("content-length") or 0)
    except ValueError:
        length = 0
    if length > limit:
        raise WebhookRejected("The body is larger than STRIPE_WEBHOOK_MAX_BYTES.")
    # One byte over the limit is enough for ``verify`` to reject it.
    return request.read(limit + 1)


def _text(message: str, *, status: int) -> HttpResponse:
    return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
