"""Reading submissions in processes of their own: a file that kills or hangs its reader takes nothing else along.

A worker gets files by the batch and sends back tables, because rows cost more to send one by one than to read.
When it ends in the middle of a batch, the files that it had not answered are read one by one, so that one that
ends its worker is known by name and the others come through. Workers are split off from a nursery, a process that
has imported the reader and nothing of Dagster and that never reads a file: the first answers after about 0.3 s,
any other at once. Needs Unix: memory and time are limited by the kernel.
"""

from __future__ import annotations

import atexit
import gc
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from multiprocessing import connection, reduction
from multiprocessing.connection import Connection
from typing import Any, NoReturn

import pyarrow as pa

from orchestration import registry
from orchestration.allocator import keep_freed_memory
from orchestration.arrow import as_bytes, from_bytes
from orchestration.paths import PROJECT
from orchestration.spreadsheets import columns
from orchestration.spreadsheets.columns import Layouts, Run
from orchestration.spreadsheets.layouts import messages
from orchestration.spreadsheets.parse import Parsed, parse_sheets, take_apart
from orchestration.spreadsheets.tables import decoded, from_rows, in_order, kinds

# Twice what the largest file that the guard lets through needs.
MEMORY_BYTES = 900 * 2**20
# Wall seconds for one file; a form takes milliseconds, the largest file that the guard lets through some four.
SECONDS = 10.0
# Below this a second worker costs more than it saves.
FILES_FOR_A_SECOND_WORKER = 50
# Files given to a worker at once: so many that what is done once for all of them hardly counts.
FILES_AT_ONCE = 200
# Files taken apart together, a step at a time: so many that a step's code is at hand, and no more than stays so.
FILES_TOGETHER, BYTES_TOGETHER = 50, 2 * 2**20
# Names of files given to a worker at once, in bytes: a batch fits into what a pipe holds (208 KiB on Linux), so
# that neither side ever waits for the other to read what it sends.
BYTES_OF_NAMES = 96 * 2**10
# A worker answers as soon as it holds so many rows: they are what its memory is spent on.
ROWS_AT_ONCE = 50_000
# Batches given to a worker: the one that it reads, and the next, so that it never waits for this process.
IN_HAND = 2
# How many batches reading may run ahead of the oldest one that is still being read: what waits is held in memory.
AHEAD = 6
SECONDS_BETWEEN_PROGRESS = 5.0


@dataclass(frozen=True)
class Work:
    """One stored submission to read."""

    path: str | os.PathLike[str]
    round_key: str
    source_file: str
    sha256: str


@dataclass(frozen=True)
class Summary:
    """What one submission turned out to be: how many rows count and were refused, and the first refusal.

    `is_refused` says that the file is refused as a whole.
    """

    kinds: tuple[str, ...]
    lgo_code: str | None
    division: str | None
    province_code: str | None
    rows_accepted: int
    rows_quarantined: int
    is_refused: bool
    rule: str | None
    message_th: str | None
    message_en: str | None


@dataclass(frozen=True)
class Read:
    """Some submissions with a summary of each, and their rows by table."""

    works: Sequence[Work]
    summaries: Sequence[Summary]
    tables: dict[str, pa.Table]


def read_isolated(
    works: Sequence[Work],
    scope: frozenset[str],
    workers: int | None = None,
    say: Callable[[str], object] | None = None,
    seconds: float = SECONDS,
) -> Iterator[Read]:
    """Yield every submission with what was read from it, in the order given, whatever the number of workers.

    A file that ends its worker comes back with one quarantine row: reader_timeout after `seconds`, reader_crashed
    when a second, fresh worker ended as well. `say` gets a line about the progress every few seconds.
    Raises RuntimeError where a worker cannot even start.
    """
    if not works:
        return
    most = workers or (len(os.sched_getaffinity(0)) if len(works) >= FILES_FOR_A_SECOND_WORKER else 1)
    # By the place of the first file: answers are put back into this order.
    queue = deque(batches(works, most))
    nursery = _taken(scope, seconds)
    pool: list[_Worker] = []
    done: dict[int, Read] = {}
    tried: set[int] = set()
    started = said = time.monotonic()
    following = 0
    try:
        while following < len(works):
            while queue and len(pool) < most:
                pool.append(_Worker(nursery))
            for worker in pool * IN_HAND:
                if queue and len(worker.held) < IN_HAND and queue[0][0] < following + AHEAD * FILES_AT_ONCE:
                    worker.take(*queue.popleft())
            for worker in _ready(pool):
                read = worker.result()
                number, batch = worker.held.popleft()
                if read is None:
                    pool.remove(worker)
                    queue.extendleft(reversed(worker.held))
                    if len(batch) > 1:
                        queue.extendleft((number + n, [work]) for n, work in reversed([*enumerate(batch)]))
                        continue
                    if not worker.ended_by_the_file and number not in tried:
                        # Something else may have ended it: once more, in a fresh worker.
                        tried.add(number)
                        queue.appendleft((number, batch))
                        continue
                    rule = "reader_timeout" if worker.timed_out else "reader_crashed"
                    read = _as_read(batch, [refused(batch[0], rule, worker.ending(seconds))])
                done[number] = read
                if rest := batch[len(read.works) :]:
                    worker.held.appendleft((number + len(read.works), rest))
            while following in done:
                read = done.pop(following)
                following += len(read.works)
                yield read
                if say and time.monotonic() - said > SECONDS_BETWEEN_PROGRESS:
                    said = time.monotonic()
                    say(progress(following, len(works), said - started))
    finally:
        for worker in pool:
            worker.end()
        nursery.end()


def batches(works: Sequence[Work], workers: int) -> Iterator[tuple[int, list[Work]]]:
    """Yield the files to read in batches, each with the place of its first file.

    Smaller ones towards the end: the workers end together, and little is left to write for this process alone.
    """
    most = min(FILES_AT_ONCE, -(-len(works) // workers))
    start = 0
    while start < len(works):
        share = -(-(len(works) - start) // (2 * workers))
        some = works[start : start + min(most, max(FILES_TOGETHER, share))]
        names = accumulate(len(os.fsencode(work.path)) + len(work.source_file.encode()) for work in some)
        batch = [work for work, size in zip(some, names, strict=True) if size <= BYTES_OF_NAMES] or [some[0]]
        yield start, batch
        start += len(batch)


def _ready(pool: list[_Worker]) -> list[_Worker]:
    """Wait until a worker has something to say, or has ended; return all such."""
    by_pipe = {worker.pipe: worker for worker in pool if worker.held}
    return [by_pipe[pipe] for pipe in connection.wait(list(by_pipe)) if isinstance(pipe, Connection)]


def progress(done: int, total: int, seconds: float) -> str:
    """Return one line: how far, how fast, how long still."""
    rate = done / seconds
    return f"read {done:,} of {total:,} files, {rate:,.1f} a second, about {(total - done) / rate:,.0f} s left"


def refused(work: Work, rule: str, found: str) -> Parsed:
    """Return what stands for a submission that the reader could not finish: one quarantine row for the file."""
    message = messages()[rule]
    row = {
        "round_key": work.round_key,
        "source_file": work.source_file,
        "source_sha256": work.sha256,
        "rule": message.rule,
        "scope": message.scope,
        "value_as_written": found,
        "message_th": message.th.format(found=found),
        "message_en": message.en.format(found=found),
    }
    return Parsed(pieces={"quarantine": [row]})


class _Nursery:
    """The parent's side of the process that workers are split off from. It gets ready by itself until `begin`."""

    def __init__(self) -> None:
        self._pipe, theirs = connection.Pipe()
        # Open as long as the child may write to it.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
        )
        # With this end open here too, the end of the child would go unnoticed.
        theirs.close()

    def begin(self, scope: frozenset[str], seconds: float) -> None:
        """Wait until it is ready, for workers with this scope and these seconds for a file."""
        self._ask((scope, seconds))

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _ask(self, question: object, handle: int | None = None) -> Any:
        """Return the answer to a question that an open file may go with. Raises RuntimeError for want of one."""
        try:
            self._pipe.send(question)
            if handle is not None:
                reduction.send_handle(self._pipe, handle, self._process.pid)
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            words = ""
            if not self._errors.closed:
                self._process.wait()
                self._errors.seek(0)
                words = self._errors.read().decode("utf-8", "replace")[-500:]
                self.end()
            raise RuntimeError("a reader process does not start: " + words) from error

    def split_off(self) -> tuple[Connection, int]:
        """Return the pipe to a new worker and its process id."""
        ours, theirs = connection.Pipe()
        with theirs:
            return ours, self._ask(SPLIT_OFF, theirs.fileno())

    def ending(self, pid: int) -> int:
        """Wait for a worker to end; return how it did, as subprocess does: below 0 for a signal."""
        code: int = self._ask(pid)
        return code

    def end(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()
        self._errors.close()


# One that is not in use yet, or none.
_prepared: list[_Nursery] = []


def prepare() -> None:
    """Let what readers are split off from get ready beside what this process does before it reads."""
    if not _prepared:
        with suppress(OSError):  # whoever reads tries again, and says so
            _prepared.append(_Nursery())


@atexit.register
def end_prepared() -> None:
    """End what got ready and was not needed."""
    while _prepared:
        _prepared.pop().end()


def _taken(scope: frozenset[str], seconds: float) -> _Nursery:
    nursery = _prepared.pop() if _prepared else _Nursery()
    if not nursery.is_alive:  # has come to harm while nobody looked
        nursery.end()
        nursery = _Nursery()
    nursery.begin(scope, seconds)
    return nursery


class _Worker:
    """The parent's side of one worker."""

    def __init__(self, nursery: _Nursery) -> None:
        self._nursery = nursery
        self.pipe, self._pid = nursery.split_off()
        # What it was given and has not answered yet; it reads the first of them.
        self.held: deque[tuple[int, list[Work]]] = deque()
        self._code: int | None = None

    def take(self, number: int, batch: list[Work]) -> None:
        self.held.append((number, batch))
        with suppress(OSError):  # ended while idle: `result` finds out
            self.pipe.send(batch)

    def result(self) -> Read | None:
        """Return what the child sent of the first batch held, or None where it ended instead."""
        try:
            summaries, names = self.pipe.recv()
            tables = {table: decoded(table, from_bytes(self.pipe.recv_bytes())) for table in names}
        except (EOFError, OSError):
            self.pipe.close()
            self._code = self._nursery.ending(self._pid)
            return None
        return Read(self.held[0][1][: len(summaries)], summaries, tables)

    @property
    def timed_out(self) -> bool:
        return self._code == -signal.SIGALRM

    @property
    def ended_by_the_file(self) -> bool:
        """Tell whether nothing else can have ended the child: its time or its memory was used up."""
        return self.timed_out or self._code == OUT_OF_MEMORY

    def ending(self, seconds: float) -> str:
        """Say in a few words how the child ended."""
        code = self._code or 0
        if self.timed_out:
            return f"> {seconds:g} s"
        return signal.Signals(-code).name if code < 0 else "memory" if code == OUT_OF_MEMORY else f"exit {code}"

    def end(self) -> None:
        self.pipe.close()
        # As long as the nursery has not waited for it, the number is still its own.
        if self._nursery.is_alive:
            os.kill(self._pid, signal.SIGKILL)
            with suppress(RuntimeError):
                self._nursery.ending(self._pid)


# -- the child

CHILD = """
import sys
from multiprocessing.connection import Connection
from orchestration import workers
workers.serve(Connection(int(sys.argv[1])))
"""
OUT_OF_MEMORY = 77
# What the nursery is asked for, other than how the worker of a process id ended.
SPLIT_OFF = 0


class _NoPandas:
    """Lets Arrow do without pandas, which it imports to ask whether a list is a series: 0.3 s for nothing.

    A finder of modules (sys.meta_path), though not by class: importlib.abc takes 30 ms to import.
    """

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def serve(pipe: Connection) -> None:
    """Be the nursery: get the reader ready, then split off workers and wait for them until the pipe is closed."""
    sys.meta_path.insert(0, _NoPandas())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The kernel ends the process when the time of a file is over, whatever code it hangs in, parent or no parent.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    keep_freed_memory()
    # What every file needs is read before the time of the first one begins.
    registry.names_in(next(iter(registry.register().values())).full_name)
    # What has been imported stays; of what a file makes, little is circular.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        scope, seconds = pipe.recv()
    except EOFError:  # nobody had anything to read
        return
    pipe.send("ready")
    while True:
        try:
            asked = pipe.recv()
        except EOFError:
            return
        if asked != SPLIT_OFF:
            _, status = os.waitpid(asked, 0)
            pipe.send(os.waitstatus_to_exitcode(status))
            continue
        handle = reduction.recv_handle(pipe)
        pid = os.fork()
        if not pid:
            pipe.close()
            _be_a_worker(Connection(handle), scope, seconds)
        os.close(handle)
        pipe.send(pid)


def _be_a_worker(pipe: Connection, scope: frozenset[str], seconds: float) -> NoReturn:
    """Read until the pipe is closed, then end this process: nothing of the nursery's is left to do in it."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        _read_batches(pipe, scope, seconds)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _read_batches(pipe: Connection, scope: frozenset[str], seconds: float) -> None:
    """Read what the parent sends until it closes the pipe."""
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        held: list[Parsed] = []
        layouts = Layouts()
        answered = rows = 0
        for some in groups(batch):
            read = read_together(some, scope, layouts, partial(signal.setitimer, signal.ITIMER_REAL, seconds))
            held += read
            rows += sum(parsed.count(table) for parsed in read for table in parsed.pieces)
            if answered + len(held) == len(batch) or rows > ROWS_AT_ONCE:
                try:
                    summaries = [summary(one) for one in held]
                    packed = {table: as_bytes(rows) for table, rows in _together(held).items()}
                except MemoryError:
                    os._exit(OUT_OF_MEMORY)
                signal.setitimer(signal.ITIMER_REAL, 0)
                pipe.send((summaries, [*packed]))
                for content in packed.values():
                    pipe.send_bytes(content)
                answered += len(held)
                held, layouts, rows = [], Layouts(), 0


def groups(batch: Sequence[Work]) -> Iterator[Sequence[Work]]:
    """Yield the files of a batch, some at a time: few, and small ones."""
    some: list[Work] = []
    size = 0
    for work in batch:
        try:
            length = os.stat(work.path).st_size  # noqa: PTH116
        except OSError:  # who reads it says so
            length = 0
        if some and (len(some) == FILES_TOGETHER or size + length > BYTES_TOGETHER):
            yield some
            some, size = [], 0
        some.append(work)
        size += length
    yield some


def read_together(
    works: Sequence[Work],
    scope: frozenset[str],
    layouts: Layouts,
    begin: Callable[[], object] = lambda: None,
) -> list[Parsed]:
    """Read some stored submissions and parse each; a fault of the reader quarantines one file, not the round.

    `begin` is called where the time begins that they have together to be read, and each to be parsed.
    """
    begin()
    try:
        taken = take_apart([_content(work) for work in works], layouts)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # what is left of this process is not to be relied on
    except Exception as error:
        if len(works) > 1:
            return [parsed for work in works for parsed in read_together([work], scope, layouts, begin)]
        return [_failed(works[0], error)]
    found = []
    for work, one in zip(works, taken, strict=True):
        begin()
        try:
            found.append(parse_sheets(one, work.round_key, work.source_file, work.sha256, scope, layouts))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except Exception as error:
            found.append(_failed(work, error))
    return found


def _content(work: Work) -> bytes:
    with open(work.path, "rb") as file:  # noqa: PTH123
        return file.read()


def _failed(work: Work, error: Exception) -> Parsed:
    return refused(work, "reader_failed", f"{type(error).__name__}: {error}"[:200])


def summary(parsed: Parsed) -> Summary:
    """Return what the ledger keeps of a submission."""
    quarantined = parsed.single("quarantine")
    whole = next((row for row in quarantined if row["scope"] == "file"), None)
    first = whole or (quarantined[0] if quarantined else {})
    return Summary(
        kinds=tuple(parsed.kinds),
        lgo_code=parsed.lgo_code,
        division=parsed.division,
        province_code=parsed.province_code,
        rows_accepted=0 if whole else sum(map(parsed.count, parsed.pieces.keys() & kinds())),
        rows_quarantined=len(quarantined),
        is_refused=whole is not None,
        rule=first.get("rule"),
        message_th=first.get("message_th"),
        message_en=first.get("message_en"),
    )


def _together(some: Sequence[Parsed]) -> dict[str, pa.Table]:
    """Return the rows of several submissions by table, to be decoded (tables.decoded)."""
    rows: dict[str, list[dict[str, Any]]] = {}
    runs: list[Run] = []
    for parsed in some:
        for table in parsed.pieces:
            rows.setdefault(table, []).extend(parsed.single(table))
        runs += parsed.runs
    made = {table: [from_rows(table, single)] for table, single in rows.items() if single}
    if runs:
        made.setdefault(columns.KIND, []).extend(columns.to_arrow(runs))
    # Tables of several layouts, or with rows that were read one by one, have their columns in common decoded only.
    made = {
        table: [decoded(table, a) for a in parts] if len(parts) > 1 else parts for table, parts in made.items()
    }
    # Here, where several processes do it, rather than where all of them are put together.
    return {table: in_order(pa.concat_tables(parts)) for table, parts in made.items()}


def _as_read(works: Sequence[Work], some: Sequence[Parsed]) -> Read:
    tables = {table: decoded(table, rows) for table, rows in _together(some).items()}
    return Read(works, [summary(parsed) for parsed in some], tables)
