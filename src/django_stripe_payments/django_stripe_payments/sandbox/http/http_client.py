"""An HTTP client for the SDK that reaches the sandbox without a network."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from .app import App


class InProcessClient(stripe.HTTPClient):
    """Give it to ``stripe.StripeClient(http_client=…)``."""

    name = "sandbox"

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        body = post_data.encode() if isinstance(post_data, str) else bytes(post_data or b"")
        response = self._app.handle(method.upper(), target, headers or {}, body)
        if response.cut:
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                "The sandbox cut the connection after executing the request.", should_retry=True
            )
        lower = {name.lower(): value for name, value in response.headers.items()}
        return response.body.decode(), response.status, lower

    def _sleep_time_seconds(self, num_retries: int) -> float:
        # Retries of the SDK wait for a network to recover; there is none here.
        return 0.0

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        body, status, answered = self.request(method, url, headers, post_data)
        return body.encode(), status, answered

    def close(self) -> None:
        """Nothing is open."""

    async def close_async(self) -> None:
        """Nothing is open."""
