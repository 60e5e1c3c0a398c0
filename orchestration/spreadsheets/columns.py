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
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import count, zip_longest
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.spreadsheets import transfers
from orchestration.spreadsheets.headers import Header
from orchestration.spreadsheets.layouts import Field, fields
from orchestration.spreadsheets.rows import STATUS_MARKS, listing, status_of
from orchestration.spreadsheets.tables import schema
from orchestration.spreadsheets.thai import clean, key
from orchestration.spreadsheets.values import BAHT, READ_AS, BadCell, column_letters, is_blank

KIND = "division_listing"
MONEY = ("amount", "balance")
MARKS = ("no_budget", "completed", "in_progress", "unable")
# What a run of rows shares; in the order of Run.source.
SOURCE = ("round_key", "lgo_code", "source_file", "source_sha256", "source_sheet", "division")
# A run of fewer rows costs more here than row by row.
FEWEST_ROWS = 4
ODD = -1
# Digits of a whole number that no limit of an amount is near.
LONGEST_PLAIN = 12
_CODE = re.compile(r"\d\.\d{1,2}\.\d")


class NotPlain(Exception):
    """What this text means depends on its row, or it means nothing that its column may hold."""


class Codes(dict[str, int]):
    """The distinct texts of one column, numbered as they appear, each with what it means.

    `odd` are the numbers of those that are not plain.
    """

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read
        self.texts: list[str] = []
        self.means: list[Any] = []
        self.odd: set[int] = set()

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.texts)
        self.texts.append(text)
        try:
            self.means.append(self._read(text))
        except (NotPlain, BadCell):
            self.means.append(None)
            self.odd.add(number)
        return number

    def number(self, column: Sequence[str]) -> array[int]:
        return array("i", map(self.__getitem__, column))


class _Amounts(Codes):
    """The texts of a column of baht: most are whole numbers as a spreadsheet writes them."""

    def number(self, column: Sequence[str]) -> array[int]:
        new = [text for text in dict.fromkeys(column) if text not in self and _is_whole(text)]
        self.update(zip(new, count(len(self.texts)), strict=False))
        self.texts += new
        self.means += [Decimal(text + ".00") for text in new]
        return super().number(column)


def _is_whole(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= LONGEST_PLAIN


class _Statuses(dict[tuple[int, ...], int]):
    """Where the status stands in STATUS_MARKS, by the numbers of the texts in MARKS; ODD where it is not plain."""

    def __init__(self, marks: Sequence[Codes]) -> None:
        super().__init__()
        self._marks = marks

    def __missing__(self, numbers: tuple[int, ...]) -> int:
        marked = {
            name: codes.means[number] for name, codes, number in zip(MARKS, self._marks, numbers, strict=True)
        }
        status = status_of(marked)
        if marked.pop("no_budget") and not any(marked.values()):
            at = ODD  # the marks may stand one column off
        else:
            at = STATUS_MARKS.index(status) if status else len(STATUS_MARKS)
        self[numbers] = at
        return at


class Layout:
    """Where the fields of a table stand and in which unit; what the texts of its columns mean."""

    def __init__(self, columns: dict[str, int], units: dict[str, Decimal]) -> None:
        self.fields = [f for f in fields()[KIND] if f.is_read]
        self.columns = columns
        self.codes = {f.name: _codes(f, units.get(f.name, BAHT)) for f in self.fields if f.name in columns}
        self.fill_down = [f.name for f in self.fields if f.presence == "fill_down"]
        self.statuses = _Statuses([self.codes[name] for name in MARKS])


class Layouts:
    """The layouts met so far. What a text means is kept as long as this is: for the files of one batch."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Layout] = {}

    def of(self, header: Header) -> Layout | None:
        """Return the layout of a header; None where a column that every form has is not one of the table."""
        units = {f.name: header.units.get(f.name, BAHT) for f in fields()[KIND] if f.type in MONEY}
        known = (*header.columns.items(), *units.values())
        if known not in self._known:
            if any(f.is_required and f.name not in header.columns for f in fields()[KIND]):
                return None
            self._known[known] = Layout(dict(header.columns), units)
        return self._known[known]


def _codes(f: Field, unit: Decimal) -> Codes:
    return (_Amounts if f.type in MONEY and unit == BAHT else Codes)(_reading(f, unit))


def _reading(f: Field, unit: Decimal) -> Callable[[str], Any]:
    """Return the function that says what a text of a column means; it raises NotPlain or BadCell."""
    read = READ_AS[f.type]

    def code(text: str) -> Any:
        if (found := listing(clean(text))) is None:
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
    """Plain rows of one table: their rows on the sheet (1-based), and the number of the text in each column."""

    source: tuple[str | None, ...]
    layout: Layout
    rows: Sequence[int]
    numbers: dict[str, array[int]]
    statuses: array[int]

    def amounts(self, name: str) -> Decimal:
        """Return the sum of a column."""
        values = self.layout.codes[name].means
        return sum((values[n] or Decimal(0) for n in self.numbers[name]), Decimal(0))

    def codes(self) -> list[str]:
        """Return the listing codes."""
        values = self.layout.codes["listing_text"].means
        return [values[n].code for n in self.numbers["listing_text"]]


@dataclass
class Body:
    """The rows below a header, told apart. `runs` are plain rows by the first: the row behind, and all of them."""

    layout: Layout
    top: int
    cells: dict[str, Sequence[str]]
    numbers: dict[str, array[int]]
    statuses: array[int]
    runs: dict[int, tuple[int, Sequence[int]]] = field(default_factory=dict)

    def take(self, y: int, source: tuple[str | None, ...], carried: dict[str, str]) -> tuple[int, Run]:
        """Return the run that begins in a row, and the row behind it; fill in what `carried` brings along."""
        end, rows = self.runs[y]
        offsets = [row - self.top for row in rows]
        whole = len(offsets) == len(self.statuses)

        def pick(column: Any) -> Any:
            return column if whole else [column[n] for n in offsets]

        numbers = {name: column if whole else array("i", pick(column)) for name, column in self.numbers.items()}
        filled = fill_down(
            [pick(self.cells[name]) for name in self.layout.fill_down], self.layout.fill_down, carried
        )
        for name, texts in zip(self.layout.fill_down, filled, strict=True):
            numbers[name] = self.layout.codes[name].number(texts)
        statuses = self.statuses if whole else array("i", pick(self.statuses))
        return end, Run(source, self.layout, [row + 1 for row in rows], numbers, statuses)


def look(
    header: Header, layout: Layout, rows: list[list[str]], end: int, titles: set[str], bad: set[int], goes_on: bool
) -> Body:
    """Tell the plain rows of a table from the others.

    `titles` are the keys of the lines above the tables, `bad` the rows (0-based) with a cell that has no value;
    `goes_on` says that another table follows.
    """
    top = header.bottom
    body = rows[top:end]
    columns = list(zip_longest(*body, fillvalue=""))
    blank = ("",) * len(body)
    cells: dict[str, Sequence[str]] = {
        name: columns[x] if x < len(columns) else blank for name, x in header.columns.items()
    }
    odd: set[int] = {y - top for y in bad if top <= y < end}
    numbers: dict[str, array[int]] = {}
    for name, codes in layout.codes.items():
        if name in layout.fill_down:
            continue
        numbers[name] = codes.number(cells[name])
        if codes.odd and not codes.odd.isdisjoint(numbers[name]):
            odd.update(n for n, number in enumerate(numbers[name]) if number in codes.odd)
    statuses = array("i", map(layout.statuses.__getitem__, zip(*(numbers[name] for name in MARKS), strict=True)))
    if ODD in statuses:
        odd.update(n for n, status in enumerate(statuses) if status == ODD)
    known = {*header.columns.values(), *header.unknown}
    for x, column in enumerate(columns):
        if x not in known and any(column):
            odd.update(n for n, text in enumerate(column) if text and not is_blank(text))
    for title in filter(_CODE.search, titles):
        # A title in which the text of a listing stands may be the same line.
        odd.update(n for n, text in enumerate(cells["listing_text"]) if key(text) in title)
    found = Body(layout, top, cells, numbers, statuses)
    _mark_runs(found, body, odd, goes_on)
    return found


def _mark_runs(found: Body, body: list[list[str]], odd: set[int], goes_on: bool) -> None:
    """Set the runs: rows between odd ones, without the last before an odd one, on which `parse` may look back."""
    run: list[int] = []
    for n in (*sorted(odd), len(body)):
        if n < len(body) and not any(text.strip() for text in body[n]):
            continue  # a blank row parts nothing
        start = run[-1] + 1 if run else 0
        run.append(n)
        plain: Sequence[int] = range(found.top + start, found.top + n)
        if not odd.isdisjoint(range(start, n)):
            plain = [y for y in plain if y - found.top not in odd]
        if n < len(body) or goes_on:
            plain = plain[:-1]
        if len(plain) >= FEWEST_ROWS:
            found.runs[plain[0]] = (plain[-1] + 1, plain)


def fill_down(
    columns: Sequence[Sequence[str]], names: Sequence[str], carried: dict[str, str]
) -> Sequence[Sequence[str]]:
    """Return the columns with what was written once repeated below it; `carried` goes from row to row.

    As a row at a time in `parse`: a new text in one column ends what the columns after it carry.
    """
    if all(all(text and not text.isspace() for text in set(column)) for column in columns):
        carried.update((name, column[-1]) for name, column in zip(names, columns, strict=True))
        return columns
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
    """Return the rows of runs as tables of the schema of division_listing, one for each layout."""
    by_layout: dict[int, list[Run]] = {}
    for run in runs:
        by_layout.setdefault(id(run.layout), []).append(run)
    return [_one_layout(some) for some in by_layout.values()]


def _one_layout(runs: list[Run]) -> pa.Table:
    layout = runs[0].layout
    lengths = [len(run.rows) for run in runs]
    total = sum(lengths)
    which = pa.array(np.repeat(np.arange(len(runs), dtype=np.int32), lengths))
    made: dict[str, pa.Array] = {
        name: pa.array([run.source[n] for run in runs], pa.string()).take(which) for n, name in enumerate(SOURCE)
    }
    rows = np.concatenate([np.asarray(run.rows, dtype=np.int32) for run in runs])
    made["source_row"] = pa.array(rows)
    typed = schema(KIND)
    for f in layout.fields:
        if f.name not in layout.codes:
            for name in (f.name, f"{f.name}_as_written", f"{f.name}_cell"):
                made[name] = pa.nulls(total, typed.field(name).type)
            continue
        codes = layout.codes[f.name]
        numbers = _together([run.numbers[f.name] for run in runs])
        made[f"{f.name}_as_written"] = pa.array([text or None for text in codes.texts], pa.string()).take(numbers)
        made[f"{f.name}_cell"] = _references(layout.columns[f.name], int(rows.max())).take(pa.array(rows - 1))
        if f.name != "listing_text":
            made[f.name] = pa.array(codes.means, typed.field(f.name).type).take(numbers)
            continue
        for name, part in (
            ("listing_text", "text"),
            ("listing_code", "code"),
            ("listing_name", "name"),
            ("dimension", "dimension"),
            ("mission", "mission"),
        ):
            values = [getattr(value, part, None) for value in codes.means]
            made[name] = pa.array(values, pa.string()).take(numbers)
    made["status"] = pa.array([*STATUS_MARKS, None], pa.string()).take(_together([run.statuses for run in runs]))
    nothing = pa.array([Decimal("0.00")], typed.field("transfer_in_baht").type)
    none = nothing.take(pa.array(np.zeros(total, dtype=np.int32)))
    made["transfer_in_baht"] = made["transfer_out_baht"] = none
    return pa.Table.from_arrays([made[name] for name in typed.names], schema=typed)


def _together(columns: list[array[int]]) -> pa.Array:
    whole = array("i")
    for column in columns:
        whole.extend(column)
    return pa.array(np.frombuffer(whole, dtype=np.int32))


def _references(column: int, last: int) -> pa.Array:
    """Return A1, A2, … of a column, as far as the last row at least."""
    return _references_to(column, 1 << last.bit_length())


@cache
def _references_to(column: int, last: int) -> pa.Array:
    letters = column_letters(column)
    return pa.array([f"{letters}{row}" for row in range(1, last + 1)], pa.string())
