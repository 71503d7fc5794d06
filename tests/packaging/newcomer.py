"""Somebody who follows docs/quickstart.md to the letter, with our wheels and nothing else."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from release.build import build
from release.distributions import ROOT, distributions
from release.environment import UV

PAGE = ROOT / "docs" / "quickstart.md"
BLOCK = re.compile(r"^```(console|python|html\+django)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"(?:# |\{# )(?P<path>[\w/]+\.(?:py|html))(?: #\})?\n")
PASSWORD = "correct horse battery staple"
PATIENCE = 60  # seconds; starting Django twice on a machine with other work takes a few


class Newcomer:
    """A folder, an environment, and the blocks of the page, with ports that are free here."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.site = folder / "site"
        self.site.mkdir()
        self.environment = folder / "venv"
        self.wheels = wheels
        self.drafts: set[Path] = set()
        self.ports = {"8000": free_port(), "12111": free_port()}
        self.run_uv("venv", "--quiet", "--python", sys.executable, self.environment)

    def blocks(self, heading: str) -> list[tuple[str, str]]:
        """Kind and text of the blocks below a heading of second level."""
        text = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
            text = text.replace(f"--port {port}", f"--port {free}")
        return BLOCK.findall(text)

    def follow(self, heading: str) -> list[str]:
        """Do what the page says below a heading; returns the commands that keep running."""
        services = []
        for kind, text in self.blocks(heading):
            if kind == "console":
                for line in re.findall(r"^\$ (.*)", text, re.MULTILINE):
                    if "runserver" in line or "stripe_sandbox" in line:
                        services.append(line)
                    else:
                        self.type(line)
            elif named := NAMED.match(text):
                self.write(self.site / named["path"], text[named.end() :])
        return services

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # What startproject or an earlier block wrote is added to; startapp's drafts are replaced.
        before = path.read_text() if path.exists() and path not in self.drafts else ""
        self.drafts.discard(path)
        path.write_text(before + "\n" + text)

    def type(self, line: str) -> None:
        """Give a command as in a shell of the environment."""
        words = shlex.split(line)
        if words[:4] == ["python", "-m", "pip", "install"]:
            # Our wheels stand for the index, which has not got them yet.
            options = ["--quiet", "--python", self.program("python"), "--find-links", self.wheels]
            ours = [part for each in distributions() for part in ("--refresh-package", each.name)]
            self.run_uv("pip", "install", *options, *ours, *words[4:])
            return
        if "createsuperuser" in words:
            words.append("--noinput")
        run([self.program(words[0]), *words[1:]], self.site, self.variables())
        if "startapp" in words:
            self.drafts = set(self.site.glob(f"{words[-1]}/*.py"))

    def variables(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, "DJANGO_SUPERUSER_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"}

    def program(self, name: str) -> str:
        return shutil.which(name, path=str(self.environment / "bin")) or name

    def run_uv(self, *arguments: object) -> None:
        run([sys.executable, "-m", "uv", *arguments], self.site, {**os.environ, **UV})

    @contextmanager
    def running(self, lines: list[str]) -> Iterator[str]:
        """The commands that keep running, until the block ends; gives the address of the site."""
        log = (self.site / "services.log").open("wb")
        started = [
            subprocess.Popen(
                [self.program("python"), *shlex.split(line)[1:], *reload_off(line)],
                cwd=self.site,
                env=self.variables(),
                stdout=log,
                stderr=log,
            )
            for line in lines
        ]
        try:
            for port in self.ports.values():
                wait_for_port(port, self.site / "services.log")
            yield f"http://127.0.0.1:{self.ports['8000']}"
        finally:
            for process in started:
                process.terminate()
                process.wait()
            log.close()


def reload_off(line: str) -> list[str]:
    """The reloader is a second process, which a test would leave behind."""
    return ["--noreload"] if "runserver" in line else []


class Browser:
    """What a browser does without JavaScript: cookies, forms, links."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        with self.opener.open(urllib.parse.urljoin(self.site, path), timeout=PATIENCE) as answer:
            self.address = answer.url
            return answer.read().decode()

    def post(self, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded") -> str:
        token = next(each.value for each in self.cookies if each.name == "csrftoken")
        address = urllib.parse.urljoin(self.site, path)
        headers = {"Content-Type": kind, "X-CSRFToken": token, "Referer": address}
        request = urllib.request.Request(address, body, headers)  # noqa: S310
        with self.opener.open(request, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def log_in(self) -> None:
        """On the log-in page that the site has just sent us to."""
        fields = {"username": "player", "password": PASSWORD}
        self.post(self.address, urllib.parse.urlencode(fields).encode())


def wheels(folder: Path) -> Path:
    for each in distributions():
        build(each, folder)
    return folder


def run(command: list[object], cwd: Path, env: dict[str, str]) -> None:
    words = list(map(str, command))
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def wait_for_port(port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())
