"""The two distributions: where they are, what they are called, and their version numbers."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]


class ReleaseError(Exception):
    """Something that the maintainer can put right; the message says how."""


@dataclass(frozen=True)
class Distribution:
    """One of the packages, below the root of some checkout."""

    short: str
    name: str
    package: str
    root: Path = ROOT

    @property
    def folder(self) -> Path:
        return self.root / "src" / self.package

    @property
    def changelog(self) -> Path:
        return self.folder / "CHANGELOG.md"

    @property
    def version_file(self) -> Path:
        """The one place that holds the version; hatchling reads it from there."""
        return self.folder / self.package / "__init__.py"

    @property
    def version(self) -> Version:
        found = re.search(r'^__version__ = "(.+)"$', self.version_file.read_text(), re.MULTILINE)
        if not found:
            msg = f"{self.version_file} holds no __version__"
            raise ReleaseError(msg)
        return Version(found[1])

    def set_version(self, version: Version) -> None:
        old = f'__version__ = "{self.version}"'
        text = self.version_file.read_text()
        self.version_file.write_text(text.replace(old, f'__version__ = "{version}"'))

    def tag(self, version: Version) -> str:
        return f"{self.short}-{version}"

    def built(self, dist: Path) -> list[Path]:
        """Its wheel and its sdist in a folder."""
        return sorted(dist.glob(f"{self.name.replace('-', '_')}-*.*"))


def distributions(root: Path = ROOT) -> list[Distribution]:
    return [
        Distribution("payments", "django-stripe-payments-kit", "django_stripe_payments", root),
        Distribution(
            "notifications", "django-inapp-notifications", "django_inapp_notifications", root
        ),
    ]
