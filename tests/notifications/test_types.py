"""Types: declared in code, registered once, named by a slug that is safe to store."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_inapp_notifications import types
from django_inapp_notifications.types import NotificationType, register


@pytest.mark.parametrize("slug", ["", "Upper", "a b", "../etc", "-a", "a\n", "a/b", "x" * 65, "*"])
def test_a_slug_is_short_plain_and_no_path(slug):
    with pytest.raises(ImproperlyConfigured, match="slug"):
        NotificationType(slug)


def test_an_equal_type_may_be_registered_again_and_another_of_its_name_may_not():
    register(NotificationType("tournament", label="Tournaments", group="Play"))
    with pytest.raises(ImproperlyConfigured, match="rename one"):
        register(NotificationType("tournament", label="Others"))
    assert str(types.get("tournament")) == "Tournaments"


def test_types_are_listed_by_group_and_label():
    found = [(str(kind.group), str(kind)) for kind in types.all_types()]
    assert found == sorted(found)
    assert ("Play", "Coaching") in found


def test_a_type_without_a_label_is_named_by_its_slug():
    assert str(NotificationType("match.round_2")) == "Match round 2"
