"""Stripe as seen by a package that asks it for each event's object: it answers at once.

    python -m benchmarks.sites.stripe_stub

prints the port that it listens on, and answers until its input ends. The network between a site
and the real one costs a hundred times as much as this does.
"""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
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


#: A charge, a payment method and a balance transaction as the sandbox makes them.
OBJECTS = json.loads((Path(__file__).parent.parent / "stripe_objects.json").read_text())


def answer(path: str) -> dict[str, Any]:
    """What Stripe says of the object that a path names: each payment has objects of its own."""
    address, _, query = path.partition("?")
    identity = address.rstrip("/").rpartition("/")[2]
    kind, _, name = identity.partition("_")
    if kind == "pi":
        intent: dict[str, Any] = event_about(int(name.removeprefix("benchmark")))["data"]["object"]
        if "latest_charge" in query:
            intent["latest_charge"] = answer(f"/v1/charges/{intent['latest_charge']}")
        return intent
    others = {
        "ch": {
            "payment_intent": f"pi_{name}",
            "payment_method": f"pm_{name}",
            "balance_transaction": f"txn_{name}",
        },
        "pm": {},
        "txn": {"source": f"ch_{name}"},
    }
    if kind in others:
        return {**OBJECTS[kind], "id": identity, **others[kind]}
    return {"id": "acct_benchmark", "object": "account", "settings": {}, "type": "standard"}


_stubs: list[subprocess.Popen[str]] = []


def start() -> str:
    """Start the stub in a process that ends with this one, and return its address."""
    command = [sys.executable, "-m", "benchmarks.sites.stripe_stub"]
    stub = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    _stubs.append(stub)
    assert stub.stdout is not None
    return f"http://127.0.0.1:{stub.stdout.readline().strip()}"


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
