"""The wheel under test stands alone. Run by tox, which names the app in ALONE; see tox.ini.

Not called test_…: in the workspace's own .venv both apps are installed, from their sources.
"""

import importlib.metadata
import importlib.util
import os
from pathlib import Path

import pytest

DISTRIBUTIONS = {
    "django_stripe_payments": "django-stripe-payments-kit",
    "django_inapp_notifications": "django-inapp-notifications",
}
ALONE = os.environ["ALONE"]
SIBLING = next(name for name in DISTRIBUTIONS if name != ALONE)


def test_the_app_under_test_is_the_installed_wheel() -> None:
    assert "site-packages" in Path(importlib.util.find_spec(ALONE).origin).parts


def test_the_sibling_cannot_be_imported() -> None:
    assert importlib.util.find_spec(SIBLING) is None


def test_the_sibling_is_not_installed() -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution(DISTRIBUTIONS[SIBLING])
