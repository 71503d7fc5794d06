"""A visitor behind a proxy that speaks https: a cookie jar that a test can look into."""

import re
import urllib.error
import urllib.request
from email.message import Message
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


class Visitor:
    """Follows redirects itself, so that no cookie is missed. ``status`` is the last answer's."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.cookies: dict[str, str] = {}
        self.status = 0
        self.headers = Message()
        self.open = urllib.request.build_opener(NoRedirect).open

    def get(self, path: str) -> str:
        return self._ask(path)

    def post(self, path: str, *, referer: str, **fields: str) -> str:
        page = self.get(referer)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        return self._ask(path, body, {"Referer": f"{self.site.replace('http:', 'https:')}/"})

    def post_raw(self, path: str, body: bytes, headers: dict[str, str]) -> str:
        return self._ask(path, body, {"Content-Type": "application/json", **headers})

    def log_in(self, username: str, password: str) -> str:
        at = "/accounts/login/"
        return self.post(at, referer=at, username=username, password=password)

    def _ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> str:
        sent = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = urllib.request.Request(urljoin(self.site, path), body, sent)  # noqa: S310
        try:
            response = self.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            self.status, self.headers = response.status, response.headers
            text = response.read().decode("utf-8", "replace")
        for line in self.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: each.value for name, each in SimpleCookie(line).items()}
        if self.status in {301, 302, 303}:
            return self._ask(self.headers["Location"])
        return text
