from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.notifications.support.api import ApiClient


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What one test has asked for counts in no other."""
    cache.clear()


@pytest.fixture
def api(own_client: Client) -> ApiClient:
    """The API as Ana sees it."""
    return ApiClient(own_client)


@pytest.fixture
def other_api(other_user: Any) -> ApiClient:
    """The API as Ben sees it."""
    client = Client()
    client.force_login(other_user)
    return ApiClient(client)
