"""Which addresses a notification may lead to.

Checked when stored, so that a sender hears of a mistake, and again when shown, because rows
can be older than a rule, and settings change.
"""

import re
from urllib.parse import urljoin, urlsplit

from django.http import HttpRequest
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
            f"{url[:200]!r} is no link that a notification may carry: use a path of this site "
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
    base = settings.NOTIFICATION_BASE_URL or _site_address()
    return urljoin(base, path) if base else ""


def _is_safe(url: str, hosts: set[str]) -> bool:
    if len(url) > MAX_LENGTH or _CONTROL.search(url):
        return False
    if not url.startswith(("/", "http://", "https://")):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=hosts)


def _site_address() -> str:
    from django.apps import apps

    if not apps.is_installed("django.contrib.sites"):
        return ""
    from django.contrib.sites.models import Site

    return f"https://{Site.objects.get_current().domain}"


def site_host() -> str:
    """The host of this site, for ids of mails."""
    return urlsplit(absolute_link("/") or "https://localhost").hostname or "localhost"
