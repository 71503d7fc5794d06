"""Every command of the documentation exists, and takes the options that are shown."""

import re
import runpy
import shlex
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from tests.docs.pages import PAGES, ROOT, Block, all_blocks, name_of

# Other people's programs, of which no option is checked.
PROGRAMS = {"celery", "curl", "docker", "git", "django-admin", "createdb", "stripe", "cd"}
PROGRAMS |= {
    "msgattrib",
    "source",
    "export",
    "gunicorn",
    "uvicorn",
    "pre-commit",
    "openssl",
    "systemctl",
}
COMMANDS = get_commands()
# Commands of django-tasks-db, which the how-to on background work runs beside ours.
THEIRS = {"db_worker", "prune_db_task_results"}
APPS = ("django_stripe_payments", "django_inapp_notifications")


def lines_of(block: Block) -> list[str]:
    """What is typed: behind a ``$``, with lines that end in a backslash put together."""
    text = block.text.replace("\\\n", " ")
    lines = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    return [re.split(r"  #| [|>;] ?| && ", line)[0] for line in lines]


LINES = [
    pytest.param(line, id=f"{block}-{line[:40]}")
    for block in all_blocks("console")
    for line in lines_of(block)
]


@pytest.mark.parametrize("line", LINES)
def test_a_command_that_is_shown_can_be_given(line: str) -> None:
    words = [word for word in shlex.split(line) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
    if "manage.py" in line:
        at = next(at for at, word in enumerate(words) if word.endswith("manage.py"))
        parse_command(words[at + 1], words[at + 2 :])
    elif words[0] in {"./dev", "dev"}:
        assert words[1] in dev_verbs()
    elif "pip" in words[:3] and "install" in words:
        wanted = re.sub(r"--group \S+", "", " ".join(words[words.index("install") + 1 :])).split()
        assert [word for word in wanted if not installable(word)] == []
    else:
        program = words[0].removeprefix("../../../.venv/bin/")
        assert program in PROGRAMS or (ROOT / program).exists() or program.endswith("python")


def parse_command(name: str, arguments: list[str]) -> None:
    if name in THEIRS:
        return
    assert name in COMMANDS, f"manage.py {name} does not exist"
    if name in {"runserver", "shell"} or "<" in " ".join(arguments):
        return
    command = load_command_class(COMMANDS[name], name)
    parser = command.create_parser("manage.py", name)
    command._called_from_command_line = False  # so that an error raises
    try:
        parser.parse_args(arguments)
    except CommandError as error:
        pytest.fail(f"manage.py {name}: {error}")


def dev_verbs() -> set[str]:
    return set(runpy.run_path(str(ROOT / "dev"))["VERBS"])


def installable(word: str) -> bool:
    """Options, files, and our distributions with extras that they have."""
    if word.startswith(("-", "./src/")) or word.endswith(".whl"):
        return True
    name, _, extras = word.partition("[")
    for app in APPS:
        project = tomllib.loads((ROOT / "src" / app / "pyproject.toml").read_text())["project"]
        if project["name"] == name:
            known = set(project.get("optional-dependencies", {}))
            return set(filter(None, extras.rstrip("]").split(","))) <= known
    return name.lower() in {"django", "stripe", "tzdata", "whitenoise", "gunicorn", "uvicorn"}


@pytest.mark.parametrize("source", PAGES, ids=name_of)
def test_a_command_that_is_named_exists(source: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z][a-z_]+)", source.read_text()))
    # Commands of the packages that one moves from, and those that the guides bring.
    named -= THEIRS | {path.stem for path in ROOT.glob("docs/code/*.py")}
    assert sorted(each for each in named - set(COMMANDS) if not each.startswith("djstripe_")) == []


def test_every_command_of_ours_is_named_somewhere() -> None:
    text = "".join(page.read_text() for page in PAGES)
    ours = [name for name, app in COMMANDS.items() if app in APPS]
    assert [name for name in ours if name not in text and name.split("_", 1)[1] not in text] == []
