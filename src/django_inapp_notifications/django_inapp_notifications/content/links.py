"""Which addresses a notification may lead to.

Checked when stored, so that a sender hears of a mistake, and again when shown, because rows
can be older than a rule, and settings change.
"""

import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme

from ..conf import settings
from ..exceptions import UnsafeLink

MAX_LENGTH = 2000  # what every browser and mail client still opens

# url_has_allowed_host_and_scheme() accepts "/x\n//evil" and " /a", so these go first. Beside
# ASCII's control characters: DEL, the C1 controls, line separators and the bidi overrides.
_CONTROL = re.compile(
    "[\x00-\x20\x7f-\xa0\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\\\\]"
)


def check_link(url: str) -> str:
    """Return the URL as it is to be stored, "" for none; raise UnsafeLink if it is not safe."""
    url = str(url or "").strip()
    if url and not _is_safe(url, set(settings.NOTIFICATION_LINK_HOSTS)):
        raise UnsafeLink(
            f"{url[:200]!r} is not a link that a notification may carry: use a path of this site "
            "that starts with one '/', or an http(s) address on a host in NOTIFICATION_LINK_HOSTS."
        )
    return url


def safe_link(url: str, request: HttpRequest | None = None) -> str:
    """Return the URL if it may be shown or redirected to, and "" if not."""
    hosts = set(settings.NOTIFICATION_LINK_HOSTS)
    if request is not None:
        hosts.add(request.get_host())
    return url if url and _is_safe(url, hosts) else ""


def absolute_link(path: str) -> str:
    """The same link with scheme and host, for use outside of a request; "" when that is unknown."""
    if not path.startswith("/"):
        return path
    base = _base()
    if base is None:
        return ""
    origin, root = f"{base.scheme}://{base.netloc}", base.path
    script = get_script_prefix().rstrip("/")
    if script and path.startswith(f"{script}/"):
        # Where requests come in and what the world sees may differ, behind a proxy.
        return origin + (root or script) + path.removeprefix(script)
    # A worker has no SCRIPT_NAME, unless FORCE_SCRIPT_NAME is set; a stored link may have it.
    return origin + path if path.startswith(f"{root}/") else origin + root + path


@lru_cache(maxsize=64)
def parse_base(address: str) -> SplitResult:
    """The base address in parts: an ASCII host, and a path that does not end with a slash.

    Raises ValueError if links cannot start with it.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http"):
        raise ValueError("it must start with https:// (or http:// on your own machine).")
    if not parts.hostname:
        raise ValueError("it has no host.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("it must not contain a user name, a query or a fragment.")
    netloc = parts.hostname.encode("idna").decode("ascii")
    if ":" in netloc:
        netloc = f"[{netloc}]"  # IPv6
    if parts.port is not None:
        netloc = f"{netloc}:{parts.port}"
    return parts._replace(netloc=netloc, path=parts.path.rstrip("/"))


def site_host() -> str:
    """The host of this site in ASCII, for the ids of mails."""
    base = _base()
    return (base.hostname if base else None) or "localhost"


def site_name() -> str:
    """The host of this site as people read it."""
    try:
        return site_host().encode("ascii").decode("idna")
    except UnicodeError:
        return site_host()


def _is_safe(url: str, hosts: set[str]) -> bool:
    if len(url) > MAX_LENGTH or _CONTROL.search(url):
        return False
    if not url.startswith(("/", "http://", "https://")):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=hosts)


def _base() -> SplitResult | None:
    """Where this site is; None if that is unknown or E003 reports it as wrong."""
    address = settings.NOTIFICATION_BASE_URL or _site_address()
    try:
        return parse_base(address) if address else None
    except ValueError:
        return None


def _site_address() -> str:
    from django.apps import apps

    if not apps.is_installed("django.contrib.sites"):
        return ""
    from django.contrib.sites.models import Site

    try:
        return f"https://{Site.objects.get_current().domain}"
    except (ImproperlyConfigured, Site.DoesNotExist):  # SITE_ID: W011 and the doctor report it
        return ""
