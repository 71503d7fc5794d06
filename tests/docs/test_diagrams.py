"""The drawn diagrams: used, readable in the dark, named for those who do not see them."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.docs.pages import ROOT

DIAGRAMS = sorted((ROOT / "docs/_static/diagrams").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"


def test_there_are_three() -> None:
    assert [each.stem for each in DIAGRAMS] == [
        "message-notification-delivery",
        "record-apply-announce",
        "who-knows-whom",
    ]


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_is_used_named_and_has_colors_for_the_dark(path: Path) -> None:
    pages = [page.read_text() for page in (ROOT / "docs").rglob("*.md")]
    assert any(f"_static/diagrams/{path.name})" in page for page in pages)
    drawing = ElementTree.parse(path).getroot()  # noqa: S314, our own
    names = drawing.get("aria-labelledby", "").split()
    parts = [each.text for each in drawing if each.get("id") in names]
    assert len(parts) == 2
    assert all(parts)
    style = drawing.findtext(f"{SVG}style") or ""
    assert "@media (prefers-color-scheme: dark)" in style


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_no_word_leaves_its_box_and_each_can_be_read(browser: Any, path: Path, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(path.as_uri())
    outside = page.evaluate(
        """() => [...document.querySelectorAll("text")].filter((text) => {
          const word = text.getBoundingClientRect();
          const middle = (word.left + word.right) / 2;
          const around = [...document.querySelectorAll("rect")]
            .map((r) => r.getBoundingClientRect())
            .filter((r) => r.left < middle && middle < r.right)
            .filter((r) => r.top < word.bottom - 4 && word.top + 4 < r.bottom);
          return around.some((r) => word.left < r.left || word.right > r.right);
        }).map((text) => text.textContent)"""
    )
    contrast = page.evaluate(
        """() => {
          const light = (css) => css.match(/[0-9.]+/g).slice(0, 3).map((c) => c / 255)
            .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
          const fill = (selector) => light(getComputedStyle(document.querySelector(selector)).fill);
          const [card, note, name] = [fill(".card"), fill(".note"), fill(".name")];
          const between = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          return Math.min(between(note, card), between(name, card));
        }"""
    )
    page.close()
    assert outside == []
    assert contrast > 4.5
