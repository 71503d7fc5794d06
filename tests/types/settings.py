"""Both apps installed: what the type checker sees."""

from tests.payments.settings import *  # noqa: F403
from tests.payments.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "django_inapp_notifications"]
