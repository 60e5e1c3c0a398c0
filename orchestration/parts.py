"""Rows of a round on disk: each table in parts by the SHA-256 of the file that a row came from.

A part holds the rows of some FILES_IN_A_PART files, whatever the size of the round. So the memory that a round
needs, what is written again for one changed file, and what a stop in the middle of reading costs do not grow
with it. A small round is one part.

A part is a power of two's share of all hashes and a file is its rows in a fixed order, so the same submissions
give the same bytes in whatever order and by however many processes they were read. `parts.json` beside the files
names those that count; a round that outgrows its parts gets new ones before that list is switched to them.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.spreadsheets.tables import SOURCE, schema, tables

FILES_IN_A_PART = 1_000
# What is read at least to find the rows of one file; smaller groups make larger files, and take longer to write.
ROWS_IN_A_GROUP = 8_192
# By what rows are looked for: of these Parquet says for every group from where to where they reach.
LOOKED_FOR = {name for name, _ in SOURCE}
# Hexadecimal digits of a hash that decide on its part, and their bits.
DIGITS, BITS = 8, 32


def parts_for(files: int) -> int:
    """Return how many parts a round of so many files has: a power of two."""
    return 1 << (max(0, files - 1) // FILES_IN_A_PART).bit_length()


def part_name(stem: str, number: int, count: int) -> str:
    """Return the name of a part's file: `stem.parquet` for the only one, `stem.003-of-128.parquet`."""
    return f"{stem}.parquet" if count == 1 else f"{stem}.{number:03}-of-{count}.parquet"


def write_atomically(target: Path, write: Callable[[Path], object], mode: int = 0o640) -> None:
    """Write a file beside its place, flush it to disk and rename it into place: all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-", suffix=target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table unless the file already holds exactly it: an unchanged night changes no file."""
    if path.exists():
        with suppress(pa.ArrowInvalid):  # damaged: it is written anew
            there = pq.read_table(path)
            if there.schema == table.schema and there.equals(table):
                return
    write_atomically(path, lambda temporary: _write(temporary, table))


def _write(path: Path, table: pa.Table) -> None:
    looked_for = [name for name in table.column_names if name in LOOKED_FOR]
    with pq.ParquetWriter(path, table.schema, compression="zstd", write_statistics=looked_for or True) as writer:
        # At least once: a table without rows has its columns too.
        for start in range(0, max(table.num_rows, 1), ROWS_IN_A_GROUP):
            # Each in one piece: how the rows were put together must not show in the bytes.
            writer.write_table(table.slice(start, ROWS_IN_A_GROUP).combine_chunks())


class Parts:
    """The parts of one round's tables in a folder, as `parts.json` names them; one part where there is none.

    `there` names by table the parts that hold rows, `written` those that have been written at all. Part 0 of every
    table is written even without rows: it has the columns.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 1
        self.there: dict[str, set[int]] = {}
        try:
            listed = json.loads(self._list.read_text(encoding="utf-8"))
        except FileNotFoundError:
            # Earlier versions kept a round in one file a table.
            self.there = {table: {0} for table in tables() if (folder / part_name(table, 0, 1)).exists()}
            self.written = {0} if self.there else set()
            return
        self.count, self.written = listed["parts"], set(listed["written"])
        self.there = {table: set(numbers) for table, numbers in listed["tables"].items()}

    @property
    def _list(self) -> Path:
        return self.folder / "parts.json"

    def number(self, sha256: str) -> int:
        """Return the part that the rows of a file belong to."""
        return int(sha256[:DIGITS], 16) * self.count >> BITS

    def path(self, table: str, number: int) -> Path:
        return self.folder / part_name(table, number, self.count)

    def files(self, table: str) -> list[Path]:
        """Return the files of a table, in the order of the hashes in them."""
        return [self.path(table, number) for number in sorted(self.there.get(table, ()))]

    def files_of(self, table: str, hashes: Iterable[str]) -> list[Path]:
        """Return the files in which the rows of these submissions are."""
        wanted = set(map(self.number, hashes))
        return [self.path(table, number) for number in sorted(wanted & self.there.get(table, set()))]

    def is_current(self, number: int) -> bool:
        """Tell whether a part is there in the columns of today; an earlier version's may have had others."""
        listed = [table for table in tables() if number in self.there.get(table, ())]
        if number not in self.written or (number == 0 and len(listed) < len(tables())):
            return False
        return all(_is_current(self.path(table, number), table) for table in listed)

    def forget(self, number: int) -> None:
        """Leave out what is there of a part."""
        for there in (self.written, *self.there.values()):
            there.discard(number)

    def write(self, table: str, number: int, rows: pa.Table) -> None:
        """Write the rows of a part, in the order given. They count once the list has been saved."""
        self.written.add(number)
        if number == 0 or rows.num_rows:
            path = self.path(table, number)
            if number not in self.there.setdefault(table, set()):
                # A leftover, perhaps of a stopped process, perhaps damaged.
                path.unlink(missing_ok=True)
                self.there[table].add(number)
            write_parquet(path, rows)
        else:
            self.there.get(table, set()).discard(number)

    def save(self) -> None:
        """Write the list of the files that count, and remove all others."""
        listed = {
            "parts": self.count,
            "written": sorted(self.written),
            "tables": {name: sorted(there) for name, there in self.there.items()},
        }
        text = json.dumps(listed)
        if not self._list.exists() or self._list.read_text(encoding="utf-8") != text:
            write_atomically(self._list, lambda path: path.write_text(text, encoding="utf-8"))
        kept = {path.name for table in self.there for path in self.files(table)}
        # What a stopped process left half-written goes too: only one process at a time writes a round.
        for path in [*self.folder.glob("*.parquet"), *self.folder.glob(".writing-*")]:
            if path.name not in kept:
                path.unlink()

    def grown_to(self, files: int) -> Parts:
        """Return the parts of a round of so many files; where they are more than now, the rows have been moved.

        There are never fewer parts than before. What cannot be moved, because it is not there in today's
        columns, is left out: it has to be read again.
        """
        count = max(self.count, parts_for(files))
        if count == self.count:
            return self
        finer = Parts(self.folder)
        finer.count, finer.there, finer.written = count, {}, set()
        if all(map(self.is_current, range(self.count))):
            for table in tables():
                for number, rows in _by_part(finer, table, self.files(table)):
                    finer.write(table, number, rows)
            finer.written = set(range(count))
        finer.save()
        return finer


def rows_in(path: Path) -> int:
    """Return how many rows a file of a part has."""
    return _footer(path)[1]


def _is_current(path: Path, table: str) -> bool:
    try:
        return bool(_footer(path)[0].equals(schema(table)))
    except (FileNotFoundError, pa.ArrowInvalid):
        return False


def _footer(path: Path) -> tuple[pa.Schema, int]:
    """Return the columns of a file and how many rows it has. Raises FileNotFoundError and ArrowInvalid."""
    there = path.stat()
    return _read_footer(path, there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns)


@lru_cache(4096)
def _read_footer(path: Path, *as_it_was: int) -> tuple[pa.Schema, int]:
    """Read a footer once, though several steps of a run ask: a part is replaced as a whole, by another file."""
    footer = pq.read_metadata(path)
    return footer.schema.to_arrow_schema(), footer.num_rows


def _by_part(finer: Parts, table: str, files: Sequence[Path]) -> Iterator[tuple[int, pa.Table]]:
    """Yield the rows of a table, sorted by hash as they are, by the part that they belong to.

    No more is held than the rows of a part: a single file of an earlier version may hold a nation.
    """
    held: list[pa.Table] = [schema(table).empty_table()]
    at = 0
    for path in files:
        for batch in pq.ParquetFile(path).iter_batches(ROWS_IN_A_GROUP):
            start = 0
            for number, same in groupby(map(finer.number, batch.column("source_sha256").to_pylist())):
                length = sum(1 for _ in same)
                if number != at:
                    yield at, pa.concat_tables(held)
                    held, at = [], number
                held.append(pa.Table.from_batches([batch.slice(start, length)]))
                start += length
    yield at, pa.concat_tables(held)
