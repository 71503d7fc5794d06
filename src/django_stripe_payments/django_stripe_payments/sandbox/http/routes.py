"""Which handler answers which call."""

import re
from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from .. import resources
from ..wire.calls import Route
from ..wire.errors import unknown_url


def registered() -> tuple[Route, ...]:
    """Return the routes of every module in ``resources``, which each has in ``ROUTES``."""
    names = sorted(module.name for module in iter_modules(resources.__path__))
    modules = (import_module(f"{resources.__name__}.{name}") for name in names)
    return tuple(route for module in modules for route in module.ROUTES)


class Router:
    """Finds the route of a method and a path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        # Literal paths come first: /v1/charges/search is not a charge with the id "search".
        by_literalness = sorted(routes, key=lambda route: "{id}" in route.pattern)
        self._routes = [(self._compile(route.pattern), route) for route in by_literalness]

    @staticmethod
    def _compile(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern.replace("{id}", "([^/]+)"))

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route and the ids in the path, or raise Stripe's 404 for an unknown URL."""
        for compiled, route in self._routes:
            match = compiled.fullmatch(path) if route.method == method else None
            if match:
                return route, match.groups()
        raise unknown_url(method, path)
