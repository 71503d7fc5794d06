"""A setting that names what was moved is answered with the new name."""

import pytest
from django.core.checks import run_checks

from django_inapp_notifications.checks.moved import MOVED, check_moved_paths
from django_inapp_notifications.dispatch import get_dispatcher


@pytest.mark.parametrize("old", MOVED)
def test_the_new_name_is_said_once_and_works(settings, db, old):
    settings.NOTIFICATION_DISPATCHER = old
    (found,) = [each for each in run_checks() if str(each.id)[-4:] in ("E008", "E020", "E022")]
    assert found.id == "django_inapp_notifications.E022"
    settings.NOTIFICATION_DISPATCHER = MOVED[old]
    assert MOVED[old] in found.hint
    path = f"{type(get_dispatcher()).__module__}.{type(get_dispatcher()).__qualname__}"
    assert repr(path) in found.msg


def test_other_names_are_not_its_business(settings):
    settings.NOTIFICATION_DISPATCHER = "shop.dispatchers.Mine"
    assert check_moved_paths() == []
