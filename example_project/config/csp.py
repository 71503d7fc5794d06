"""The site's Content-Security-Policy: nothing inline, and nobody but Stripe from elsewhere.

Django 6 sends ``SECURE_CSP`` itself; for Django 5.2 there is a middleware of the same effect here.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Policy = dict[str, list[str]]

#: https://docs.stripe.com/security/guide#content-security-policy
STRIPE_SCRIPTS = ["https://js.stripe.com", "https://*.js.stripe.com"]
STRIPE_FRAMES = [*STRIPE_SCRIPTS, "https://hooks.stripe.com"]
STRIPE_IMAGES = ["https://*.stripe.com"]
STRIPE_API = ["https://api.stripe.com"]


def content_security_policy(*sandbox: str, static_url: str = "") -> Policy:
    """Return the policy of a site that pays at Stripe, or at the sandbox with these addresses.

    A ``static_url`` on another host, a CDN's, is allowed to serve scripts, styles and pictures.
    """
    own = list(dict.fromkeys(map(_origin, sandbox)))
    cdn = [_origin(static_url)] if urlsplit(static_url).netloc else []
    return {
        "default-src": ["'self'"],
        "script-src": ["'self'", *cdn, *(own or STRIPE_SCRIPTS)],
        "style-src": ["'self'", *cdn],
        "img-src": ["'self'", "data:", *cdn, *([] if own else STRIPE_IMAGES)],
        "connect-src": ["'self'", *(own or STRIPE_API)],
        "frame-src": ["'self'", *(own or STRIPE_FRAMES)],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class ContentSecurityPolicyMiddleware:
    """Send ``SECURE_CSP`` with every page, as Django 6's middleware of this name does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Django's own page for an error in development is made of inline styles and scripts.
        if not (settings.DEBUG and response.status_code in {404, 500}):
            directives = (" ".join([name, *values]) for name, values in settings.SECURE_CSP.items())
            response.headers.setdefault("Content-Security-Policy", "; ".join(directives))
        return response
