from typing import Any

import pytest
from django.test import Client

from tests.payments.support.api import ApiClient


@pytest.fixture
def api(own_client: Client) -> ApiClient:
    """The API as ``user`` sees it."""
    return ApiClient(own_client)


@pytest.fixture
def other_api(other_user: Any) -> ApiClient:
    """The API as ``other_user`` sees it."""
    client = Client()
    client.force_login(other_user)
    return ApiClient(client)
