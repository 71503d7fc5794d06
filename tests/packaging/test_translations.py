"""The catalogues: complete, compiled, and what the sources say today."""

import gettext
import re
import shutil
import subprocess
import sys
import tarfile
from itertools import combinations
from pathlib import Path

import django
import pytest

ROOT = Path(__file__).parents[2]
APPS = ["django_inapp_notifications", "django_stripe_payments"]
CATALOGUE = "LC_MESSAGES/django"
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z%]")
TAG = re.compile(r"<[^>]*>")

#: Every language that one of the apps speaks; both have to speak it.
LANGUAGES = sorted({path.name for path in ROOT.glob("src/*/*/locale/*")})

#: A singular is a text; a plural's key is its singular and its number.
Texts = dict[str | tuple[str, int], str]


def texts_of(compiled: Path) -> Texts:
    """What a compiled catalogue says; its key is the context and the text of the source."""
    with compiled.open("rb") as file:
        found: Texts = dict(gettext.GNUTranslations(file)._catalog)
    found.pop("", None)  # the header
    return found


def source_of(key: str | tuple[str, int]) -> str:
    return (key[0] if isinstance(key, tuple) else key).rpartition("\x04")[2]


def run(*command: object, cwd: Path) -> str:
    words = list(map(str, command))
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_the_apps_speak_english_and_german() -> None:
    assert {"de", "en"} <= set(LANGUAGES)


@pytest.fixture(params=APPS)
def package(request: pytest.FixtureRequest) -> Path:
    return ROOT / "src" / request.param / request.param


#: Every catalogue of the apps, and of the example site.
CATALOGUES = [
    *(f"src/{app}/{app}/locale/{language}" for app in APPS for language in LANGUAGES),
    "example_project/locale/de",
]


GERMAN = [ROOT / path / f"{CATALOGUE}.mo" for path in CATALOGUES if path.endswith("/de")]


@pytest.fixture(params=CATALOGUES)
def catalogue(request: pytest.FixtureRequest) -> Path:
    return ROOT / request.param / f"{CATALOGUE}.po"


def test_a_translation_keeps_the_placeholders(catalogue: Path) -> None:
    for key, text in texts_of(catalogue.with_suffix(".mo")).items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source_of(key)))


def test_a_translation_keeps_the_markup(catalogue: Path) -> None:
    for key, text in texts_of(catalogue.with_suffix(".mo")).items():
        assert TAG.findall(text) == TAG.findall(source_of(key))


def test_german_says_you_formally(package: Path) -> None:
    informal = re.compile(r"\b(du|dir|dich|dein\w*|euch|euer|eure[mnrs]?)\b", re.IGNORECASE)
    german = texts_of(package / f"locale/de/{CATALOGUE}.mo")
    assert [text for text in german.values() if informal.search(text)] == []


def test_english_says_what_the_sources_say(package: Path) -> None:
    english = texts_of(package / f"locale/en/{CATALOGUE}.mo")
    # A plural's second text is found under the source of its first.
    found = {key: text for key, text in english.items() if isinstance(key, str) or key[1] == 0}
    assert {key: text for key, text in found.items() if text != source_of(key)} == {}


@pytest.mark.parametrize(("first", "second"), list(combinations(GERMAN, 2)))
def test_what_two_catalogues_say_they_translate_alike(first: Path, second: Path) -> None:
    """Django merges the catalogues of a site, so that one of them wins on every page."""
    one, other = texts_of(first), texts_of(second)
    shared = one.keys() & other
    assert {key: one[key] for key in shared} == {key: other[key] for key in shared}


@pytest.mark.parametrize("part", ["conf", "contrib/admin", "contrib/auth"])
def test_no_text_of_the_admin_changes_with_an_app(package: Path, part: str) -> None:
    theirs = texts_of(Path(django.__file__).parent / part / f"locale/de/{CATALOGUE}.mo")
    ours = texts_of(package / f"locale/de/{CATALOGUE}.mo")
    shared = ours.keys() & theirs
    assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}


def test_the_sdist_holds_every_catalogue(package: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory"]
    run(*command, tmp_path, cwd=package.parent)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = [name.partition("/")[2] for name in opened.getnames()]
    ending = {f"{language}/{CATALOGUE}{end}" for language in LANGUAGES for end in (".po", ".mo")}
    assert {f"{package.name}/locale/{name}" for name in ending} <= set(names)


@pytest.mark.gettext
class TestWithGettext:
    def test_a_catalogue_is_complete(self, catalogue: Path, tmp_path: Path) -> None:
        """Nothing is untranslated and nothing fuzzy, and every text fits its format."""
        checks = ["--check", "--statistics", "--output-file"]
        said = run("msgfmt", *checks, tmp_path / "new.mo", catalogue, cwd=tmp_path)
        assert re.fullmatch(r"\d+ translated messages\.\n", said), said

    def test_the_compiled_file_is_up_to_date(self, catalogue: Path, tmp_path: Path) -> None:
        run("msgfmt", "--output-file", tmp_path / "new.mo", catalogue, cwd=tmp_path)
        assert texts_of(catalogue.with_suffix(".mo")) == texts_of(tmp_path / "new.mo")

    def test_a_catalogue_holds_the_texts_of_the_sources(
        self, catalogue: Path, tmp_path: Path
    ) -> None:
        """No more and no fewer; if this fails, do what CONTRIBUTING says about texts."""
        copy = tmp_path / "sources"
        others = shutil.ignore_patterns("locale", "__pycache__", "var")
        shutil.copytree(catalogue.parents[3], copy, ignore=others)
        (copy / "locale").mkdir()
        # -P: one of the modules here has the name of one of Python's own.
        run(sys.executable, "-P", "-m", "django", "makemessages", "--locale", "en", cwd=copy)
        run("msgen", f"locale/en/{CATALOGUE}.po", "--output-file", "all.po", cwd=copy)
        run("msgfmt", "all.po", "--output-file", "all.mo", cwd=copy)
        said, known = (
            texts_of(copy / "all.mo").keys(),
            texts_of(catalogue.with_suffix(".mo")).keys(),
        )
        assert (sorted(map(str, said - known)), sorted(map(str, known - said))) == ([], [])
