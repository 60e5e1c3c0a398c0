"""Runs that are killed at random moments, or find the disk full, while files go on coming in: late, broken, half.

    python -m bench.soak DIRECTORY [--runs 200] [--seed 1] [--minutes 60]        (make soak)

After every run: nothing received is lost, every release is what its manifest says, and `current` names one.
After a run that was let to its end: every file dropped until then is in submissions/ and the ledger. In the end
the warehouse is, byte for byte in Parquet, that of an installation that nobody disturbed and that received the
same files at the same moments. Prints a line per fault and ends with 1 where something does not hold.

What is killed and what comes is drawn from the seed and the number of the run. The moment of a kill is either a
time, or the n-th file that the run opens for writing, renames or removes; some runs are not killed, but none of
their files can grow any more from then on, as on a full disk. A soak that is stopped goes on where it was when
it is started again with the same directory. Each run is forked from a process that has imported everything,
which spares most of its time; Unix only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

import openpyxl

from orchestration.paths import SAMPLES

ROUND = "FY2566-12M"
FIRST_FILES = 4
# Every so many runs one is let to its end: what was dropped until then must be there.
LET_GO_EVERY = 20
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = ("os.rename", "os.remove", "os.link", "os.symlink", "os.rmdir", "os.mkdir", "sqlite3.connect")


@dataclass
class Dropped:
    """A file as it lay in the drop folder when it was whole."""

    name: str
    sha256: str
    saved_at_ns: int


@dataclass
class State:
    """What a soak has to remember; `seconds` and `writes` are those of the last run that came to its end."""

    seed: int
    run: int = 0
    seconds: float = 0.0
    writes: int = 0
    killed: int = 0
    filled: int = 0
    succeeded: int = 0
    dropped: list[Dropped] = field(default_factory=list)
    arrivals: list[list[Any]] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Soak:
    """One installation below a directory, with a copy of everything that was ever dropped."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.directory = directory.absolute()
        self.home = self.directory / "home"
        self.contents = self.directory / "dropped"
        self.path = self.directory / "soak.json"
        self.contents.mkdir(parents=True, exist_ok=True)
        self.state = State(seed)
        if self.path.exists():
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self.state = State(**kept | {"dropped": [Dropped(**d) for d in kept["dropped"]]})

    def save(self) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self.state), ensure_ascii=False), encoding="utf-8")
        draft.replace(self.path)

    # -- what comes in

    @property
    def inbox(self) -> Path:
        return self.home / "inbox" / ROUND

    def put(self, name: str, content: bytes) -> None:
        """Put a whole file into the drop folder as an office program does: beside it first, then in its place."""
        sha256 = hashlib.sha256(content).hexdigest()
        (self.contents / sha256).write_bytes(content)
        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        draft = path.with_name(f".{name}")
        draft.write_bytes(content)
        draft.rename(path)
        self.state.dropped.append(Dropped(name, sha256, path.stat().st_mtime_ns))

    def something_comes(self, draw: random.Random) -> Callable[[], None]:
        """Drop something, or nothing; return what is to happen in the middle of the run."""
        here = {d.name for d in self.state.dropped}
        late = [p for p in sorted((SAMPLES / ROUND).iterdir()) if p.name not in here]
        number = self.state.run
        form = draw.choice(forms())
        what = draw.choice(["nothing", "late", "again", "again", "broken", "half", "while it runs"])
        if what == "late" and late:
            self.put(late[0].name, late[0].read_bytes())
        elif what == "again":
            self.put(f"{form.stem} ครั้งที่ {number}.xlsx", changed(form, draw))
        elif what == "broken":
            content = form.read_bytes()
            broken = draw.choice(
                [content[: draw.randrange(len(content))], draw.randbytes(300), b"", b"<table><tr><td>"]
            )
            self.put(f"เสีย {number}{draw.choice(['.xlsx', '.xls', '.csv', '.pdf', '.html'])}", broken)
        elif what == "half":
            content, name = changed(form, draw), f"{form.stem} ทีละครึ่ง {number}.xlsx"
            (self.inbox / name).write_bytes(content[: len(content) // 2])
            return lambda: self.put(name, content)
        elif what == "while it runs":
            content = changed(form, draw)
            return lambda: self.put(f"{form.stem} ระหว่างทำ {number}.xlsx", content)
        return lambda: None

    # -- runs

    def run(self) -> None:
        """Run once, killed or not, and look at what is there afterwards."""
        state = self.state
        draw = random.Random(f"{state.seed}:{state.run}")
        if state.run == 0:
            for path in sorted((SAMPLES / ROUND).iterdir())[:FIRST_FILES]:
                self.put(path.name, path.read_bytes())
        in_the_middle = self.something_comes(draw)
        # What comes in the middle may wait for the next run.
        lay_there = list(state.dropped)
        let_go = state.run % LET_GO_EVERY == 0
        how = (
            "let go"
            if let_go
            else draw.choice(["kill in time", "kill at a write", "kill at a write", "kill in time", "full disk"])
        )
        # Most die early: what is killed late costs a whole run, and heals what the others left.
        when = draw.random() ** 2
        at_write = 1 + int(when * state.writes) if how in ("kill at a write", "full disk") else 0
        seconds = when * state.seconds if how == "kill in time" else None
        middle = draw.uniform(0, state.seconds)
        began = time.monotonic()
        child = forked(self.home, lambda: run_job(self.home, at_write, how == "full disk"))
        code = wait(child, min(middle, seconds or middle))
        in_the_middle()
        if code is None:
            code = wait(child, None if seconds is None else max(0.0, began + seconds - time.monotonic()))
        if code is None:
            os.kill(child, signal.SIGKILL)
            code = wait(child, None)
        assert code is not None
        if code == 0:
            state.seconds = time.monotonic() - began
            state.writes = int((self.home / "writes").read_text())
        state.killed += code == -signal.SIGKILL
        state.filled += how == "full disk" and code != 0
        state.succeeded += code == 0
        faults = self.look(let_go and code == 0, lay_there)
        if code not in (0, -signal.SIGKILL) and how != "full disk":
            faults.append(f"ended with {code}; see {self.home}/run.log")
        state.faults += [f"run {state.run}: {fault}" for fault in faults]
        state.run += 1
        self.save()

    def look(self, all_there: bool, lay_there: list[Dropped]) -> list[str]:
        """Return what does not hold; with `all_there`, also of the files that lay there as the run began."""
        found = self.directory / "look.json"
        dropped = [d for d in lay_there if (self.inbox / d.name).exists()]
        child = forked(self.home, lambda: write_json(found, examine(self.home, self.state, dropped, all_there)))
        assert wait(child, None) == 0, (self.home / "run.log").read_text(errors="replace")[-3000:]
        result = json.loads(found.read_text(encoding="utf-8"))
        self.state.arrivals, self.state.verified = result["arrivals"], result["verified"]
        return result["faults"]

    def compare(self) -> list[str]:
        """Let one run heal what is there, then return how it differs from an undisturbed installation."""
        child = forked(self.home, lambda: run_job(self.home))
        if wait(child, None) != 0:
            return ["the last run, which nobody disturbed, failed"]
        self.state.verified = []
        faults = self.look(True, self.state.dropped)
        other = self.directory / "undisturbed"
        shutil.rmtree(other, ignore_errors=True)
        child = forked(other, lambda: replay(self, other))
        if wait(child, None) != 0:
            return [*faults, f"the undisturbed run failed; see {other}/run.log"]
        mine, theirs = (tables_of(home) for home in (self.home, other))
        names = sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))
        if not mine:
            faults.append("no table to compare")
        return faults + [f"{name} is not that of an undisturbed run" for name in names]


@cache
def forms() -> list[Path]:
    """Return the sample's forms that have amounts written as numbers."""
    books = sorted((SAMPLES / ROUND).glob("*.xlsx"))
    return [path for path in books if "PlanNACC" not in path.name and amounts(openpyxl.load_workbook(path))]


def amounts(book: openpyxl.Workbook) -> list[Any]:
    return [
        c for row in book.active.iter_rows() for c in row if isinstance(c.value, (int, float)) and c.value > 999
    ]


def changed(form: Path, draw: random.Random) -> bytes:
    """Return a division's form with one amount changed by some baht."""
    book = openpyxl.load_workbook(form)
    draw.choice(amounts(book)).value += draw.randint(1, 99)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


# -- in processes of their own


def forked(home: Path, work: Callable[[], None]) -> int:
    """Do something in a child process whose output goes to run.log; return its process id."""
    home.mkdir(parents=True, exist_ok=True)
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        log = os.open(home / "run.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ |= {"SUCHARIT_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 71
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(child: int, seconds: float | None) -> int | None:
    """Return a child's exit code (minus the signal that killed it), or None where it goes on after that time."""
    until = None if seconds is None else time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, 0 if until is None else os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if until is not None and time.monotonic() >= until:
            return None
        time.sleep(0.01)


def run_job(home: Path, at_write: int = 0, fill: bool = False) -> None:
    """Run the whole job; kill this process as it is about to write for the n-th time, or take all room away."""
    from dagster import DagsterInstance

    from orchestration.definitions import defs

    written = count_writes(home, at_write, no_more_room if fill else kill)
    with DagsterInstance.get() as instance:
        result = defs.resolve_job_def("round_report").execute_in_process(
            partition_key=ROUND,
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
    (home / "writes").write_text(str(written()))
    raise SystemExit(0 if result.success else 1)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def no_more_room() -> None:
    """From now on no file of this process or its children grows: what a full disk does, without filling one."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def count_writes(home: Path, at_write: int, disturb: Callable[[], None]) -> Callable[[], int]:
    """Count what this process does to files below a directory; disturb it at the n-th time (0: never)."""
    count, below = 0, str(home)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event == "open":
            path, _, flags = arguments
            if not (isinstance(path, (str, os.PathLike)) and isinstance(flags, int) and flags & WRITING):
                return
            if not os.fspath(path).startswith(below):
                return
        elif event not in CHANGES or below not in str(arguments[0]):
            return
        count += 1
        if count == at_write:
            disturb()

    sys.addaudithook(hook)
    return lambda: count


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def examine(home: Path, state: State, dropped: list[Dropped], all_there: bool) -> dict[str, Any]:
    """Look at an installation; return what does not hold, and what was seen for the next look."""
    from orchestration import releases, upkeep
    from orchestration.settings import Settings

    settings, faults, arrivals = Settings(home=home), [], []
    known = {sha256 for _, _, sha256 in state.arrivals}
    if settings.ledger.exists():
        with closing(sqlite3.connect(settings.ledger)) as connection:
            if connection.execute("pragma integrity_check").fetchone() != ("ok",):
                faults.append("ledger.sqlite is damaged")
            rows = connection.execute(
                "select arrival_id, source_file, source_sha256 from arrival order by arrival_id"
            )
            arrivals = [list(row) for row in rows]
    if arrivals[: len(state.arrivals)] != state.arrivals:
        faults.append("arrivals that were there are gone or changed")
    for _, name, sha256 in arrivals:
        path = settings.submissions / sha256[:2] / sha256
        if not path.exists():
            faults.append(f"{name} is in the ledger and not in submissions/")
        elif (all_there or sha256 not in known) and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            faults.append(f"{name} is not what was received")
    if all_there:
        have = {(name, sha256) for _, name, sha256 in arrivals}
        faults += [f"{d.name} was dropped and never received" for d in dropped if (d.name, d.sha256) not in have]
    verified = list(state.verified)
    for release in releases.all_releases(settings):
        if release.release_id not in verified:
            faults += [f"{release.release_id}: {wrong}" for wrong in upkeep.verify(release)]
            verified.append(release.release_id)
    link = settings.releases / "current"
    if link.is_symlink() and not (link / "manifest.json").exists():
        faults.append("releases/current names no complete release")
    if all_there and not link.is_symlink():
        faults.append("there is no release")
    shown = settings.reports / ROUND / "current"
    if shown.is_symlink() and not (shown / "round_report.html").exists() and not list(shown.glob("round_report*")):
        faults.append("reports/current names no reports")
    return {"faults": faults, "arrivals": arrivals, "verified": verified}


def replay(soak: Soak, home: Path) -> None:
    """Receive in another installation what was received in a soak's, at the same moments; run the job once."""
    from orchestration import dbt, intake
    from orchestration.__main__ import init
    from orchestration.settings import Settings

    init(None)
    settings = Settings(home=home)
    dbt.prepared_manifest(settings)
    with closing(sqlite3.connect(soak.home / "ledger.sqlite")) as connection:
        rows = connection.execute(
            "select received_at, source_file, source_sha256 from arrival order by arrival_id"
        )
        received = rows.fetchall()
    saved_at = {(d.name, d.sha256): d.saved_at_ns for d in soak.state.dropped}
    # What was received half copied has no time of its own: it was there before the whole of it.
    earliest = {d.name: d.saved_at_ns - 1 for d in reversed(soak.state.dropped)}
    folder = settings.inbox / ROUND
    folder.mkdir(parents=True)
    clock = intake.datetime
    for moment, some in groupby(received, key=lambda row: row[0]):
        for _, name, sha256 in some:
            content = (soak.home / "submissions" / sha256[:2] / sha256).read_bytes()
            (folder / name).write_bytes(content)
            at = saved_at.get((name, sha256), earliest[name])
            os.utime(folder / name, ns=(at, at))
        intake.datetime = stopped_at(datetime.fromisoformat(moment))  # type: ignore[misc]
        intake.receive(settings, ROUND, pause=lambda seconds: None)
    intake.datetime = clock  # type: ignore[misc]
    run_job(home)


def stopped_at(moment: datetime) -> type[datetime]:
    """Return a datetime whose clock stands still."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return moment.astimezone(tz)

    return Stopped


def tables_of(home: Path) -> dict[str, bytes]:
    """Return the Parquet files of the serving release by name."""
    parquet = home / "releases" / "current" / "parquet"
    return {p.relative_to(parquet).as_posix(): p.read_bytes() for p in sorted(parquet.rglob("*.parquet"))}


def prepare(home: Path) -> None:
    """Make the installation, and import what runs need, so that a forked run has it already."""
    from orchestration.__main__ import init

    os.environ |= {"SUCHARIT_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    if not (home / "sucharit.toml").exists():
        init(None)

    def parse() -> None:
        from orchestration import dbt

        dbt.prepared_manifest()

    # dbt starts threads, which a process that forks must not have.
    assert wait(forked(home, parse), None) == 0
    import great_expectations  # noqa: F401

    from orchestration.definitions import defs
    from orchestration.reports import write_reports  # noqa: F401

    defs.resolve_job_def("round_report")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--minutes", type=float, default=24 * 60, help="stop after so many minutes; start again to go on"
    )
    arguments = parser.parse_args()
    until = time.monotonic() + arguments.minutes * 60
    soak = Soak(arguments.directory, arguments.seed)
    prepare(soak.home)
    while soak.state.run < arguments.runs and time.monotonic() < until:
        soak.run()
        s = soak.state
        print(
            f"\r{s.run} runs, {s.killed} killed, {s.succeeded} to their end, {len(s.faults)} faults",
            end="",
            flush=True,
        )
    print()
    if soak.state.run >= arguments.runs:
        soak.state.faults += soak.compare()
        soak.save()
        state = soak.state
        print(
            f"{state.run} runs, {state.killed} killed, {state.filled} with a full disk; {len(state.dropped)} files"
            f" dropped, {len(state.arrivals)} arrivals, {len(state.verified)} releases there;"
            f" {len(state.faults)} faults"
        )
    print("\n".join(soak.state.faults))
    return 1 if soak.state.faults else 0


if __name__ == "__main__":
    sys.exit(main())
