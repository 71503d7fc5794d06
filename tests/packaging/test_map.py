"""The map of the rooms: it names every room, and nothing that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ["django_stripe_payments", "django_inapp_notifications"]
ARCHITECTURE = (ROOT / "docs/explanation/architecture.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
QUESTION = re.compile(r"^\| ([^|]+\?) \| (.*) \|$", re.MULTILINE)
FILE = re.compile(r"`([\w/]+\.py)`(?:, `(\w+)\(\)`)?")
MUST_ANSWER = ["refund's amount", "quiet hour", "lost answer", "signal"]


def rooms_of(app: str) -> set[str]:
    package = ROOT / "src" / app / app
    return {path.name for path in package.iterdir() if path.is_dir() and path.name[0] != "_"}


def named(app: str) -> set[str]:
    """The rooms in the first column of the app's table."""
    section = ARCHITECTURE.split(f"### Rooms of `{app}`")[1].split("\n#")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return {room for row in rows for room in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("app", APPS)
def test_the_map_names_every_room_and_no_other(app: str) -> None:
    assert named(app) == rooms_of(app)


@pytest.mark.parametrize("page", [ARCHITECTURE, CONTRIBUTING], ids=["architecture", "contributing"])
def test_the_map_answers_where_things_happen(page: str) -> None:
    answers = dict(QUESTION.findall(page))
    for subject in MUST_ANSWER:
        (answer,) = (answers[question] for question in answers if subject in question)
        assert FILE.search(answer), subject


@pytest.mark.parametrize("page", [ARCHITECTURE, CONTRIBUTING], ids=["architecture", "contributing"])
def test_what_an_answer_names_is_there(page: str) -> None:
    for _, answer in QUESTION.findall(page):
        for path, function in FILE.findall(answer):
            (file,) = (found for app in APPS for found in ROOT.glob(f"src/{app}/{app}/{path}"))
            assert not function or f"def {function}(" in file.read_text(), (path, function)
