"""What every suite shares: which tests can run here, and how Hypothesis and the browser start.

A test that needs more than SQLite has a marker (postgresql, mariadb, redis, gettext, browser).
Where that is missing the test is deselected and counted, never skipped: a skip is a failure in CI.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}
DATABASES = ("postgresql", "mariadb")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# A database or a loaded machine makes single examples slow: no deadline is right for all of them.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", **PATIENT)
# The same examples every time, so that a red run is about the change that it is run for.
settings.register_profile("ci", derandomize=True, print_blob=True, **PATIENT)
settings.register_profile("chaos", max_examples=10_000, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if CI else "dev"))

not_run: Counter[str] = Counter()


def chromium() -> str | None:
    """Path of the browser: the variable CHROMIUM, or the first one on PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def missing_for(item: pytest.Item) -> list[str]:
    """Names of what this test needs and this run does not have."""
    needs = [name for name in DATABASES if item.get_closest_marker(name)]
    # A test marked for both databases runs on either.
    missing = [] if os.environ.get("DATABASE", "sqlite") in needs else needs
    if item.get_closest_marker("redis") and "REDIS_URL" not in os.environ:
        missing.append("redis")
    if item.get_closest_marker("gettext") and not shutil.which("xgettext"):
        missing.append("gettext")
    browser = item.config.pluginmanager.hasplugin("playwright") and chromium()
    if item.get_closest_marker("browser") and not browser:
        missing.append("browser")
    return missing


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--report-file", help="write this run's counts to a file, as JSON (for dev)")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whatever drives a browser is marked so by itself."""
    if not {"browser", "page"}.isdisjoint(getattr(item, "fixturenames", ())):
        item.add_marker("browser")


@pytest.hookimpl(trylast=True)  # after -m and -k: what nobody asked for is not missing
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    keep, drop = [], []
    for item in items:
        missing = missing_for(item)
        not_run.update(missing)
        (drop if missing else keep).append(item)
    if drop:
        config.hook.pytest_deselected(items=drop)
        items[:] = keep
    # Playwright's event loop stays in this thread from the first browser test on, and whatever
    # runs a loop of its own would fail beside it.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser"):
        # Django would refuse the ORM in a thread that has an event loop.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under xdist it is a worker that collects: hand the counts to the controller."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = dict(not_run)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # Every worker collects every test, so that the counts of one are the counts of all.
    not_run.update(Counter(node.workeroutput.get("not_run", {})) - not_run)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for need, count in not_run.items():
        terminalreporter.write_line(f"not run: {count} tests that need {need}")
    if path := config.getoption("--report-file"):
        stats = {key: len(found) for key, found in terminalreporter.stats.items() if key}
        stats["failed"] = stats.get("failed", 0) + stats.get("error", 0)
        Path(path).write_text(json.dumps({**stats, "not_run": dict(not_run)}))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """In CI a test that did not do its work has failed: skipped, or expected to fail."""
    report = yield
    if CI and (report.skipped or hasattr(report, "wasxfail")):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: a skip or an xfail is a failure in CI"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Iterator[None]:
    """The same for a whole module."""
    report = yield
    if CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: a skip is a failure in CI"
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright drives the system's Chromium: nothing is downloaded for it."""
    return {**browser_type_launch_args, "executable_path": chromium()}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Colours stand still for whoever asks for less motion: what axe measures is no transition."""
    return {**browser_context_args, "reduced_motion": "reduce"}
