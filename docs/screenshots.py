"""Take the pictures of the documentation from the running demo: ./dev screenshots.

Starts `manage.py demo` with a database of its own, goes through the site as a player and as staff
in Chromium, and writes a picture of each stop at two widths to docs/_static/screenshots.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.conftest import chromium  # noqa: E402

FOLDER = ROOT / "docs" / "_static" / "screenshots"
SIZES = {1280: 800, 390: 844}
CARD = "4242 4242 4242 4242"
FIELDS = 'iframe[title="Secure payment input frame"]'


@contextmanager
def demo() -> Iterator[str]:
    """The demo with an empty folder for its files, until the block ends; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "example_project" / "manage.py"), "demo"],
            env={**os.environ, "VAR_DIR": folder, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if found := re.search(r"is open: (\S+)", line):
                    break
            else:
                raise SystemExit("".join(said))
            yield found[1].rstrip("/")
        finally:
            process.terminate()
            process.stdout.read()
            process.wait()


def shoot(page: Page, name: str) -> None:
    """The part of the page that a visitor sees first, at both widths."""
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}-{width}.png", animations="disabled", caret="hide")
    page.set_viewport_size({"width": 1280, "height": SIZES[1280]})


def log_in(page: Page, site: str, username: str) -> None:
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(f"{username}-demo")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state("networkidle")


def as_player(page: Page, site: str) -> None:
    log_in(page, site, "player")
    page.goto(f"{site}/tournaments/")
    shoot(page, "tournaments")
    for path in tournaments(page):
        page.goto(f"{site}{path}")
        if page.get_by_role("button", name="Register").count():
            break
    page.get_by_role("button", name="Register").first.click()
    card = page.frame_locator(FIELDS)
    card.get_by_label("Card number").fill(CARD)
    card.get_by_label("Expiration date").fill("12 / 34")
    card.get_by_label("Security code").fill("123")
    shoot(page, "checkout")
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("heading", name="Thank you").wait_for()
    shoot(page, "paid")
    page.goto(f"{site}/notifications/")
    shoot(page, "notifications")
    page.goto(f"{site}/notifications/preferences/")
    shoot(page, "preferences")


def tournaments(page: Page) -> list[str]:
    """Paths of the tournaments of the list."""
    links = page.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href') || '')")
    return list(dict.fromkeys(link for link in links if re.fullmatch(r"/tournaments/[^/]+/", link)))


def as_staff(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/login/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("admin-demo")
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{site}/admin/django_stripe_payments/payment/")
    page.locator("#result_list tbody tr th a").first.click()
    shoot(page, "admin-payment")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo() as site, sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=chromium())
        for visit, scheme in ((as_player, "dark"), (as_staff, "light")):
            page = browser.new_page(color_scheme=scheme)
            visit(page, site)
            page.close()
        browser.close()
    for path in sorted(FOLDER.glob("*.png")):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
