"""One measured site: reads requests as lines of JSON, and answers each with a line.

    python -m benchmarks.worker benchmarks.sites.payments bench_payments '{"celery": false}'

{"call": name, …}: the result of a function of the site's module.
{"time": case, "times": 20, …}: the seconds of each of so many runs.
{"count": case, …}: how many statements the timed part of one run sends to the database.
"""

import importlib
import json
import sys
from contextlib import nullcontext
from typing import Any, TextIO

from .sites import base
from .sites.base import CASES


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # what somebody prints must not break a line
    module, database, options = sys.argv[1:4]
    site = importlib.import_module(module)
    site.start(database, **json.loads(options))
    write(answers, None)  # ready
    for line in iter(sys.stdin.readline, ""):
        write(answers, answer(site, json.loads(line)))


def write(stream: TextIO, result: Any) -> None:
    stream.write(json.dumps(result) + "\n")
    stream.flush()


def answer(site: Any, request: dict[str, Any]) -> Any:
    """Do what one line asks for."""
    arguments = request.get("arguments", {})
    if "call" in request:
        return getattr(site, request["call"])(**arguments)
    if "time" in request:
        return [CASES[request["time"]](**arguments) for _ in range(request["times"])]
    if "count" in request:
        return count_statements(request["count"], arguments)
    raise ValueError(request)


def count_statements(name: str, arguments: dict[str, Any]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    base.watcher = queries = CaptureQueriesContext(connection)
    try:
        CASES[name](**arguments)
    finally:
        base.watcher = nullcontext()
    ends = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(ends) for query in queries.captured_queries)


if __name__ == "__main__":
    main()
