"""What the two distributions hold, read from wheels that are built here."""

import email.message
import importlib.metadata
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = {
    "django_stripe_payments": "django-stripe-payments-kit",
    "django_inapp_notifications": "django-inapp-notifications",
}


@pytest.fixture(scope="module", params=APPS)
def app(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def wheel(app: str, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp(app)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT / "src" / app,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


def tracked_files(app: str) -> set[str]:
    """Files of the import package that belong to the sources, compiled ones aside."""
    package = ROOT / "src" / app / app
    return {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".pyo"}
    }


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile, app: str) -> None:
    assert tracked_files(app) <= set(wheel.namelist())


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile, app: str) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {app}


def test_the_wheel_says_that_it_is_typed(wheel: zipfile.ZipFile, app: str) -> None:
    assert f"{app}/py.typed" in wheel.namelist()


def test_every_translation_is_compiled(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    sources = {name for name in names if name.endswith(".po")}
    assert {name.removesuffix(".po") + ".mo" for name in sources} <= names


def test_the_wheel_holds_the_licence(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("/licenses/LICENSE"))
    assert wheel.read(name) == (ROOT / "LICENSE").read_bytes()


def test_the_distribution_has_its_own_name(metadata: email.message.Message, app: str) -> None:
    assert metadata["Name"] == APPS[app]


def test_the_version_is_that_of_the_package(metadata: email.message.Message, app: str) -> None:
    source = (ROOT / "src" / app / app / "__init__.py").read_text()
    assert f'__version__ = "{metadata["Version"]}"' in source
    assert importlib.metadata.version(APPS[app]) == metadata["Version"]


def test_the_sibling_is_no_dependency(metadata: email.message.Message, app: str) -> None:
    other = next(name for each, name in APPS.items() if each != app)
    assert not any(other in line for line in metadata.get_all("Requires-Dist"))


def test_no_file_names_the_sibling(wheel: zipfile.ZipFile, app: str) -> None:
    """Not an import (import-linter sees those), not a string, not a template."""
    other = next(each for each in APPS if each != app)
    words = [other.encode(), APPS[other].encode()]
    ours = [name for name in wheel.namelist() if name.startswith(f"{app}/")]
    assert [name for name in ours if any(word in wheel.read(name) for word in words)] == []


def test_the_classifiers_name_what_the_matrix_tests(metadata: email.message.Message) -> None:
    listed = metadata.get_all("Classifier")
    matrix = (ROOT / "tox.ini").read_text()
    for django in re.findall(r"dj(\d)(\d): Django", matrix):
        assert f"Framework :: Django :: {'.'.join(django)}" in listed
    for python in (ROOT / ".python-version").read_text().split():
        assert f"Programming Language :: Python :: {python}" in listed
