"""Keep web pages away from the sandbox: which host names and which requests are trusted.

A sandbox accepts any test key. A page that a developer happens to visit could therefore read
customers, or register a webhook and make the sandbox post into the developer's network.
"""

import ipaddress
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

FOREIGN_HOST = (
    "The sandbox answers only to names of this machine and to the host that it listens on. Allow "
    "another name with --allowed-host."
)
PAGE_REFUSED = (
    "The sandbox takes no secret key and no command from a web page. Call it from your server; a "
    "page may only use a publishable key (pk_test_…)."
)


def is_trusted_host(host: str, base_url: str, allowed_hosts: Collection[str] = ()) -> bool:
    """Return whether a Host header names this machine or the configured host.

    A website can point its own name at your machine (DNS rebinding) and then be of the same
    origin as the sandbox. It cannot choose the name that the browser sends.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    if name and (name == urlsplit(base_url).hostname or name in allowed_hosts):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_from_page(headers: Mapping[str, str]) -> bool:
    """Return whether a web page sent the request, of whatever origin.

    Browsers add these headers, and a page cannot remove them. An address that was typed into the
    address bar has ``none``. ``headers`` have lower-case names.
    """
    return "origin" in headers or headers.get("sec-fetch-site", "none") != "none"
