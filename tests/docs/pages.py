"""The pages for people, and the blocks of code in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATTERNS = ("*.md", "docs/**/*.md", "src/*/README.md")
BLOCK = re.compile(r"^```(?P<kind>[\w+]+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: what it is written in, its text, and the line of the page it starts on."""

    page: Path
    kind: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


def blocks_of(page: Path, *kinds: str) -> list[Block]:
    text = page.read_text()
    return [
        Block(page, found["kind"], found["text"], text.count("\n", 0, found.start()) + 1)
        for found in BLOCK.finditer(text)
        if found["kind"] in kinds
    ]


PAGES = sorted(
    path
    for pattern in PATTERNS
    for path in ROOT.glob(pattern)
    if not {"_build", ".venv", ".tools"} & set(path.parts)
)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def all_blocks(*kinds: str) -> list[Block]:
    return [block for page in PAGES for block in blocks_of(page, *kinds)]
