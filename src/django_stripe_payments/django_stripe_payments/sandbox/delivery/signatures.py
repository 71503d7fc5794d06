"""The signature that Stripe puts on a webhook delivery.

https://docs.stripe.com/webhooks#verify-manually
"""

import hashlib
import hmac
import time

from ..wire.calls import encode
from ..wire.resource import Resource

USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """Return the value of the ``Stripe-Signature`` header."""
    message = b"%d.%s" % (timestamp, body)
    digest = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def signed(event: Resource, secret: str) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of one delivery of ``event``, as Stripe would post it now.

    The time is the machine's own even when the sandbox's clock was moved. The SDK of the site
    compares it with the machine's time too.
    """
    body = encode(event)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": sign(body, secret, int(time.time())),
        "User-Agent": USER_AGENT,
    }
    return body, headers
