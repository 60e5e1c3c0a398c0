"""Reading submissions in processes of their own: a file that kills or hangs its reader takes nothing else along.

A worker reads one file after the other and answers each, so that a worker that ends names the file that ended it.
The workers are plain child processes (`python -m orchestration.workers`) that import the reader and nothing of
Dagster: the first answers after about 0.2 s. Needs Unix: memory and time are limited by the kernel.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path

from orchestration.paths import PROJECT
from orchestration.spreadsheets.layouts import messages
from orchestration.spreadsheets.parse import Parsed, parse

# Twice what the largest file that the guard lets through needs.
MEMORY_BYTES = 900 * 2**20
# Wall seconds for one file; a form takes milliseconds, the largest file that the guard lets through some four.
SECONDS = 10.0
# Below this a second worker costs more than it saves.
FILES_FOR_A_SECOND_WORKER = 50
# Files given to a worker: the one that it reads, and the next, so that it never waits for this process.
IN_HAND = 2
# How far reading may run ahead of the oldest file that is still being read: what waits is held in memory.
AHEAD = 64
SECONDS_BETWEEN_PROGRESS = 5.0


@dataclass(frozen=True)
class Work:
    """One stored submission to read."""

    path: Path
    round_key: str
    source_file: str
    sha256: str


def read_isolated(
    works: Sequence[Work],
    scope: frozenset[str],
    workers: int | None = None,
    say: Callable[[str], object] | None = None,
    seconds: float = SECONDS,
) -> Iterator[tuple[Work, Parsed]]:
    """Yield every submission with what was read from it, in the order given, whatever the number of workers.

    A file that ends its worker comes back with one quarantine row: reader_timeout after `seconds`, reader_crashed
    when a second, fresh worker ended as well. `say` gets a line about the progress every few seconds.
    Raises RuntimeError where a worker cannot even start.
    """
    if not works:
        return
    most = workers or (len(os.sched_getaffinity(0)) if len(works) >= FILES_FOR_A_SECOND_WORKER else 1)
    queue = deque(enumerate(works))
    pool: list[_Worker] = []
    done: dict[int, Parsed] = {}
    tried: set[int] = set()
    started = said = time.monotonic()
    following = 0
    try:
        while following < len(works):
            if queue and len(pool) < most:
                pool.append(_Worker(scope, seconds))
            for worker in pool * IN_HAND:
                if queue and len(worker.held) < IN_HAND and queue[0][0] < following + AHEAD:
                    worker.take(*queue.popleft())
            for worker in _ready(pool):
                parsed = worker.result()
                number, work = worker.held.popleft()
                if parsed is None:
                    pool.remove(worker)
                    queue.extendleft(reversed(worker.held))
                    if not worker.ended_by_the_file and number not in tried:
                        # Something else may have ended it: once more, in a fresh worker.
                        tried.add(number)
                        queue.appendleft((number, work))
                        continue
                    rule = "reader_timeout" if worker.timed_out else "reader_crashed"
                    parsed = refused(work, rule, worker.ending(seconds))
                done[number] = parsed
            while following in done:
                yield works[following], done.pop(following)
                following += 1
                if say and time.monotonic() - said > SECONDS_BETWEEN_PROGRESS:
                    said = time.monotonic()
                    say(progress(following, len(works), said - started))
    finally:
        for worker in pool:
            worker.end()


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
    return Parsed(rows={"quarantine": [row]})


class _Worker:
    """The parent's side of one child process."""

    def __init__(self, scope: frozenset[str], seconds: float) -> None:
        self.pipe, theirs = connection.Pipe()
        # What it was given and has not answered yet; it reads the first of them.
        self.held: deque[tuple[int, Work]] = deque()
        # Open as long as the child may write to it.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.workers", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
        )
        # With this end open here too, the end of the child would go unnoticed.
        theirs.close()
        try:
            self.pipe.send((scope, seconds))
            self.pipe.recv()
        except (EOFError, OSError) as error:
            self._process.wait()
            self._errors.seek(0)
            words = self._errors.read().decode("utf-8", "replace")[-500:]
            self.end()
            raise RuntimeError("a reader process does not start: " + words) from error

    def take(self, number: int, work: Work) -> None:
        self.held.append((number, work))
        with suppress(OSError):  # ended while idle: `result` finds out
            self.pipe.send(work)

    def result(self) -> Parsed | None:
        """Return what the child sent, or None where it ended instead."""
        try:
            parsed: Parsed = self.pipe.recv()
            return parsed
        except (EOFError, OSError):
            self._process.wait()
            self.end()
            return None

    @property
    def timed_out(self) -> bool:
        return self._process.returncode == -signal.SIGALRM

    @property
    def ended_by_the_file(self) -> bool:
        """Tell whether nothing else can have ended the child: its time or its memory was used up."""
        return self.timed_out or self._process.returncode == OUT_OF_MEMORY

    def ending(self, seconds: float) -> str:
        """Say in a few words how the child ended."""
        if self.timed_out:
            return f"> {seconds:g} s"
        code = self._process.returncode
        return signal.Signals(-code).name if code < 0 else "memory" if code == OUT_OF_MEMORY else f"exit {code}"

    def end(self) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.wait()
        self._errors.close()


# -- the child

OUT_OF_MEMORY = 77


def serve(pipe: Connection) -> None:
    """Read what the parent sends until it closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The kernel ends the process when the time of a file is over, whatever code it hangs in, parent or no parent.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    scope, seconds = pipe.recv()
    pipe.send("ready")
    while True:
        try:
            work = pipe.recv()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, seconds)
        parsed = read_one(work, scope)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send(parsed)


def read_one(work: Work, scope: frozenset[str]) -> Parsed:
    """Parse one stored submission; a fault of the reader itself quarantines the file instead of the round."""
    try:
        return parse(work.path.read_bytes(), work.round_key, work.source_file, work.sha256, scope)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # what is left of this process is not to be relied on
    except Exception as error:
        return refused(work, "reader_failed", f"{type(error).__name__}: {error}"[:200])


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
