"""The words that CONTRIBUTING's table replaces stand in no text that people read.

The table is the data: a word that is added there is looked for from then on. Code in a text is
not looked at: names are another matter.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = "## Words"
ROW = re.compile(r"^\| [^|]+ \| (`[^|]+) \|$", re.MULTILINE)
TRANSLATE = re.compile(r"{% translate (?:\"([^\"]*)\"|'([^']*)')")
TEMPLATE_COMMENT = re.compile(r"{#.*?#}|{% comment.*?endcomment %}|<!--.*?-->", re.DOTALL)
TEMPLATE_CODE = re.compile(r"{%.*?%}|{{.*?}}|<(?:script|style).*?</(?:script|style)>|<[^>]*>", re.S)
FENCE = re.compile(r"^ *(```|:::).*?^ *\1", re.MULTILINE | re.DOTALL)
MARKDOWN_CODE = re.compile(r"(`+)[^`]+\1|\]\([^)]*\)")
MSGID = re.compile(r"^msgid(?:_plural)? ((?:\".*\"\n)+)", re.MULTILINE)

#: The names of what was measured are data, renewed with the next measurement.
MEASURED = re.compile(r"<!-- results: begin -->.*?<!-- results: end -->", re.DOTALL)

Texts = Iterator[tuple[int, str]]


def banned() -> list[str]:
    table = (ROOT / "CONTRIBUTING.md").read_text().split(SECTION)[1].split("\n## ")[0]
    return [word for row in ROW.findall(table) for word in re.findall(r"`([^`]+)`", row)]


BANNED = banned()
WORD = re.compile(rf"\b(?:{'|'.join(map(re.escape, BANNED))})\b", re.IGNORECASE)


def blank(match: re.Match[str]) -> str:
    """Take a match out of a text without moving the lines after it."""
    return "\n" * match[0].count("\n") + " "


def lines(text: str) -> Texts:
    yield from enumerate(text.splitlines(), 1)


def markdown(text: str) -> Texts:
    # The table itself has to name the words.
    text = MEASURED.sub(blank, text)
    text = re.sub(rf"^{SECTION}$.*?(?=^## |\Z)", blank, text, flags=re.M | re.S)
    return lines(MARKDOWN_CODE.sub(" ", FENCE.sub(blank, text)))


def template(text: str) -> Texts:
    text = TEMPLATE_COMMENT.sub(blank, text)
    text = TRANSLATE.sub(lambda match: f"{match[1] or match[2]} {{% ", text)
    return lines(TEMPLATE_CODE.sub(blank, text))


def catalog(text: str) -> Texts:
    for found in MSGID.finditer(text):
        words = "".join(re.findall(r'"(.*)"', found[1]))
        yield text.count("\n", 0, found.start()) + 1, words


def constants(text: str) -> Texts:
    """Every string of a module but the docstrings of modules and classes."""
    tree = ast.parse(text)
    skipped = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        # Of a check, the docstring is printed in the reference: "E001: ...".
        and not re.match(r"[EW]\d{3}", ast.get_docstring(node) or "")
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            # A dotted path is a name.
            and not re.fullmatch(r"\w+(\.\w+)+", node.value)
            and id(node) not in skipped
        ):
            yield node.lineno, node.value


def comments(text: str) -> Texts:
    """The comments of settings and signals, which the reference prints."""
    return ((at, line) for at, line in lines(text) if line.lstrip().startswith("#"))


#: Which files of a folder hold texts for people, and how the texts are read.
READERS: list[tuple[str, Callable[[str], Texts]]] = [
    ("**/templates/**/*.html", template),
    ("**/templates/**/*.txt", template),
    ("**/LC_MESSAGES/django.po", catalog),
    ("**/checks/*.py", constants),
    ("**/doctor/*.py", constants),
    ("**/management/commands/*.py", constants),
    ("**/conf.py", comments),
    ("**/signals.py", comments),
    ("**/signals/__init__.py", comments),
    ("**/*.md", markdown),
]
AREAS = {
    "docs": ["docs", "*.md"],
    "example": ["example_project"],
    "payments": ["src/django_stripe_payments"],
    "notifications": ["src/django_inapp_notifications"],
}


def hits(area: str) -> list[str]:
    found = []
    for folder in AREAS[area]:
        # A file alone is a pattern of its own.
        readers = [(folder, markdown)] if "*" in folder else READERS
        base = ROOT if "*" in folder else ROOT / folder
        for pattern, read in readers:
            for file in sorted(base.glob(pattern)):
                if not {"_build", ".venv", "node_modules"} & set(file.parts):
                    name = file.relative_to(ROOT).as_posix()
                    found += [
                        f"{name}:{line}: {match[0]!r} in {text.strip()[:90]!r}"
                        for line, text in read(file.read_text())
                        for match in WORD.finditer(text)
                    ]
    return found


@pytest.mark.parametrize("area", AREAS)
def test_no_text_for_people_has_a_word_of_the_table(area: str) -> None:
    found = hits(area)
    assert not found, "\n".join(found)


def test_the_table_is_read() -> None:
    assert {"mend", "anew", "organiser"} <= set(BANNED)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (markdown, "Please mend it.\n```\nmend()\n```\n`mend`"),
        (template, '{# mend #}<b class="mend">{% translate "Mend it." %}</b>'),
        (catalog, 'msgid ""\n"Mend "\n"it."\nmsgstr "mend"\n'),
        (constants, '"""Mend."""\n\ndef f():\n    """Mend."""\n    return f"Mend {f}"\n'),
        (constants, 'HINTS = {"app.mend": "Mend it."}\n'),
        (constants, 'def f():\n    """E001: mend it."""\n'),
        (comments, "#: Mend it.\nmend = 1\n"),
    ],
    ids=["markdown", "template", "catalog", "constants", "path", "check", "comments"],
)
def test_a_word_is_found_where_people_read_it_and_not_in_code(
    read: Callable[[str], Texts], text: str
) -> None:
    assert [match[0] for _, line in read(text) for match in WORD.finditer(line)] in (
        ["Mend"],
        ["mend"],
    )
