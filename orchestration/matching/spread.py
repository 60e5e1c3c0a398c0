"""Matching for a nation: province by province over processes, and nothing that was matched before matched again.

What is matched depends on the rows of one local government, the weights and this package alone, so it may be done
in any order and in any process, and what came of the same rows may be taken from an earlier build: it is kept
under a hash of all that it depends on. Without what is kept the result is the same, only later.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib import metadata
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.arrow import as_bytes, from_bytes
from orchestration.kept import forget_old, used
from orchestration.matching.evidence import Ints, Weights
from orchestration.paths import PROJECT

Tables = dict[str, pa.Table]
Match = Callable[[Tables, Weights], pa.Table]
# With fewer rows than a few local governments have, a process costs more than it saves.
ROWS_FOR_PROCESSES = 10_000
# Parts given to the processes and not answered yet: they and their answers are held in memory.
IN_HAND = 4
# Of a code: after the kind of local government stands the province.
PROVINCE = slice(1, 3)
# The same in SQL. Tables that come in the order of their parts are cut; others are copied as a whole first, which
# takes hundreds of megabytes of a nation.
PROVINCE_SQL = "substr(lgo_code, 2, 2)"


def by_province(
    match: Match,
    tables: Tables,
    weights: Weights,
    *,
    each: Sequence[str],
    kept: Path | None = None,
    processes: int = 0,
) -> pa.Table:
    """Return what `match` makes of the tables, taken apart by province (of lgo_code) and the columns `each`.

    `match` is a function of a module that treats every value of lgo_code and `each` by itself. `kept` is a folder
    for what came of a part (None: nothing is kept); `processes` 0 stands for as many as there are cores. Parts
    come in the order of their keys, so the result does not depend on the number of processes.
    """
    if sum(table.num_rows for table in tables.values()) < ROWS_FOR_PROCESSES:
        return match(tables, weights)
    processes = processes or len(os.sched_getaffinity(0))
    made: list[pa.Table] = []
    waiting: deque[tuple[Path | None, Future[bytes] | pa.Table]] = deque()
    packed_weights = repr(sorted(weights.points.items())).encode()

    def take() -> None:
        place, found = waiting.popleft()
        if isinstance(found, Future):
            found = from_bytes(found.result())
            if place:
                _keep(place, found)
        made.append(found)

    children = _Children()
    try:
        with ThreadPoolExecutor(processes) as pool:
            for part in _parts(tables, each):
                place = kept and kept / f"{_digest(match, part, packed_weights)}.parquet"
                before = _kept(place)
                if before is None:
                    packed = {name: as_bytes(table) for name, table in part.items()}
                    waiting.append((place, pool.submit(children.ask, match, packed, weights)))
                else:
                    waiting.append((place, before))
                while len(waiting) > processes * IN_HAND:
                    take()
            while waiting:
                take()
    finally:
        children.end()
    if kept:
        forget_old(kept)
    return pa.concat_tables(made)


def _parts(tables: Tables, each: Sequence[str]) -> Iterator[Tables]:
    """Yield the tables part by part; a table that is not in the order of its parts is put in order once."""
    ordered: dict[str, tuple[pa.Table, dict[tuple[str, ...], tuple[int, int]]]] = {}
    for name, table in tables.items():
        codes, keys = _numbered(table, each)
        if np.any(np.diff(codes) < 0):
            order = np.argsort(codes, kind="stable")
            table, codes = table.take(pa.array(order)), codes[order]
        begins = np.flatnonzero(np.diff(codes, prepend=-1))
        ends = np.append(begins[1:], table.num_rows)
        at = {keys[codes[begin]]: (int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)}
        ordered[name] = table, at
    for key in sorted({key for _, at in ordered.values() for key in at}):
        # In one order, whatever the order in which a database gave the rows: what is kept is found by its hash.
        yield {
            name: table.slice(begin, end - begin).sort_by([(column, "ascending") for column in table.column_names])
            for name, (table, at) in ordered.items()
            for begin, end in [at.get(key, (0, 0))]
        }


def _numbered(table: pa.Table, each: Sequence[str]) -> tuple[Ints, dict[int, tuple[str, ...]]]:
    """Return for each row the number of its part, in the order of the parts' keys, and the key of each number."""
    province = pc.utf8_slice_codeunits(pc.fill_null(table["lgo_code"], ""), PROVINCE.start, PROVINCE.stop)
    codes = np.zeros(table.num_rows, np.int64)
    keys: dict[int, tuple[str, ...]] = {0: ()}
    for column in (province, *(table[name] for name in each)):
        encoded = column.combine_chunks().dictionary_encode()
        values = encoded.dictionary.to_pylist()
        rank = np.empty(len(values), np.int64)
        rank[sorted(range(len(values)), key=values.__getitem__)] = np.arange(len(values))
        codes = codes * len(values) + rank[encoded.indices.to_numpy()]
        keys = {
            number * len(values) + int(rank[n]): (*key, value)
            for number, key in keys.items()
            for n, value in enumerate(values)
        }
    return codes, keys


# -- the processes


class _Children:
    """A process for each thread that asks; it starts with the first question and ends with `end`."""

    def __init__(self) -> None:
        self._of_thread = threading.local()
        self._all: list[tuple[subprocess.Popen[bytes], Connection]] = []

    def ask(self, match: Match, packed: Mapping[str, bytes], weights: Weights) -> bytes:
        """Return what a process makes of packed tables. Raises RuntimeError where it ends instead."""
        if not hasattr(self._of_thread, "pipe"):
            ours, theirs = Pipe()
            # Not multiprocessing's own: that imports the main module anew, whatever program this runs in.
            command = [sys.executable, "-c", CHILD, str(theirs.fileno())]
            process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            theirs.close()
            self._of_thread.pipe = ours
            self._all.append((process, ours))
        try:
            self._of_thread.pipe.send((match, packed, weights))
            answer: bytes = self._of_thread.pipe.recv()
        except (EOFError, OSError) as error:
            raise RuntimeError("a process that matches names has ended; its last words are above") from error
        return answer

    def end(self) -> None:
        for process, pipe in self._all:
            pipe.close()
            process.wait()


CHILD = """
import sys
from multiprocessing.connection import Connection
from orchestration.matching import spread
spread.serve(Connection(int(sys.argv[1])))
"""


def serve(pipe: Connection) -> None:
    """Match what the parent sends until it closes the pipe."""
    while True:
        try:
            match, packed, weights = pipe.recv()
        except EOFError:
            return
        pipe.send(as_bytes(match({name: from_bytes(content) for name, content in packed.items()}, weights)))


# -- what is kept


@cache
def _code() -> bytes:
    """Return a fingerprint of everything but the rows and weights that decides what is matched with what."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("*.py")), here.parent / "spreadsheets" / "thai.py"]
    library = f"rapidfuzz {metadata.version('rapidfuzz')}".encode()
    return hashlib.sha256(b"\0".join([library, *(path.read_bytes() for path in files)])).digest()


def _digest(match: Match, part: Tables, weights: bytes) -> str:
    """Return a hash of the values: where one is missing, or a slice ends, memory holds whatever it held before."""
    digest = hashlib.sha256(_code() + match.__qualname__.encode() + b"\0" + weights)
    for name, table in part.items():
        digest.update(f"\0{name}\0{table.num_rows}\0".encode())
        for column in table.column_names:
            values = table[column].combine_chunks()
            digest.update(np.packbits(values.is_valid().to_numpy(zero_copy_only=False)).tobytes())
            if values.null_count < len(values):
                there = values.take(pa.array(np.flatnonzero(values.is_valid())))
                digest.update(as_bytes(pa.table({column: there})))
    return digest.hexdigest()


def _kept(place: Path | None) -> pa.Table | None:
    if place is None or not used(place):
        return None
    try:
        return pq.read_table(place)
    except (OSError, pa.ArrowInvalid):  # half written by a machine that went off: matched anew
        return None


def _keep(place: Path, table: pa.Table) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}")
    pq.write_table(table, draft, compression="zstd")
    draft.replace(place)
