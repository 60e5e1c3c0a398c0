"""A PostgreSQL server of a test's own, from Debian's package: on loopback, with a password, gone afterwards.

    from tests.postgres import postgresql  # noqa: F401  (a fixture of the module)

    def test_x(postgresql):
        url = postgresql.database("marts")

Where the package is missing the test is skipped and says so; `.ci/run` installs it where it may.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

USER = "sucharit"
PASSWORD = "pg-p4ssw0rd-of-a-test"


def programs() -> Path | None:
    """Return the directory of the newest PostgreSQL server on this machine, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@dataclass
class Server:
    """A server that can be stopped and started; what it holds stays in between."""

    programs: Path
    home: Path
    port: int
    _made: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        """host:port, without credentials."""
        return f"127.0.0.1:{self.port}"

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database, with the credentials, as SQLAlchemy and libpq take it."""
        return f"postgresql://{USER}:{PASSWORD}@{self.address}/{database}"

    def database(self, name: str) -> str:
        """Make an empty database unless it is there; return its address."""
        if name not in self._made:
            self.sql(f'create database "{name}"')
            self._made.add(name)
        return self.url(name)

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run statements with psql; return what it prints, columns parted by |."""
        command = [self.programs / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text, self.url(database)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def start(self) -> None:
        options = f"-p {self.port} -k {self.home} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._control("start", "-w", "-t", "60", "-l", self.home / "log", "-o", options)

    def stop(self) -> None:
        """Stop as a machine does that goes down: connections are cut."""
        self._control("stop", "-w", "-m", "fast")

    def _control(self, *arguments: object) -> None:
        as_its_user(self.home, self.programs / "pg_ctl", "-D", self.home / "data", *arguments)


def as_its_user(home: Path, *command: object) -> None:
    """Run a program of the server; it refuses to be root."""
    user = pwd.getpwuid(home.stat().st_uid)
    become = (
        ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        if os.getuid() == 0
        else []
    )
    # Its output goes to files: a server that is started keeps a pipe open for ever.
    with (home / "control.log").open("ab") as log:
        done = subprocess.run([*become, *map(str, command)], cwd=home, stdout=log, stderr=log)
    assert done.returncode == 0, (home / "control.log").read_text(errors="replace")


@pytest.fixture(scope="module")
def postgresql():
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server on this machine: apt-get install postgresql")
    # Not below pytest's own directory, which only its user may enter.
    home = Path(tempfile.mkdtemp(prefix="sucharit-postgresql-"))
    try:
        (home / "password").write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (home, home / "password"):
                shutil.chown(path, "nobody", pwd.getpwnam("nobody").pw_gid)
        with socket.create_server(("127.0.0.1", 0)) as free:
            server = Server(found, home, free.getsockname()[1])
        how = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={home / 'password'}"]
        as_its_user(
            home, found / "initdb", *how, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D", home / "data"
        )
        server.start()
        try:
            yield server
        finally:
            # A test may have stopped it.
            if (home / "data" / "postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(home)
