"""manage.py demo: two processes that start together, and end together."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.example.settings import EXAMPLE

# A machine that is busy with other tests needs several seconds to import everything twice.
PATIENCE = 120.0

Demo = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second demo finds the database of the first: migrated and seeded already."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def demo(var_dir: Path) -> Iterator[Demo]:
    """Start the demo with a database and a sandbox of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        others = ("DJANGO_SETTINGS_MODULE", "STRIPE_SECRET_KEY", "STRIPE_API_BASE", "DATABASE_URL")
        kept = {key: value for key, value in os.environ.items() if key not in others}
        process = subprocess.Popen(
            [sys.executable, str(EXAMPLE / "manage.py"), "demo", *arguments],
            env={**kept, "VAR_DIR": str(var_dir)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # Whoever waits for a line of it then waits for its end at most.
        watchdog = threading.Timer(PATIENCE, process.terminate)
        watchdog.daemon = True
        watchdog.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=30)


def printed_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if words in line:
            return printed
    pytest.fail(f"{words!r} was never printed, but:\n{printed}")


def addresses(printed: str) -> tuple[str, str]:
    site = re.search(r"is open: (http://\S+)/", printed)
    sandbox = re.search(r"The sandbox +(http://\S+)", printed)
    assert site
    assert sandbox
    return site[1], sandbox[1]


def listens(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def expect_stopped(process: subprocess.Popen[str], *servers: str) -> None:
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert not [address for address in servers if listens(address)]


def test_it_serves_site_and_sandbox_until_ctrl_c(demo: Demo) -> None:
    process = demo("--port", "0", "--sandbox-port", "0")
    printed = printed_until(process, "Ctrl-C stops all of it.")
    site, sandbox = addresses(printed)
    assert "player-demo" in printed
    assert "development server" not in printed
    with urlopen(f"{site}/tournaments/") as page:  # noqa: S310
        policy = page.headers["Content-Security-Policy"]
        assert b"Glyphfall Friday" in page.read()
    assert f"script-src 'self' {sandbox};" in policy
    with urlopen(f"{sandbox}/js/stripe.js") as script:  # noqa: S310
        assert b"confirmPayment" in script.read()
    process.send_signal(signal.SIGINT)
    expect_stopped(process, site, sandbox)


def test_it_takes_other_ports_where_the_usual_ones_are_taken_and_ends_when_told(demo: Demo) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = demo("--port", port, "--sandbox-port", port)
        printed = printed_until(process, "Ctrl-C stops all of it.")
    assert f"Port {port} is taken" in printed
    servers = addresses(printed)
    assert not [address for address in servers if address.endswith(f":{port}")]
    process.send_signal(signal.SIGTERM)
    expect_stopped(process, *servers)


def test_if_one_process_dies_the_demo_says_which_and_fails(demo: Demo, var_dir: Path) -> None:
    (var_dir / "sandbox.json").write_text("this is not what a sandbox wrote")
    process = demo("--port", "0", "--sandbox-port", "0")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "The sandbox stopped by itself" in output
    assert "JSONDecodeError" in output.partition("Its last words")[2]
