"""Plain listings, read column by column: the short way for the rows that nearly every form consists of.

There are two ways to read the body of a table. `parse` reads row by row and knows everything that a row may be.
Here only rows are read in which nothing has to be decided: a listing code, cells that each mean something by
themselves, and nothing that one cell could say about another (a transfer, a status mark one column off, a figure
without a heading, a formula never computed). Whatever is not plain stays with `parse`; so do the rows on which it
looks back.

Both give the same rows, for two reasons. What a cell means is asked of the same functions (`values`, `rows`,
`transfers`), only once for every distinct text of a column instead of once for every cell. And a row counts as
plain only where each of the decisions of `parse` is known beforehand; tests/unit/test_columns.py reads everything
that there is both ways and compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.spreadsheets import transfers
from orchestration.spreadsheets.grid import BLANK, Cells, Grid, Texts, rows_of, whole_number
from orchestration.spreadsheets.headers import Header
from orchestration.spreadsheets.layouts import MONEY, Field, fields, required
from orchestration.spreadsheets.roles import holds_several_listings
from orchestration.spreadsheets.rows import STATUS_MARKS, Listing, listing, status_of
from orchestration.spreadsheets.tables import schema
from orchestration.spreadsheets.thai import clean, key
from orchestration.spreadsheets.values import BAHT, READ_AS, BadCell, column_letters, is_blank

KIND = "division_listing"
MARKS = ("no_budget", "completed", "in_progress", "unable")
# What a run of rows shares; in the order of Run.source.
SOURCE = ("round_key", "lgo_code", "source_file", "source_sha256", "source_sheet", "division")
# A run of fewer rows costs more here than row by row.
FEWEST_ROWS = 4
# The cell of a whole number from which on larger ones may meet a limit of an amount.
LARGEST_PLAIN = whole_number(10**12)
_CODE = re.compile(r"\d\.\d{1,2}\.\d")

# What a text is in a column: not looked at yet, not plain, plain, or plain and one that decides something: a mark,
# or, in a column that is filled down, nothing.
UNKNOWN, ODD, PLAIN, DECIDES = range(4)
NO_STATUS = len(STATUS_MARKS)
NOT_PLAIN = NO_STATUS + 1


class NotPlain(Exception):
    """What this text means depends on its row, or it means nothing that its column may hold."""


def _status(marked: Sequence[bool]) -> int:
    """Return where the status stands in STATUS_MARKS, by what is marked of MARKS, or NOT_PLAIN."""
    by_name = dict(zip(MARKS, marked, strict=True))
    status = status_of(by_name)
    if by_name.pop("no_budget") and not any(by_name.values()):
        return NOT_PLAIN  # the marks may stand one column off
    return STATUS_MARKS.index(status) if status else NO_STATUS


# By the sum of what the marked ones of MARKS are worth, 1 << their place.
_STATUSES = np.array([_status([bool(n >> m & 1) for m in range(len(MARKS))]) for n in range(1 << len(MARKS))])


class Layout:
    """Where the fields of a table stand and in which unit; what the texts of its columns mean.

    `fields` are those with a column, `columns` their columns; `places` says where a field is in both.
    """

    def __init__(self, columns: dict[str, int], units: dict[str, Decimal], texts: Texts) -> None:
        self.texts = texts
        self.fields = [f for f in fields()[KIND] if f.is_read and f.name in columns]
        self.columns = np.array([columns[f.name] for f in self.fields])
        self.places = {f.name: n for n, f in enumerate(self.fields)}
        self.fill_down = [f.name for f in self.fields if f.presence == "fill_down"]
        self.filled = np.array([self.places[name] for name in self.fill_down])
        self.is_filled = np.array([f.name in self.fill_down for f in self.fields])
        # What a mark in a field is worth (_STATUSES).
        self.worth = np.array([1 << MARKS.index(f.name) if f.name in MARKS else 0 for f in self.fields])
        # Columns of baht hold whole numbers as they are; in any other one they are texts.
        self.is_text = np.array([f.type not in MONEY or units.get(f.name, BAHT) != BAHT for f in self.fields])
        self._read = [_reading(f, units.get(f.name, BAHT)) for f in self.fields]
        self._means: list[dict[int, Any]] = [{} for _ in self.fields]
        # Of the texts of listings.
        self._codes: dict[int, str] = {}
        self._known = np.zeros((1024, len(self.fields)), np.uint8)
        self._every = np.arange(len(self.fields))

    def known(self, cells: Cells) -> npt.NDArray[np.uint8]:
        """Return what each text of rows of cells is in its column; a whole number counts as blank."""
        while len(self._known) < len(self.texts):
            self._known = np.concatenate([self._known, np.zeros_like(self._known)])
        # Looking up by one number takes a third of the time of looking up by two.
        at = np.maximum(cells, BLANK) * len(self.fields) + self._every
        found = self._known.ravel().take(at)
        if np.count_nonzero(found) < found.size:
            # Each once, however often it comes up.
            wanted = np.zeros(self._known.size, np.bool_)
            wanted[at[found == UNKNOWN]] = True
            for one in np.flatnonzero(wanted).tolist():
                number, place = divmod(one, len(self.fields))
                self._known[number, place] = self._look_at(number, place)
            found = self._known.ravel().take(at)
        return found

    def _look_at(self, number: int, place: int) -> int:
        text = self.texts.list[number]
        try:
            means = self._means[place][number] = self._read[place](text)
        except (NotPlain, BadCell):
            return ODD
        if isinstance(means, Listing):
            self._codes[number] = means.code
        if self.fields[place].presence == "fill_down":
            return PLAIN if text and not text.isspace() else DECIDES
        return DECIDES if means is True else PLAIN

    def means(self, place: int, numbers: Sequence[int]) -> list[Any]:
        """Return what texts that are known to be plain mean in a column."""
        return [*map(self._means[place].__getitem__, numbers)]

    def codes(self, numbers: Sequence[int]) -> list[str]:
        """Return the listing codes in texts of listings."""
        return [*map(self._codes.__getitem__, numbers)]


class Layouts:
    """The layouts and texts met so far, and what texts mean: kept for the files of one batch."""

    def __init__(self) -> None:
        self.texts = Texts()
        self._known: dict[tuple[object, ...], Layout] = {}

    def of(self, header: Header) -> Layout | None:
        """Return the layout of a header; None where a column that every form has is not one of the table."""
        known = (*header.columns.items(), *header.units.items())
        if known not in self._known:
            if any(name not in header.columns for name in required(KIND)):
                return None
            self._known[known] = Layout(dict(header.columns), dict(header.units), self.texts)
        return self._known[known]


def _reading(f: Field, unit: Decimal) -> Callable[[str], Any]:
    """Return the function that says what a text of a column means; it raises NotPlain or BadCell."""
    read = READ_AS[f.type]

    def code(text: str) -> Any:
        if (found := listing(clean(text))) is None or holds_several_listings(text):
            raise NotPlain
        return found

    def money(text: str) -> Any:
        if transfers.split_amount(text)[1]:
            raise NotPlain
        return read(text, unit)

    def no_budget(text: str) -> Any:
        if transfers.split_amount(text)[1]:
            raise NotPlain
        return read(text)

    def remark(text: str) -> Any:
        if transfers.may_be_in(value := read(text)):
            raise NotPlain
        return value

    if f.type in MONEY:
        return money
    special = {"listing_text": code, "no_budget": no_budget, "remark": remark}
    return special.get(f.name, read)


@dataclass
class Run:
    """Plain rows of one table: their rows on the sheet (1-based), their cells by field, and their statuses."""

    source: tuple[str | None, ...]
    layout: Layout
    rows: Cells
    cells: Cells
    statuses: Cells

    def amounts(self, name: str) -> Decimal:
        """Return the sum of a column."""
        place = self.layout.places[name]
        column = self.cells[:, place]
        values = self.layout.means(place, column[column > BLANK].tolist())
        numbers = whole_number(column[column < BLANK])
        return sum((value or Decimal(0) for value in values), Decimal(int(numbers.sum())))

    def codes(self) -> list[str]:
        """Return the listing codes."""
        place = self.layout.places["listing_text"]
        return self.layout.codes(self.cells[:, place].tolist())


@dataclass
class Body:
    """The rows below a header, told apart. `runs` are plain rows by the first: the row behind, and all of them.

    Rows are 0-based. `has_gaps` says that cells of a column that is filled down are blank.
    """

    layout: Layout
    top: int
    cells: Cells
    statuses: Cells
    has_gaps: bool
    runs: dict[int, tuple[int, Cells]] = field(default_factory=dict)

    def take(self, y: int, source: tuple[str | None, ...], carried: dict[str, str]) -> tuple[int, Run]:
        """Return the run that begins in a row, and the row behind it; fill in what `carried` brings along."""
        end, rows = self.runs[y]
        # Without a blank row between them they need not be copied.
        own = slice(y - self.top, end - self.top) if end - y == len(rows) else rows - self.top
        layout, cells = self.layout, self.cells[own]
        texts = layout.texts
        if self.has_gaps:
            columns = [[*map(texts.spelt, cells[:, place].tolist())] for place in layout.filled]
            for place, column in zip(layout.filled, fill_down(columns, layout.fill_down, carried), strict=True):
                cells[:, place] = texts.numbers(column)
            layout.known(cells)
        else:
            carried.update(zip(layout.fill_down, map(texts.spelt, cells[-1, layout.filled].tolist()), strict=True))
        return end, Run(source, layout, rows + 1, cells, self.statuses[own])


@dataclass(frozen=True)
class Told:
    """What the cells below a header are, row by row: `everything` in them, and `cells` in the layout's columns.

    `has_gap` says of a row what Body.has_gaps says of all.
    """

    layout: Layout
    everything: Cells
    cells: Cells
    statuses: Cells
    is_odd: npt.NDArray[np.bool_]
    has_gap: npt.NDArray[np.bool_]


def tell(layout: Layout, tables: Sequence[Cells]) -> list[Told]:
    """Tell of the rows of tables with the same layout what each cell is: all at once, as most have few rows."""
    cells = np.concatenate([table.take(layout.columns, 1) for table in tables])
    texts = layout.texts
    to_spell = (cells <= LARGEST_PLAIN) | (layout.is_text & (cells < BLANK))
    if np.count_nonzero(to_spell):
        cells[to_spell] = texts.numbers(map(texts.spelt, cells[to_spell].tolist()))
    known = layout.known(cells)
    decides = known == DECIDES
    statuses = _STATUSES[decides @ layout.worth]
    is_odd = statuses == NOT_PLAIN
    is_odd[rows_of(known == ODD)] = True
    has_gap = np.zeros_like(is_odd)
    has_gap[rows_of(decides & layout.is_filled)] = True
    found, begin = [], 0
    for table in tables:
        own = slice(begin, begin := begin + len(table))
        found.append(Told(layout, table, cells[own], statuses[own], is_odd[own], has_gap[own]))
    return found


def body_of(header: Header, rows: list[list[str]] | Grid, end: int, texts: Texts) -> Cells:
    """Return the cells below a header."""
    if isinstance(rows, Grid):
        return rows.cells[header.bottom : end]
    return texts.cells(rows[header.bottom : end], max(header.columns.values()) + 1)


def look(
    header: Header, told: Told, rows: list[list[str]] | Grid, titles: set[str], bad: set[int], goes_on: bool
) -> Body:
    """Tell the plain rows of a table from the others.

    `titles` are the keys of the lines above the tables, `bad` the rows (0-based) with a cell that has no value;
    `goes_on` says that another table follows.
    """
    top, end = header.bottom, header.bottom + len(told.everything)
    layout, texts, is_odd = told.layout, told.layout.texts, told.is_odd
    if bad:
        is_odd[[y - top for y in bad if top <= y < end]] = True
    beside = {*range(told.everything.shape[1])} - {*header.columns.values(), *header.unknown}
    for x in beside:
        column = told.everything[:, x]
        for n in np.flatnonzero(column).tolist():
            is_odd[n] |= not is_blank(texts.spelt(int(column[n])))
    for title in filter(_CODE.search, titles):
        # A title in which the text of a listing stands may be the same line.
        column = told.cells[:, layout.places["listing_text"]]
        is_odd |= np.array([key(texts.spelt(cell)) in title for cell in column.tolist()])
    found = Body(layout, top, told.cells, told.statuses, bool(np.count_nonzero(told.has_gap)))
    _mark_runs(found, rows, np.flatnonzero(is_odd).tolist(), bad, goes_on)
    return found


def _mark_runs(found: Body, rows: list[list[str]] | Grid, odd: list[int], bad: set[int], goes_on: bool) -> None:
    """Set the runs: rows between odd ones, without the last before an odd one, on which `parse` may look back."""
    height = len(found.cells)
    run: list[Cells] = []
    start = 0
    for n in (*odd, height):
        run.append(np.arange(start, n) + found.top)
        start = n + 1
        is_blank_row = n < height and not any(text.strip() for text in rows[found.top + n])
        if is_blank_row and found.top + n not in bad:
            continue  # it parts nothing
        plain = run[0] if len(run) == 1 else np.concatenate(run)
        run = []
        if n < height or goes_on:
            plain = plain[:-1]
        if len(plain) >= FEWEST_ROWS:
            found.runs[int(plain[0])] = (int(plain[-1]) + 1, plain)


def fill_down(
    columns: Sequence[Sequence[str]], names: Sequence[str], carried: dict[str, str]
) -> Sequence[Sequence[str]]:
    """Return the columns with what was written once repeated below it; `carried` goes from row to row.

    As a row at a time in `parse`: a new text in one column ends what the columns after it carry.
    """
    filled: list[list[str]] = [[] for _ in columns]
    for row in zip(*columns, strict=True):
        for n, text in enumerate(row):
            name = names[n]
            if text and not text.isspace():
                before = carried.get(name, "")
                if text != before:
                    if n + 1 < len(names) and key(text) != key(before):
                        for below in names[n + 1 :]:
                            carried.pop(below, None)
                    carried[name] = text
            else:
                text = carried.get(name, "")
            filled[n].append(text)
    return filled


# -- to Arrow


def to_arrow(runs: Sequence[Run]) -> list[pa.Table]:
    """Return the rows of runs as tables, one for each layout: as division_listing is once they are decoded.

    Texts that come up again and again stand in them once (see tables.decoded).
    """
    by_layout: dict[int, list[Run]] = {}
    for run in runs:
        by_layout.setdefault(id(run.layout), []).append(run)
    return [_one_layout(some) for some in by_layout.values()]


def _one_layout(runs: list[Run]) -> pa.Table:
    layout = runs[0].layout
    cells = np.concatenate([run.cells for run in runs])
    rows = np.concatenate([run.rows for run in runs]).astype(np.int32)
    which = pa.array(np.repeat(np.arange(len(runs), dtype=np.int32), [len(run.rows) for run in runs]))
    made: dict[str, pa.Array] = {
        name: _encoded([run.source[n] for run in runs], which) for n, name in enumerate(SOURCE)
    }
    made["source_row"] = pa.array(rows)
    typed = schema(KIND)
    for f in fields()[KIND]:
        if not f.is_read:
            continue
        if f.name not in layout.places:
            for name in (f.name, f"{f.name}_as_written", f"{f.name}_cell"):
                made[name] = pa.nulls(len(cells), typed.field(name).type)
            continue
        place = layout.places[f.name]
        made[f"{f.name}_cell"] = pa.DictionaryArray.from_arrays(
            pa.array(rows - 1), _references(int(layout.columns[place]), int(rows.max()))
        )
        made |= _column(layout, f, place, cells[:, place])
    statuses = np.concatenate([run.statuses for run in runs])
    made["status"] = _encoded([*STATUS_MARKS, None], pa.array(statuses))
    made["transfer_in_baht"] = made["transfer_out_baht"] = _baht(np.zeros(len(cells), np.int64))
    return pa.Table.from_arrays([made[name] for name in typed.names], typed.names)


def _encoded(texts: Sequence[str | None], which: pa.Array) -> pa.DictionaryArray:
    """Return a column of texts by what they are and which of them each one is."""
    return pa.DictionaryArray.from_arrays(which, pa.array(texts, pa.string()))


def _column(layout: Layout, f: Field, place: int, column: Cells) -> dict[str, pa.Array]:
    """Return what stands in a column, as written and as what it means."""
    texts = pc.dictionary_encode(np.maximum(column, BLANK))
    numbers: list[int] = texts.dictionary.to_pylist()
    written = _encoded([layout.texts.list[number] or None for number in numbers], texts.indices)
    means = layout.means(place, numbers)
    if f.name == "listing_text":
        derived = {"listing_text": "text", "listing_code": "code", "listing_name": "name"}
        derived |= {"dimension": "dimension", "mission": "mission"}
        made = {
            name: _encoded([getattr(value, part) for value in means], texts.indices)
            for name, part in derived.items()
        }
    elif f.type == "text":
        made = {f.name: _encoded(means, texts.indices)}
    else:
        made = {f.name: pa.array(means, schema(KIND).field(f.name).type).take(texts.indices)}
    is_number = column < BLANK
    if is_number.any():
        whole = whole_number(column)
        spelt = pa.array(whole).cast(pa.string())
        written = pc.if_else(is_number, spelt, written.dictionary_decode())
        made[f.name] = pc.if_else(is_number, _baht(np.where(is_number, whole, 0)), made[f.name])
    return made | {f"{f.name}_as_written": written}


def _baht(whole: Cells) -> pa.Array:
    """Return whole numbers of baht as money: 128 bits each, the lower half first, in satang."""
    halves = np.zeros((len(whole), 2), np.int64)
    halves[:, 0] = whole * 100
    return pa.Array.from_buffers(
        schema(KIND).field("disbursed_baht").type, len(whole), [None, pa.py_buffer(halves)]
    )


def _references(column: int, last: int) -> pa.Array:
    """Return A1, A2, … of a column, as far as the last row at least."""
    return _references_to(column, 1 << last.bit_length())


@cache
def _references_to(column: int, last: int) -> pa.Array:
    letters = column_letters(column)
    return pa.array([f"{letters}{row}" for row in range(1, last + 1)], pa.string())
