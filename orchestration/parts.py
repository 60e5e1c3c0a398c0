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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from filecmp import cmp
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.atomic import write_atomically
from orchestration.footers import has_columns
from orchestration.spreadsheets.tables import SOURCE, in_order, schema, tables

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


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table unless the file already holds exactly it: an unchanged night changes no file."""
    if path.exists():
        with suppress(pa.ArrowInvalid):  # damaged: it is written anew
            there = pq.read_table(path)
            if there.schema == table.schema and there.equals(table):
                return
    write_atomically(path, lambda temporary: _write(temporary, table))


def _write(path: Path, table: pa.Table) -> None:
    with _writer(path, table.schema) as writer:
        _write_groups(writer, table)


def _writer(path: Path, columns: pa.Schema) -> pq.ParquetWriter:
    looked_for = [name for name in columns.names if name in LOOKED_FOR]
    return pq.ParquetWriter(path, columns, compression="zstd", write_statistics=looked_for or True)


def _write_groups(writer: pq.ParquetWriter, table: pa.Table) -> None:
    # At least one: a table without rows has its columns too.
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
        return all(has_columns(self.path(table, number), schema(table)) for table in listed)

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

    @contextmanager
    def writing(self, number: int, again: Iterable[str], *, is_broken: bool = False) -> Iterator[PartWriter]:
        """Write a part anew: what was there but for the submissions that are read `again`, and what is added.

        Of a broken part nothing that was there stays. All of it counts in the end, or nothing.
        """
        kept: dict[str, pa.Table] = {}
        if not is_broken:
            hashes = pa.array([*again], pa.string())
            for table in (t for t in tables() if number in self.there.get(t, ())):
                rows = pq.read_table(self.path(table, number))
                kept[table] = rows.filter(pc.invert(pc.is_in(rows["source_sha256"], hashes)))
        part = PartWriter({table: self.path(table, number) for table in tables()}, kept)
        try:
            yield part
            written = part.finish(tables() if number == 0 else ())
        finally:
            part.abandon()
        self.forget(number)
        self.written.add(number)
        for table in written:
            self.there.setdefault(table, set()).add(number)
        self.save()

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
        for path in {*self.folder.glob("*.parquet"), *self.folder.glob(".writing-*")}:
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


class PartWriter:
    """The rows of a part while they come, by submission in the order of their hashes.

    They are written as they come, so that reading does not end with all of the writing, and no more is held than
    what fills no group yet.
    """

    def __init__(self, paths: dict[str, Path], kept: dict[str, pa.Table]) -> None:
        self._paths = paths
        self._kept = kept
        self._files: dict[str, _Growing] = {}

    def add(self, rows: dict[str, pa.Table], until: str) -> None:
        """Add the rows of submissions up to this SHA-256, by table; nothing that comes later is before it."""
        for table in rows.keys() | self._kept.keys():
            some = [rows[table]] if table in rows else []
            if table in self._kept:
                there = self._kept[table]
                before = pc.sum(pc.less_equal(there["source_sha256"], until)).as_py() or 0
                some.append(there.slice(0, before))
                self._kept[table] = there.slice(before)
            self._add(table, in_order(pa.concat_tables(some)))

    def _add(self, table: str, rows: pa.Table) -> None:
        if rows.num_rows:
            self._file(table).add(rows)

    def _file(self, table: str) -> _Growing:
        if table not in self._files:
            self._files[table] = _Growing(self._paths[table], schema(table))
        return self._files[table]

    def finish(self, always: Iterable[str]) -> list[str]:
        """Put the files into place and return their tables: those with rows, and those to be there always."""
        for table, rows in self._kept.items():
            self._add(table, rows)
        for table in always:
            self._file(table)
        for file in self._files.values():
            file.finish()
        return [*self._files]

    def abandon(self) -> None:
        """Leave nothing behind of what has not been finished."""
        for file in self._files.values():
            file.abandon()


class _Growing:
    """A Parquet file while its rows come."""

    def __init__(self, path: Path, columns: pa.Schema) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._temporary = path.with_name(f".writing-{os.getpid()}-{path.name}")
        self._writer = _writer(self._temporary, columns)
        self._held = columns.empty_table()
        self._is_empty = True

    def add(self, rows: pa.Table) -> None:
        held = pa.concat_tables([self._held, rows])
        whole = held.num_rows - held.num_rows % ROWS_IN_A_GROUP
        self._held = held.slice(whole)
        if whole:
            self._write(held.slice(0, whole))

    def _write(self, rows: pa.Table) -> None:
        _write_groups(self._writer, rows)
        self._is_empty = False

    def finish(self) -> None:
        """Put the file into place, unless the same one is there: what has not changed keeps its stamp."""
        if self._held.num_rows or self._is_empty:
            self._write(self._held)
        self._writer.close()
        if not self._path.exists() or not cmp(self._temporary, self._path, shallow=False):
            write_atomically(self._path, self._temporary.replace)

    def abandon(self) -> None:
        self._writer.close()
        self._temporary.unlink(missing_ok=True)


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
