"""The sandbox in its own process, as customers' browsers, its dashboard and its operator see it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

PUBLIC_KEY, SECRET_KEY = "pk_test_sandbox", "sk_test_sandbox"
TIMEOUT = 20
TRIES, PAUSE = 100, 0.2

Item = dict[str, Any]


class StripeSide:
    """Calls of the sandbox at an address. Connection errors are the caller's."""

    def __init__(self, url: str) -> None:
        self.url = url

    def command(self, name: str, **given: Any) -> Any:
        """Command the sandbox, and return its answer."""
        path = f"{self.url}/_sandbox/{name}"
        return _eventually(lambda: _json(requests.post(path, json=given, timeout=TIMEOUT)))

    def ask(self, name: str) -> Any:
        """Read what the sandbox says of itself."""
        path = f"{self.url}/_sandbox/{name}"
        return _eventually(lambda: _json(requests.get(path, timeout=TIMEOUT)))

    def every(self, path: str) -> Iterator[Item]:
        """Yield all objects of a list of the API."""
        params: dict[str, Any] = {"limit": 100}
        while True:
            page = _eventually(lambda: _json(self._list(path, params)))
            yield from page["data"]
            if not page["has_more"]:
                return
            params["starting_after"] = page["data"][-1]["id"]

    def _list(self, path: str, params: dict[str, Any]) -> requests.Response:
        return requests.get(f"{self.url}/v1/{path}", params, auth=(SECRET_KEY, ""), timeout=TIMEOUT)

    def dashboard(self, path: str, **params: Any) -> requests.Response:
        """Do what a person in Stripe's dashboard does, of which the site knows nothing."""
        return requests.post(
            f"{self.url}/v1/{path}", params, auth=(SECRET_KEY, ""), timeout=TIMEOUT
        )

    def intent(self, secret: str) -> Item:
        """Return an intent as the browser reads it."""
        path = f"{self.url}/v1/payment_intents/{secret.partition('_secret_')[0]}"
        params = {"client_secret": secret, "key": PUBLIC_KEY}
        return dict(_eventually(lambda: _json(requests.get(path, params, timeout=TIMEOUT))))

    def confirm(self, secret: str, card: str) -> requests.Response:
        """Pay, as Stripe.js does."""
        intent = secret.partition("_secret_")[0]
        data = "payment_method_data"
        form = {
            "client_secret": secret,
            "key": PUBLIC_KEY,
            f"{data}[type]": "card",
            f"{data}[card][number]": card,
            f"{data}[card][exp_month]": "12",
            f"{data}[card][exp_year]": "34",
            f"{data}[card][cvc]": "123",
        }
        path = f"{self.url}/v1/payment_intents/{intent}/confirm"
        return requests.post(path, form, timeout=TIMEOUT)

    def authenticate(self, secret: str, outcome: str) -> requests.Response:
        """Answer the bank's dialog: "complete" or "fail"."""
        form = {"client_secret": secret, "outcome": outcome}
        path = f"{self.url}/_sandbox/browser/authenticate"
        return requests.post(path, form, timeout=TIMEOUT)


def _eventually(ask: Callable[[], Any]) -> Any:
    """Return the answer in spite of faults that were meant for another, and of a restart."""
    for _ in range(TRIES):
        try:
            return ask()
        except requests.RequestException as error:
            last = error
            time.sleep(PAUSE)
    raise last


def _json(response: requests.Response) -> Any:
    if not response.ok:
        raise requests.HTTPError(f"{response.url}: {response.status_code} {response.text}")
    return response.json()
