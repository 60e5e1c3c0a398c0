"""Which table stands where on a sheet: found by its header rows, whatever their height, order or place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from itertools import zip_longest

from orchestration.spreadsheets.grid import Grid
from orchestration.spreadsheets.layouts import (
    NOT_READ,
    fields,
    header_as_written,
    header_initials,
    header_key,
    header_paths,
    header_words,
    required,
)
from orchestration.spreadsheets.readers import Sheet, Unreadable
from orchestration.spreadsheets.roles import FIGURES, LISTING_CODE, role
from orchestration.spreadsheets.thai import arabic_digits, clean, key
from orchestration.spreadsheets.transfers import Word, vocabulary
from orchestration.spreadsheets.values import BAHT

TALLEST_HEADER = 3
LONGEST_HEADER = 80
# What the name of a sheet is followed by for a table beside another.
TO_THE_RIGHT = " (ตารางขวา)"
# A table beside another repeats at least so many of its columns.
FEWEST_BESIDE = 5
WIDEST_REMEMBERED = 60
# (parts compared, header as written, what its unit is worth in baht if it names one)
Path = tuple[list[str], str, Decimal | None]


@dataclass(frozen=True)
class Header:
    """The header of one table: rows [top, bottom) of the sheet (0-based) and the column of each field.

    `unknown` are headers as written that the layout does not know, by column. `again` are those among them that
    head a field with a column further left, and that field. `units` are those of fields whose header names one
    (baht), `unit_above` is that of a line above the table. `transfers` are columns headed by a word for a budget
    transfer.
    `bands` are fields without a column, whose text stands in rows of its own above those that it holds for.
    """

    kind: str
    top: int
    bottom: int
    columns: dict[str, int]
    unknown: dict[int, str]
    units: dict[str, Decimal] = field(default_factory=dict)
    unit_above: Decimal = BAHT
    transfers: dict[int, Word] = field(default_factory=dict)
    bands: tuple[str, ...] = ()
    again: dict[int, str] = field(default_factory=dict)

    @cached_property
    def missing(self) -> list[str]:
        has = {*self.columns, *self.bands}
        return [name for name in required(self.kind) if name not in has]


def find_headers(sheet: Sheet) -> list[Header]:
    """Return the headers on a sheet from top to bottom; complete ones only, unless there is no complete one.

    Then the best incomplete one is returned alone, for a message that names the missing column. So is one with
    rows below it that no complete header would read: half a sheet must not be taken for all of it.
    """
    complete: list[Header] = []
    incomplete: list[Header] = []
    behind = 0
    for row in _rows_with_header_words(sheet):
        if row < behind:
            continue
        header = _with_bands(sheet, _header_at(sheet, row))
        if header and not header.missing:
            complete.append(header)
            behind = header.bottom
        elif header:
            incomplete.append(header)
    if complete:
        return next(([header] for header in incomplete if _would_be_lost(sheet, header, complete)), complete)
    best = max(incomplete, key=lambda header: len(header.columns), default=None)
    return [best] if best and len(best.columns) >= 3 else []


def _would_be_lost(sheet: Sheet, header: Header, complete: list[Header]) -> bool:
    """Tell whether an incomplete header has rows of data that none of the complete ones says the columns of.

    The one above them does where all columns that both know stand in the same places: a repeated page heading.
    """
    if 2 * len(header.columns) <= len(required(header.kind)):
        return False
    above = next((o for o in reversed(complete) if o.kind == header.kind and o.top < header.top), None)
    if above and header.columns.items() <= above.columns.items():
        return False
    end = min((other.top for other in complete if other.top > header.top), default=len(sheet.rows))
    return any(_goes_on(header.kind, row) for row in sheet.rows[header.bottom : end])


def _rows_with_header_words(sheet: Sheet) -> Iterable[int]:
    """Return the rows, from top to bottom, in which any cell is a word of a known header.

    Texts come up again and again: looked at once, they rule out nearly every row.
    """
    if isinstance(sheet.rows, Grid):
        rows: list[int] = sheet.rows.rows_that_hold(is_header_word).tolist()
        return rows
    initials, distinct = header_initials(), set[str]().union(*sheet.rows)
    begins = (text for text in distinct if text[:1] in initials or text[:1].isspace())
    words = set(filter(is_header_word, begins))
    return (y for y, row in enumerate(sheet.rows) if not words.isdisjoint(row))


# มิติที่ 1 การสร้างสังคม …, and ภารกิจ 1.1 … or 1.1 …: a line of its own above the listings that it holds for.
BANDS = {
    "dimension_name": re.compile(r"(?:มิติ|มติ|มิต)(?:ที่)?[1-9]\d?(?!\d|\.\d)"),
    "mission_name": re.compile(r"(?:(?:ภารกิจ|ภาระกิจ)(?:ตามมิติ)?(?:ที่)?)?[1-9]\d?\.\d{1,2}(?!\d|\.\d)"),
}


def band(texts: Sequence[str]) -> tuple[str, str] | None:
    """Return (field, text) where a row holds a dimension or mission and nothing else, else None."""
    written = [text for text in texts if text and not text.isspace()]
    if len(written) != 1:
        return None
    compared = key(written[0])
    return next(((name, written[0]) for name, begins in BANDS.items() if begins.match(compared)), None)


def _with_bands(sheet: Sheet, header: Header | None) -> Header | None:
    """Return the header with the missing fields that stand in bands below it."""
    if header is None or not header.missing or not set(header.missing) <= set(BANDS):
        return header
    found = {named[0] for row in sheet.rows[header.bottom :] if (named := band(row))}
    return replace(header, bands=tuple(name for name in header.missing if name in found))


def put_codes_before_names(sheet: Sheet, found: list[Header]) -> None:
    """Write a listing's code, where it has a column of its own, in front of its name, as the form has it."""
    for header, end in table_ends(found, sheet):
        code_x = header.columns.get("listing_code")
        if code_x is None or header.kind != "division_listing":
            continue
        name_x = header.columns["listing_text"]
        for y in range(header.bottom, end):
            row = sheet.rows[y]
            if len(row) <= max(code_x, name_x) or not row[name_x].strip():
                continue
            code = clean(arabic_digits(row[code_x]))
            match = LISTING_CODE.match(code)
            if match and not match[4] and not LISTING_CODE.match(clean(arabic_digits(row[name_x]))):
                sheet.write(y, name_x, f"{row[code_x].strip()} {row[name_x].strip()}")


def tables_beside(sheet: Sheet, found: list[Header]) -> list[tuple[Sheet, list[Header]]]:
    """Return a sheet with tables beside each other as several, each with its table alone and its headers.

    Every part keeps the rows and columns of the sheet, the others' cells blank, and has a name of its own, because
    a row of data is named by its sheet and row. What stands above the tables is in the first. A table begins where
    the first column of the one before comes again, or behind a blank column.
    """
    header = next((header for header in found if len(header.unknown) >= FEWEST_BESIDE), None)
    for cut in _cuts(sheet, header) if header else ():
        top = header.top if header else 0
        left = replace(sheet, rows=[row if y < top else row[:cut] for y, row in enumerate(sheet.rows)])
        right = replace(
            sheet,
            name=sheet.name + TO_THE_RIGHT,
            rows=[[] if y < top else [""] * min(cut, len(row)) + row[cut:] for y, row in enumerate(sheet.rows)],
        )
        first, second = find_headers(left), find_headers(right)
        if first and second and not first[0].missing and not second[0].missing:
            return [(left, first), *tables_beside(right, second)]
    return [(sheet, found)]


def _cuts(sheet: Sheet, header: Header) -> list[int]:
    """Return the columns at which a second table may begin: where a field comes again, or behind a blank one."""
    first = min(header.columns.values(), default=0)
    words = {x: header_key(text)[0] for x, text in enumerate(sheet.rows[header.top]) if text.strip()}
    again = [x for x, word in words.items() if x > first and word == words.get(first)]
    blank = [
        x
        for x in sorted(header.unknown)
        if x > first and not any(r[x - 1 : x] != [""] for r in sheet.rows[header.top :])
    ]
    return again + blank


def pages_without_header(tables: list[tuple[Sheet, list[Header]]]) -> list[tuple[Sheet, list[Header]]]:
    """Return the tables with the header of the page before, where a page goes on without one.

    Such a header stands above the first row that is no line of text, and has no rows of its own. Its columns must
    be as many as those of that page; raises Unreadable page_without_header where rows of data stand under others.
    """
    result: list[tuple[Sheet, list[Header]]] = []
    before: Header | None = None
    width = 0
    for sheet, found in tables:
        columns = sheet.width
        if sheet.continues and not found and before and columns > 1:
            top = next(y for y, row in enumerate(sheet.rows) if len(row) == columns)
            if columns == width:
                found = [replace(before, top=top, bottom=top)]
            elif any(_goes_on(before.kind, row) for row in sheet.rows[top:]):
                raise Unreadable("page_without_header", sheet.name)
        if found:
            before, width = found[-1], columns
        result.append((sheet, found))
    return result


def _goes_on(kind: str, row: list[str]) -> bool:
    """Tell whether a row has what makes a row of data in this kind of table, in whichever of its cells."""
    written = [text for text in row if text.strip()]
    if kind == "division_listing":
        return any(LISTING_CODE.match(arabic_digits(clean(text))) for text in written)
    return len(written) > 3 and key(written[0]).isdecimal()


def rivals(sheet: Sheet, header: Header, end: int) -> dict[str, list[int]]:
    """Return the columns of each figure that two or more columns of a table give differently, by field.

    A column whose cells are all blank, or all as in the first one, is no rival of that; only rows of data count.
    """
    figures = {f.name for f in fields()[header.kind] if f.type in FIGURES}
    again = {x: name for x, name in header.again.items() if name in figures}
    found: dict[str, list[int]] = {}
    if not again:
        return found
    width = max(*again, *header.columns.values()) + 1
    rows = []
    for row in sheet.rows[header.bottom : end]:
        texts = [clean(text) for text in row] + [""] * (width - len(row))
        cells = {name: texts[x] for name, x in header.columns.items()}
        if any(texts) and role(header.kind, cells, texts) == "data":
            rows.append(texts)
    for x, name in again.items():
        first = header.columns[name]
        if any(row[x] not in ("", row[first]) for row in rows):
            found.setdefault(name, [first]).append(x)
    return found


def closest(header: Header, field: str) -> str | None:
    """Return the unknown header of the table that reads most like a missing field's, or None."""
    # Only a refused file needs it.
    from rapidfuzz import fuzz, process

    match = process.extractOne(
        key(header_as_written(header.kind, field).split(" > ")[-1]),
        {column: key(text) for column, text in header.unknown.items()},
        scorer=fuzz.ratio,
        score_cutoff=50,
    )
    return header.unknown[match[2]] if match else None


def _header_at(sheet: Sheet, top: int) -> Header | None:
    """Return the best header that starts at a row: most required fields found, then the lower one."""
    if not _has_header_words(sheet.rows[top], 2):
        return None
    bottom = top + 1
    while bottom - top < TALLEST_HEADER and bottom < len(sheet.rows) and _has_header_words(sheet.rows[bottom], 1):
        bottom += 1
    rows = tuple(map(tuple, sheet.rows[top:bottom]))
    # Pages repeat their heading and divisions share one form: most headers have been matched before.
    found = _remembered_match(rows) if len(rows[0]) < WIDEST_REMEMBERED else _best_match(rows)
    return replace(found, top=top, bottom=top + found.bottom, columns={**found.columns}, units={**found.units})


def _has_header_words(row: list[str], wanted: int) -> bool:
    """Tell whether so many cells of a row are words of known headers."""
    return sum(map(is_header_word, row)) >= wanted


class _HeaderWords(dict[str, bool]):
    """Whether texts are words of known headers; the texts of cells come up again and again."""

    def __missing__(self, cell: str) -> bool:
        if len(self) > 50_000:
            self.clear()
        found = False
        if cell and len(cell) < LONGEST_HEADER and cell.lstrip()[:1] in header_initials():
            word, unit = header_key(cell)
            found = word in header_words() or bool(unit and not word)
        self[cell] = found
        return found


is_header_word = _HeaderWords().__getitem__


def _best_match(rows: tuple[tuple[str, ...], ...]) -> Header:
    candidates = [
        _match(kind, paths, 0, height)
        for height in range(1, len(rows) + 1)
        for paths in [_paths(rows[:height])]
        for kind in header_paths()
    ]
    return max(candidates, key=_how_good)


def _how_good(header: Header) -> tuple[int, ...]:
    missing = len(header.missing)
    # A row of units below the names belongs to the header; any other row that adds nothing does not.
    return (not missing, len(header.columns), -missing, len(header.units), -header.bottom)


_remembered_match = lru_cache(maxsize=256)(_best_match)


def _paths(rows: Sequence[Sequence[str]]) -> dict[int, Path]:
    """Return the path of headers by column for header rows.

    A blank cell above a written one belongs to the nearest written cell to its left: that is how merged
    group headers come out of every format, with or without the merge itself.
    """
    width = max(map(len, rows))
    paths: dict[int, Path] = {}
    groups = [""] * len(rows)
    for x in range(width):
        column = [row[x].strip() if x < len(row) else "" for row in rows]
        if not any(column):
            continue
        lowest = max(y for y, text in enumerate(column) if text)
        parts = []
        for y in range(lowest + 1):
            if column[y]:
                groups[y] = column[y] if y < lowest else ""
                groups[y + 1 :] = [""] * (len(rows) - y - 1)
            text = column[y] or groups[y]
            if text:
                parts.append(text)
        keys = [header_key(part) for part in parts]
        unit = next((unit for _, unit in reversed(keys) if unit), None)
        compared = [part for part, _ in keys if part]
        if compared:
            paths[x] = (compared, " > ".join(" ".join(p.split()) for p in parts), unit)
    return paths


def _match(kind: str, paths: dict[int, Path], top: int, bottom: int) -> Header:
    known = header_paths()[kind]
    header = Header(kind, top, bottom, {}, {})
    for x, (parts, written, unit) in paths.items():
        name = known.get(">".join(parts)) or known.get("".join(parts)) or known.get(parts[-1])
        if name is None and len(parts) > 2:
            name = known.get(">".join(parts[-2:])) or known.get("".join(parts[-2:]))
        if name == NOT_READ:
            continue
        if name in header.columns:
            header.unknown[x], header.again[x] = written, name
        elif name:
            header.columns[name] = x
            if unit:
                header.units[name] = unit
        elif kind == "division_listing" and (word := _transfer_words().get(parts[-1])):
            header.transfers[x] = word
        elif len(parts[-1]) < LONGEST_HEADER:
            header.unknown[x] = written
    return header


@cache
def _transfer_words() -> dict[str, Word]:
    return {header_key(word)[0]: meaning for word, meaning in vocabulary().items()}


def table_ends(headers: list[Header], sheet: Sheet) -> Iterator[tuple[Header, int]]:
    """Yield each header with the 0-based row before which its table ends (the next header or the sheet's end)."""
    for header, following in zip_longest(headers, headers[1:]):
        yield header, following.top if following else len(sheet.rows)
