"""The same site without the app that mirrors top-ups, as before it is installed or once removed."""

from tests.payments.settings import *  # noqa: F403
from tests.payments.settings import INSTALLED_APPS as ALL

INSTALLED_APPS = [name for name in ALL if name != "tests.payments.topups"]
