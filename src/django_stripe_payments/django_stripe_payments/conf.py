"""Every setting of the app, with its default.

Read them as ``settings.STRIPE_…`` at the moment they are needed, from this module's
``settings``, so that ``override_settings`` takes effect and the defaults are loaded.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

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

    #: Public address of the site, or of its webhook endpoint, for example "https://example.com":
    #: what ``stripe_webhook_endpoint`` gives to Stripe and ``stripe_doctor`` looks for.
    WEBHOOK_URL = ""

    #: Seconds that a webhook's signature may be old; Stripe's own libraries use 300.
    WEBHOOK_TOLERANCE = 300

    #: Largest webhook body in bytes. Stripe's events stay far below one MiB.
    WEBHOOK_MAX_BYTES = 1024 * 1024

    #: Dotted path of the class that turns events into facts; subclass the default to extend it.
    WEBHOOK_HANDLER = "django_stripe_payments.webhooks.WebhookHandler"

    #: Three-letter currency used where none is named.
    DEFAULT_CURRENCY = "usd"

    #: Days until ``stripe_prune`` drops the payload of a finished webhook event; None keeps it.
    EVENT_PAYLOAD_DAYS: int | None = 90

    #: Days after which ``stripe_prune`` drops the parameters of an answered call to Stripe; None
    #: keeps them.
    OPERATION_PARAMS_DAYS: int | None = 90

    #: Seconds that work may wait before ``stripe_status`` calls the site unhealthy.
    HEALTH_MAX_AGE = 900

    #: Seconds after which a reconciliation is missed by ``stripe_status``; None where none is run.
    HEALTH_SYNC_MAX_AGE: int | None = None

    #: Address of Stripe's API; empty means Stripe itself. A sandbox listens elsewhere.
    API_BASE = ""

    #: Seconds to wait for Stripe. The SDK's own 80 s would hold a web worker far too long.
    API_TIMEOUT = 20

    #: How often the SDK repeats a call that failed on the way, under one idempotency key.
    API_MAX_RETRIES = 2

    #: Stripe.js, in the version that belongs to the SDK's API version.
    JS_URL = "https://js.stripe.com/endive/stripe.js"

    #: What Stripe takes, to estimate fees until they are booked: currency, or "eur:GB" for cards
    #: of one country, or "default" → (share, fixed part in the major unit), as texts or Decimals.
    FEE_RATES: Mapping[str, tuple[Decimal | str, Decimal | str]] = {"default": ("0.029", "0.30")}

    #: The site's own fee: None, a rate as above, or the dotted path of a callable that gets the
    #: unsaved payment and returns minor units.
    PLATFORM_FEE: tuple[Decimal | str, Decimal | str] | str | None = None

    #: Seconds before evidence for a dispute is due at which ``dispute_evidence_due`` is sent.
    DISPUTE_DEADLINE_LEAD = 3 * 24 * 3600

    #: Whether an early fraud warning refunds what is left of its payment by itself.
    REFUND_ON_EARLY_FRAUD_WARNING = False

    #: What customers may ask to have refunded: the dotted path of a subclass of RefundPolicy, or
    #: of a function ``(user, payment) -> RefundOffer``.
    REFUND_POLICY = "django_stripe_payments.refunds.policy.RefundPolicy"

    #: Days after a payment in which its customer may ask for a refund, or a mapping of payment
    #: types, and "default", to days. 0 is never, None is always.
    REFUND_WINDOW_DAYS: int | Mapping[str, int | None] | None = 30

    #: Who answers a customer's request: "review" puts it before staff, "automatic" refunds.
    REFUND_REQUESTS = "review"

    #: Where receivers run: "inline" (in the process that stored the news), "celery" or
    #: "django_tasks" (in a worker), or the dotted path of a Dispatcher.
    DISPATCHER = "inline"

    #: Name of the queue for the tasks of "celery" and "django_tasks"; empty means the framework's
    #: default.
    TASK_QUEUE = ""

    #: Seconds until a failed receiver or event is tried again by the sweep; the last repeats.
    RETRY_DELAYS: Sequence[int] = (60, 300, 1800, 7200, 21600)

    #: Days after which the sweep stops waiting for a receiver that failed and is not connected any
    #: more; None waits for ever. Its row stays, and staff can run it, should it come back.
    GONE_RECEIVER_DAYS: int | None = 30

    #: Seconds that a guest's link to a payment (``payment.guest_checkout_url``) is good for.
    GUEST_LINK_MAX_AGE = 7 * 24 * 60 * 60

    #: Least and most that one payment may be, in the major unit, per currency ("usd") or per
    #: currency and payment type ("usd:donation", which wins):
    #: ``{"usd": {"minimum": "1.00", "maximum": "5000"}, "usd:donation": {"maximum": "500"}}``.
    AMOUNT_LIMITS: Mapping[str, Mapping[str, Any]] = {}

    #: Whether requests are limited per user and address at all.
    RATE_LIMIT = True

    #: What differs from the limits that guarding.md lists: ``{"create_intent": {"user": "20/m",
    #: "address": "100/m"}}``. Units are s, m, h and d; None lifts a limit.
    RATE_LIMITS: Mapping[str, Mapping[str, str | None] | None] = {}

    #: Alias of the cache that counts requests. Processes must share it: Redis or Memcached.
    RATE_LIMIT_CACHE = "default"

    #: How many proxies of your own stand in front of the site and append to X-Forwarded-For.
    TRUSTED_PROXIES = 0

    #: Whether the audit log keeps only the first 24 (IPv4) or 48 (IPv6) bits of addresses.
    AUDIT_MASK_ADDRESSES = False

    #: Networks from which webhooks are accepted, for example ("192.0.2.0/24",); empty means all.
    WEBHOOK_ALLOWED_NETWORKS: Sequence[str] = ()

    #: Dotted paths of the fraud rules, asked in this order before a payment is made.
    FRAUD_RULES: Sequence[str] = ()

    #: For ``too_many_payments``: how many payments a user may start in an hour.
    FRAUD_MAX_PAYMENTS_PER_HOUR = 10

    #: For ``too_many_declines``: how many declined attempts a user may have in a day.
    FRAUD_MAX_DECLINES_PER_DAY = 5

    #: For ``large_first_payment``: currency → what is large, in the major unit.
    FRAUD_LARGE_FIRST_PAYMENT: Mapping[str, Any] = {}

    #: Currency → amount in the major unit above which the bank must authenticate the customer.
    THREE_D_SECURE_THRESHOLD: Mapping[str, Any] = {}

    #: Dotted path of a function that gets a Payment and returns more metadata for its intent at
    #: Stripe, where Radar's rules can read it; empty means none.
    RADAR_METADATA = ""

    #: Days: ``stripe_sync`` compares what was created at Stripe within so many days, and asks for
    #: every older one that is not over yet.
    SYNC_WINDOW_DAYS = 30

    #: Seconds after which a payment that still waits for its customer is canceled by
    #: ``stripe_sync``, here and at Stripe; None cancels none.
    SYNC_ABANDONED_AFTER: int | None = 7 * 24 * 60 * 60

    #: Objects that ``stripe_sync`` asks for in one call: 1 to 100.
    SYNC_PAGE_SIZE = 100

    #: Seconds that ``stripe_sync`` waits between two pages, to leave Stripe's rate limit to others.
    SYNC_PAUSE: float = 0

    #: Payments on one page of the customer's history.
    HISTORY_PAGE_SIZE = 20

    class Meta:
        prefix = "STRIPE"
