"""Readers that ask all the time while releases are switched under them.

    python -m bench.readers [--publishes 100] [--readers 4]        (part of make soak)

Each reader is a process that opens `current` anew, asks several tables in one format or the other, and keeps
what it was told. Every answer must come from one release only, none may fail, and a reader that goes on must see
later releases. Releases are made, switched and tidied up by the code that runs use; the files are small.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration import intake, releases, upkeep
from orchestration.ledger import Ledger
from orchestration.paths import PROJECT
from orchestration.settings import Settings

TABLES = 3
# Reads until its input ends; says a line per answer: what every table holds, or the error. Files that belong
# together are looked up once: whoever resolves `current` for each of them may be told of two releases.
READER = """
import select, sys
from pathlib import Path
import duckdb
current = Path(sys.argv[1])
tables = [f"figure_{n}" for n in range(int(sys.argv[2]))]
def database():
    with duckdb.connect(str(current / "warehouse.duckdb"), read_only=True) as connection:
        return [connection.execute(f"select max(value) from marts.{name}").fetchone()[0] for name in tables]
def parquet():
    place = current.resolve() / "parquet" / "marts"
    return [duckdb.sql(f"select max(value) from '{place / name}.parquet'").fetchone()[0] for name in tables]
while not select.select([sys.stdin], [], [], 0)[0]:
    for ask in (database, parquet):
        try:
            print(ask(), flush=True)
        except Exception as error:
            print(type(error).__name__, error, flush=True)
"""


@dataclass(frozen=True)
class Seen:
    """What the readers were told: answers, errors, answers that mix releases, and different releases seen."""

    answers: int
    errors: list[str]
    mixed: list[str]
    releases: int


def publish(settings: Settings, value: int) -> None:
    """Make a release whose tables all hold `value`, as a run does."""
    settings.build.mkdir(parents=True, exist_ok=True)
    settings.build_db.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_db)) as build:
        build.execute("create schema core; create schema marts")
        for n in range(TABLES):
            build.execute(f"create table marts.figure_{n} as select {value} as value from range(1000)")
    intake.write_ledger(settings, Ledger(settings.ledger))
    releases.publish(settings, [], {})
    upkeep.clean_up(settings)


def read_through(home: Path, publishes: int, readers: int) -> Seen:
    """Publish so many times while so many processes read; return what they were told.

    Each publish waits until every reader has had an answer since the one before, so none is passed over.
    """
    settings = Settings(home=home, releases_kept=2)
    publish(settings, 0)
    processes, outputs = [], []
    try:
        for n in range(readers):
            outputs.append(home / f"reader-{n}.txt")
            with outputs[-1].open("w") as output:
                command = [sys.executable, "-c", READER, str(settings.releases / releases.CURRENT), str(TABLES)]
                processes.append(
                    subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=output, stderr=output)
                )
        for value in range(1, publishes + 1):
            _until_more(outputs, processes)
            publish(settings, value)
        _until_more(outputs, processes)
    finally:
        for process in processes:
            process.communicate()
    told = [line for output in outputs for line in output.read_text().splitlines()]
    whole = {repr([value] * TABLES) for value in range(publishes + 1)}
    wrong = [line for line in told if line not in whole]
    mixed = [line for line in wrong if line.startswith("[")]
    return Seen(len(told), [line for line in wrong if line not in mixed], mixed, len(set(told) & whole))


def _until_more(outputs: list[Path], processes: list[subprocess.Popen[bytes]]) -> None:
    """Return when every reader has asked both formats again; what it is asking just now may be of before."""
    wanted = [_lines(output) + 3 for output in outputs]
    while any(_lines(output) < lines for output, lines in zip(outputs, wanted, strict=True)):
        assert all(process.poll() is None for process in processes), "a reader has ended"
        time.sleep(0.005)


def _lines(output: Path) -> int:
    return output.read_bytes().count(b"\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--publishes", type=int, default=100)
    parser.add_argument("--readers", type=int, default=4)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        seen = read_through(Path(home), arguments.publishes, arguments.readers)
    print(
        f"{arguments.publishes} publishes, {arguments.readers} readers: {seen.answers} answers of {seen.releases}"
        f" releases, {len(seen.errors)} errors, {len(seen.mixed)} of more than one release"
    )
    print("\n".join([*seen.errors, *seen.mixed][:20]))
    return 1 if seen.errors or seen.mixed else 0


if __name__ == "__main__":
    sys.exit(main())
