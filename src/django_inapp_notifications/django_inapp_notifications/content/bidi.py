"""Text that changes its own direction, kept from turning around the words next to it.

A name with U+202E (right-to-left override) would otherwise reverse the rest of the sentence, in
pages, mail and push alike. Marks and right-to-left letters are left alone; they do no harm.
https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
"""

import re
from typing import Any

EMBEDDINGS, ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
POP_EMBEDDING, POP_ISOLATE = "\u202c", "\u2069"
FIRST_STRONG_ISOLATE = "\u2068"

_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")


def balance(text: str) -> str:
    """The text without controls that are never closed, or that close what they did not open.

    Line by line, because a direction ends with its line.
    """
    if not _CONTROL.search(text):
        return text
    return "\n".join(map(_balance_line, text.split("\n")))


def isolate(text: str) -> str:
    """The text as a part of a sentence. It is unchanged unless it sets its own direction."""
    balanced = balance(text)
    if not _CONTROL.search(balanced):
        return balanced
    return f"{FIRST_STRONG_ISOLATE}{balanced}{POP_ISOLATE}"


def isolate_all(data: Any) -> Any:
    """Plain data with every text in it isolated."""
    if isinstance(data, str):
        return isolate(data)
    if isinstance(data, list):
        return [isolate_all(each) for each in data]
    if isinstance(data, dict):
        return {name: isolate_all(value) for name, value in data.items()}
    return data


def _balance_line(line: str) -> str:
    unmatched: set[int] = set()
    opened: list[tuple[int, str]] = []  # where, and what closes it
    for at, char in enumerate(line):
        if char in EMBEDDINGS:
            opened.append((at, POP_EMBEDDING))
        elif char in ISOLATES:
            opened.append((at, POP_ISOLATE))
        elif char in (POP_EMBEDDING, POP_ISOLATE):
            unmatched |= _close(opened, at, char)
    unmatched.update(at for at, _ in opened)
    return "".join(char for at, char in enumerate(line) if at not in unmatched)


def _close(opened: list[tuple[int, str]], at: int, closer: str) -> set[int]:
    """Close the innermost match; return the positions that turn out to have no partner."""
    if closer == POP_EMBEDDING:
        if not opened or opened[-1][1] != POP_EMBEDDING:
            return {at}
        opened.pop()
        return set()
    if all(needed != POP_ISOLATE for _, needed in opened):
        return {at}
    lost = set()
    while opened[-1][1] != POP_ISOLATE:  # an isolate ends the embeddings inside it
        lost.add(opened.pop()[0])
    opened.pop()
    return lost
