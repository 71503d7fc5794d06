"""PostgreSQL, MariaDB and Redis for one test run, on sockets of their own in a temporary folder.

    python -m tests.services postgresql redis -- python -m pytest tests/payments

starts what is installed on this machine, tells the command by environment variables where it is
(see tests/databases.py), and stops it afterwards. Nothing listens on a network port.

Nothing is flushed to the disk, because tests do not survive a power failure. With the environment
variable FSYNC=on, PostgreSQL flushes every commit as it does in production: measure with that.

Exit code: the command's own, or 69 if a service is not installed.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

NOT_INSTALLED = 69  # EX_UNAVAILABLE of sysexits.h
START_SECONDS = 60  # a cold disk needs a few; what takes longer has failed
STOP_SECONDS = 30


class ServiceError(Exception):
    """A service is not installed here, or did not start."""


def program(name: str) -> str:
    """Path of a server's program, also where Debian hides those of PostgreSQL."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version, reverse=True)
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not (debian or path):
        msg = f"{name} is not installed"
        raise ServiceError(msg)
    return str(debian[0] if debian else path)


def _version(path: Path) -> int:
    return int(path.parts[-3])


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[dict[str, str]]:
    """A cluster that is thrown away afterwards: trust on its socket, user postgres.

    Without fsync, unless the environment says FSYNC=on.
    """
    pg_ctl, data = program("pg_ctl"), folder / "data"
    # PostgreSQL refuses to run as root.
    user = _as_user(folder, "postgres")
    initdb = [program("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"]
    _run([*initdb, "--no-sync"], folder, user)
    fsync = "on" if os.environ.get("FSYNC") == "on" else "off"
    options = f"-k {folder} -c listen_addresses='' -c fsync={fsync} -c max_connections=200"
    _run([pg_ctl, "-D", data, "-w", "-l", folder / "log", "-o", options, "start"], folder, user)
    try:
        yield {"DATABASE": "postgresql", "DATABASE_HOST": str(folder)}
    finally:
        _run([pg_ctl, "-D", data, "-m", "immediate", "stop"], folder, user)


@contextlib.contextmanager
def mariadb(folder: Path) -> Iterator[dict[str, str]]:
    """A server whose root needs no password on its socket."""
    server, data, at = program("mariadbd"), folder / "data", folder / "mariadb.sock"
    name = _as_user(folder, "mysql")
    user = [f"--user={name}"] if name else []
    install = [program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", *user]
    _run([*install, "--auth-root-authentication-method=normal", "--skip-test-db"], folder)
    command = [server, "--no-defaults", f"--datadir={data}", f"--socket={at}", *user]
    command += ["--skip-networking", f"--pid-file={folder / 'pid'}", "--max-connections=200"]
    command += ["--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0"]
    with _running(command, folder, at):
        yield {"DATABASE": "mariadb", "DATABASE_HOST": str(at)}


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[dict[str, str]]:
    """A Redis that saves nothing."""
    at = folder / "redis.sock"
    command = [program("redis-server"), "--port", "0", "--unixsocket", at, "--save", ""]
    with _running(command, folder, at):
        yield {"REDIS_URL": f"unix://{at}"}


def _as_user(folder: Path, name: str) -> str | None:
    """The server's own user, if we are root: the folder is given to it. None if we are not."""
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, name)
    return name


def _run(command: Sequence[object], folder: Path, user: str | None = None) -> None:
    """Run a step of starting or stopping; what it prints is shown only if it fails."""
    # To a file, as a server that a step leaves running would hold a pipe open for ever.
    with (folder / "steps").open("ab+") as output:
        done = subprocess.run(
            list(map(str, command)),
            stdout=output,
            stderr=output,
            cwd=folder,
            env=_environment(folder),
            user=user,
            check=False,
        )
        if done.returncode:
            output.seek(0)
            msg = f"{command[0]} failed:\n{output.read().decode(errors='replace')}"
            raise ServiceError(msg)


def _environment(folder: Path) -> dict[str, str]:
    # A MariaDB that starts clears the folder for temporary files, of another one's too.
    return {**os.environ, "TMPDIR": str(folder)}


@contextlib.contextmanager
def _running(command: Sequence[object], folder: Path, at: Path) -> Iterator[None]:
    """Keep a server running until the block ends; the block starts when its socket answers."""
    with (folder / "log").open("wb") as log:
        # A session of its own: the Ctrl-C that stops the tests must not stop it under their feet.
        server = subprocess.Popen(
            list(map(str, command)),
            stdout=log,
            stderr=log,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )
        try:
            _wait_for(at, server, folder / "log")
            yield
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:  # told so early that it did not hear
                server.kill()
                server.wait()


def _wait_for(at: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(at))
            return
        time.sleep(0.05)
    msg = f"{server.args!r} did not start:\n{log.read_text(errors='replace')}"
    raise ServiceError(msg)


def supervise(command: Sequence[str]) -> int:
    """Run a command to its end: its exit code. Told to stop, stop it first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    process = subprocess.Popen(command)
    try:
        return process.wait()
    except BaseException:
        # Told once is enough: a second signal would interrupt the orderly stop.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        process.terminate()
        process.wait()
        raise


SERVICES = {"postgresql": postgresql, "mariadb": mariadb, "redis": redis}


#: What each service is started with.
PROGRAMS = {"postgresql": "pg_ctl", "mariadb": "mariadbd", "redis": "redis-server"}


def is_installed(service: str) -> bool:
    """Whether this machine can start it."""
    try:
        program(PROGRAMS[service])
    except ServiceError:
        return False
    return True


def main(arguments: list[str]) -> int:
    if "--" not in arguments:
        print(__doc__, file=sys.stderr)
        return 2
    at = arguments.index("--")
    names, command = arguments[:at], arguments[at + 1 :]
    unknown = set(names) - set(SERVICES)
    if unknown:
        print(
            f"unknown service {', '.join(unknown)}: there are {', '.join(SERVICES)}",
            file=sys.stderr,
        )
        return 2
    # Without this a SIGTERM would leave the servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="services-")))
        base.chmod(0o711)  # the servers' own users pass through it
        try:
            for name in names:
                (base / name).mkdir()
                os.environ.update(stack.enter_context(SERVICES[name](base / name)))
        except ServiceError as error:
            print(f"tests.services: {error}", file=sys.stderr)
            return NOT_INSTALLED if "not installed" in str(error) else 1
        return supervise(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
