"""Stripe as seen by a package that asks it for each event's object: it answers at once.

    python -m benchmarks.sites.stripe_stub

prints the port that it listens on, and answers until its input ends. The network between a site
and the real one costs a hundred times as much as this does.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .events import event_about


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        body = json.dumps(answer(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


def answer(path: str) -> dict[str, Any]:
    """What Stripe says of the object that a path names."""
    identity = path.partition("?")[0].rstrip("/").rpartition("/")[2]
    if identity.startswith("pi_"):
        return {**plain_event(0)["data"]["object"], "id": identity}
    return {"id": "acct_benchmark", "object": "account", "settings": {}, "type": "standard"}


def plain_event(number: int) -> dict[str, Any]:
    """An event that leads to no charge and no payment method, which would be fetched as well."""
    event = event_about(number)
    event["data"]["object"] |= {"latest_charge": None, "payment_method": None}
    return event


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
