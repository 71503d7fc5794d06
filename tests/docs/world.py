"""The site of whoever reads a page: what the examples may take for granted.

A block that needs nothing else runs; one that needs more is compiled, and its imports and calls
of ours are checked.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.dispatch import Signal
from django.template import engines
from django.test import RequestFactory

PACKAGE = "reader_site"
TEMPLATES = Path(__file__).parent / "templates"


def names(user: Any, tournament: Any) -> dict[str, Any]:
    """What stands for the reader's own objects."""
    services = importlib.import_module("django_inapp_notifications.services")
    request = RequestFactory().get("/")
    request.user = user
    return {
        "__name__": f"{PACKAGE}.page",
        "__package__": PACKAGE,
        "User": get_user_model(),
        "notify": services.notify,
        "env": lambda name, *default: default[0] if default else name,
        "request": request,
        "user": user,
        "player": user,
        "players": [user],
        "tournament": tournament,
        # What the settings of a new project define before the lines that a page adds.
        "INSTALLED_APPS": list(settings.INSTALLED_APPS),
        "MIDDLEWARE": list(settings.MIDDLEWARE),
        "STRIPE_JS_URL": settings.STRIPE_JS_URL,
    }


@contextmanager
def undone(text: str) -> Iterator[None]:
    """A site to which a page may add types, prices and receivers; afterwards they are gone.

    The types of notifications that the page uses and does not declare are there.
    """
    from django_inapp_notifications import types
    from django_stripe_payments import payment_types

    site = {name: ModuleType(name) for name in (PACKAGE, f"{PACKAGE}.models")}
    site[PACKAGE].__path__ = []  # type: ignore[attr-defined]
    site[f"{PACKAGE}.models"].__getattr__ = _model  # type: ignore[method-assign]
    modules = [importlib.import_module(f"{app}.signals") for app in OURS]
    signals = [each for one in modules for each in vars(one).values() if isinstance(each, Signal)]
    before = [(each, list(each.receivers)) for each in signals]
    with (
        mock.patch.dict(sys.modules, site),
        mock.patch.object(engines["django"].engine, "dirs", [TEMPLATES]),
        mock.patch.dict(types.type_registry),
        mock.patch.dict(payment_types._registry),
    ):
        # A page says from the beginning what the demo site has said already.
        payment_types._registry.clear()
        types.type_registry.clear()
        for slug in ("coaching", "news", "payment", "tournament"):
            if f'NotificationType("{slug}"' not in "".join(text.split()):
                types.register(types.NotificationType(slug))
        _forget_templates()
        try:
            yield
        finally:
            _forget_templates()
            for signal, receivers in before:
                signal.receivers[:] = receivers
                signal.sender_receivers_cache.clear()


def _forget_templates() -> None:
    """What an earlier test looked for elsewhere was looked up for good."""
    from django_inapp_notifications.content import rendering as content

    content.find_once.cache_clear()
    for loader in engines["django"].engine.template_loaders:
        loader.reset()


def _model(name: str) -> Any:
    """A model of the demo site by that name, or something that only has the name."""
    found = [model for model in apps.get_models() if model.__name__ == name]
    if name.startswith("__"):
        raise AttributeError(name)
    return found[0] if found else SimpleNamespace(name=name)


OURS = ("django_stripe_payments", "django_inapp_notifications")
