"""The address of the client that sent a request, as far as it can be known."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.http import HttpRequest

from .conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Bits that identify a client: the owner of one IPv6 address has the whole /64.
CLIENT_BITS = {4: 32, 6: 64}

#: Bits that an anonymized address keeps: enough for the provider, too few for a household.
KEPT_BITS = {4: 24, 6: 48}

#: Clients that may share a proxy, or a network of an IPv6 provider.
MANY = 20

#: The attribute of a request that keeps its client's address, which several parts ask for.
_KNOWN = "_stripe_payments_client_address"


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, or "" if it is unknown.

    Each proxy appends the address that called it to X-Forwarded-For. So the rightmost entries can
    be trusted, and the others are whatever the client wrote. STRIPE_TRUSTED_PROXIES is the number
    of entries that the site's own proxies wrote. A request with fewer entries than that did not
    pass through all of them, and is identified by its peer.
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


def sharers(request: HttpRequest) -> dict[str, int]:
    """Return who may have sent the request: each name, and how many clients may share it.

    Behind a proxy that STRIPE_TRUSTED_PROXIES does not count, the client may have written the
    forwarded address itself, so the proxy counts too, as many clients.
    """
    address = client_address(request)
    forwarded = request.headers.get("X-Forwarded-For", "")
    peer = parse(request.META.get("REMOTE_ADDR", ""))
    is_hidden = not settings.STRIPE_TRUSTED_PROXIES and forwarded != ""
    if is_hidden and (peer is None or peer.is_private):
        claimed = parse(forwarded.rpartition(",")[2])
        named = {client_network(str(claimed)): 1} if claimed else {}
        return {**named, f"behind:{address or 'socket'}": MANY}
    if not address:
        return {"unknown": MANY}
    known = parse(address)
    wide = known is not None and known.version == 6
    # The provider of a household hands out a /56 or a /48, so that a /64 is one of thousands.
    site = {f"{anonymized(address)}/48": MANY} if wide else {}
    return {client_network(address): 1, **site}


@lru_cache(maxsize=1024)
def parse(text: str) -> Address | None:
    """Return the address in ``text``, which may have a port; None if there is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # An IPv6 socket writes an IPv4 peer as ::ffff:192.0.2.1, which is the same client.
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=1024)
def anonymized(address: str) -> str:
    """Return the address without the bits that identify a household, for storage."""
    return _cut(address, KEPT_BITS)


@lru_cache(maxsize=1024)
def client_network(address: str) -> str:
    """Return the network that belongs to one client, whose bits it can't choose per request."""
    return _cut(address, CLIENT_BITS)


def _cut(address: str, bits: Mapping[int, int]) -> str:
    known = parse(address)
    if known is None:
        return ""
    network = ipaddress.ip_network((known, bits[known.version]), strict=False)
    return str(network.network_address)


def is_in(address: str, networks: Iterable[str]) -> bool:
    """Return whether the address is in one of the networks ("192.0.2.0/24", "192.0.2.1")."""
    known = parse(address)
    return known is not None and any(known in network(text) for text in networks)


def network(text: str) -> Network:
    """Parse a network or a single address. Raises ValueError."""
    return ipaddress.ip_network(text, strict=False)
