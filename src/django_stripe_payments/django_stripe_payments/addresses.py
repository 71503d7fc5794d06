"""Where a request comes from, as far as that can be known."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.http import HttpRequest

from .conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Bits by which clients are told apart: whoever has one IPv6 address has all of its /64.
CLIENT_BITS = {4: 32, 6: 64}

#: Bits that stay of a masked address: a provider's customers, not a household.
KEPT_BITS = {4: 24, 6: 48}

#: The attribute of a request that keeps its client's address, which several parts ask for.
_KNOWN = "_stripe_payments_client_address"


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, or "" where nothing tells it.

    Each proxy appends the address it was called from to X-Forwarded-For, so the entries at the
    right are true and those at the left are whatever the client wrote. STRIPE_TRUSTED_PROXIES
    says how many of them the site's own proxies wrote; a request that passed fewer is known by
    its peer only.
    """
    known = getattr(request, _KNOWN, None)
    if known is None:
        known = _find_client_address(request)
        setattr(request, _KNOWN, known)
    return known


def _find_client_address(request: HttpRequest) -> str:
    peer = request.META.get("REMOTE_ADDR", "")
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), peer]
    place = settings.STRIPE_TRUSTED_PROXIES + 1
    claimed = hops[-place] if len(hops) >= place else peer
    address = parse(claimed) or parse(peer)
    return str(address) if address else ""


def is_hidden(request: HttpRequest) -> bool:
    """Whether a proxy that STRIPE_TRUSTED_PROXIES does not count hides the client's address."""
    if settings.STRIPE_TRUSTED_PROXIES or "X-Forwarded-For" not in request.headers:
        return False
    peer = parse(request.META.get("REMOTE_ADDR", ""))
    return peer is not None and peer.is_private


@lru_cache(maxsize=1024)
def parse(text: str) -> Address | None:
    """Return the address in ``text``, which may carry a port; None where there is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # One client, one address: ::ffff:192.0.2.1 is how an IPv6 socket names an IPv4 peer.
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=1024)
def masked(address: str) -> str:
    """Return the address without the bits that tell one household from another."""
    return _cut(address, KEPT_BITS)


@lru_cache(maxsize=1024)
def household(address: str) -> str:
    """Return the address without the bits that one client can choose for every request."""
    return _cut(address, CLIENT_BITS)


def _cut(address: str, bits: Mapping[int, int]) -> str:
    known = parse(address)
    if known is None:
        return ""
    network = ipaddress.ip_network((known, bits[known.version]), strict=False)
    return str(network.network_address)


def is_in(address: str, networks: Iterable[str]) -> bool:
    """Whether the address belongs to one of the networks ("192.0.2.0/24", "192.0.2.1")."""
    known = parse(address)
    return known is not None and any(known in network(text) for text in networks)


def network(text: str) -> Network:
    """Return the network that ``text`` names. Raises ValueError."""
    return ipaddress.ip_network(text, strict=False)
