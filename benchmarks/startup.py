"""What each app adds to the start of a site: time and memory."""

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from .measure import Benchmark, Contender, Mark, Times, in_turns
from .scale import Scale

GROUP = "Start of a site"

#: Starts a site in a new interpreter, its URLs included, and says what that took.
SCRIPT = """
import json, resource, sys, time
started = time.perf_counter()
import django
from django.conf import settings
apps = sys.argv[1].split(",") if sys.argv[1] else []
settings.configure(
    SECRET_KEY="benchmarks only",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "django.contrib.messages", *apps],
    ROOT_URLCONF="urls",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
)
import types
urls = types.ModuleType("urls")
sys.modules["urls"] = urls
django.setup()
from django.contrib import admin
from django.urls import include, path, resolve
urls.urlpatterns = [path("admin/", admin.site.urls)]
urls.urlpatterns += [path(f"{app}/", include(f"{app}.urls")) for app in apps]
resolve("/admin/login/")
seconds = time.perf_counter() - started
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([seconds, memory, "stripe" in sys.modules, len(sys.modules)]))
"""

APPS = {
    "Django alone": "",
    "with payments": "django_stripe_payments",
    "with notifications": "django_inapp_notifications",
    "with both": "django_stripe_payments,django_inapp_notifications",
}


def start(apps: str) -> tuple[float, float, bool]:
    """Start a site with these apps: seconds, MB, and whether Stripe's SDK came with it."""
    command = [sys.executable, "-c", SCRIPT, apps]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, memory, has_stripe, _modules = json.loads(output)
    return seconds, memory, has_stripe


def run(scale: Scale) -> Iterator[Benchmark]:
    memory: dict[str, list[float]] = {name: [] for name in APPS}
    with_sdk: set[str] = set()

    def starter(name: str) -> Contender:
        def starts(times: int) -> list[float]:
            started = [start(APPS[name]) for _ in range(times)]
            memory[name] += [size for _seconds, size, _sdk in started]
            with_sdk.update(name for *_numbers, sdk in started if sdk)
            return [seconds for seconds, *_rest in started]

        return starts

    found = in_turns({name: starter(name) for name in APPS}, scale.turns)
    times = {name: each.summary() for name, each in found.items()}
    yield Benchmark("start_time", "Until the URLs are there", GROUP, times, _added(found))
    sizes = {name: median(each) for name, each in memory.items()}
    yield Benchmark(
        "start_memory",
        "Memory after that",
        GROUP,
        {name: {"median": round(size, 1)} for name, size in sizes.items()},
        [
            *(
                Mark(f"{name}, added", size - sizes["Django alone"], unit="MB")
                for name, size in sizes.items()
                if APPS[name]
            ),
            Mark("sites that import Stripe's SDK", len(with_sdk), 0, unit=""),
        ],
        unit="MB",
    )


def _added(found: dict[str, Times]) -> list[Mark]:
    alone = median(found["Django alone"].all)
    return [
        Mark(f"{name}, added", (median(each.all) - alone) * 1000, unit="ms")
        for name, each in found.items()
        if APPS[name]
    ]
