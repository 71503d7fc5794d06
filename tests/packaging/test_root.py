"""The root of the workspace cannot be installed by mistake."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_installing_the_root_says_what_to_install_instead() -> None:
    path = ROOT / "tests" / "packaging" / "workspace_root.py"
    spec = importlib.util.spec_from_file_location("workspace_root", path)
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    with pytest.raises(SystemExit, match=r"install \./src/django_stripe_payments"):
        backend.get_requires_for_build_wheel()
