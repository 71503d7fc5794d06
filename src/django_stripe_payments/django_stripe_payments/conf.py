"""Every setting of the app, with its default.

Read them as ``settings.STRIPE_…`` at the moment they are needed, from this module's
``settings``, so that ``override_settings`` takes effect and the defaults are loaded.
"""

from collections.abc import Sequence

from appconf import AppConf
from django.conf import settings

__all__ = ["settings"]


class StripeConf(AppConf):
    #: Publishable key ("pk_…"), the one that the browser may see.
    PUBLIC_KEY = ""

    #: Secret key ("sk_…") or restricted key ("rk_…").
    SECRET_KEY = ""

    #: Signing secret ("whsec_…") of the webhook endpoint; a list while secrets rotate.
    WEBHOOK_SECRET: str | Sequence[str] = ""

    #: Seconds that a webhook's signature may be old; Stripe's own libraries use 300.
    WEBHOOK_TOLERANCE = 300

    #: Largest webhook body in bytes. Stripe's events stay far below one MiB.
    WEBHOOK_MAX_BYTES = 1024 * 1024

    #: Dotted path of the class that turns events into facts; subclass the default to extend it.
    WEBHOOK_HANDLER = "django_stripe_payments.webhooks.WebhookHandler"

    #: Three-letter currency used where none is named.
    DEFAULT_CURRENCY = "usd"

    #: Address of Stripe's API; empty means Stripe itself. A sandbox listens elsewhere.
    API_BASE = ""

    #: Seconds to wait for Stripe. The SDK's own 80 s would hold a web worker far too long.
    API_TIMEOUT = 20

    #: How often the SDK repeats a call that failed on the way, under one idempotency key.
    API_MAX_RETRIES = 2

    #: Stripe.js, in the version that belongs to the SDK's API version.
    JS_URL = "https://js.stripe.com/endive/stripe.js"

    #: Where receivers run: "inline", or the dotted path of a Dispatcher.
    DISPATCHER = "inline"

    #: Seconds until a failed receiver or event is tried again by the sweep; the last repeats.
    RETRY_DELAYS: Sequence[int] = (60, 300, 1800, 7200, 21600)

    #: Seconds that a guest's link to a payment (``payment.guest_checkout_url``) is good for.
    GUEST_LINK_MAX_AGE = 7 * 24 * 60 * 60

    class Meta:
        prefix = "STRIPE"
