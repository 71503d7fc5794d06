"""What a process of the site does in the storm. It starts without Django: nothing of it up here."""

import os
from multiprocessing.synchronize import Barrier
from typing import Any

#: By each of four processes: more than fifty in all.
DELIVERIES = 13


def hear_of_it(database: str, api: str, news: tuple[Any, ...], together: Barrier) -> None:
    """A process of the site that gets one event again and again, beside reloads of the page."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.example.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import connections
    from django.test import Client

    connections["default"].settings_dict["NAME"] = database
    settings.STRIPE_API_BASE = api
    body, headers, page, player = news
    client = Client()
    client.force_login(get_user_model().objects.get(pk=player))
    together.wait()
    for _ in range(DELIVERIES):
        posted = client.post(
            "/payments/webhook/", data=body, content_type="application/json", headers=headers
        )
        assert posted.status_code == 200
        assert client.get(page).status_code == 200
    connections.close_all()
