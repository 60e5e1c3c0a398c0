"""Which table stands where on a sheet: found by its header rows, whatever their height, order or place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from rapidfuzz import fuzz, process

from orchestration.spreadsheets.layouts import fields, header_as_written, header_paths, header_words
from orchestration.spreadsheets.readers import Sheet
from orchestration.spreadsheets.thai import key

TALLEST_HEADER = 3


@dataclass(frozen=True)
class Header:
    """The header of one table: rows [top, bottom) of the sheet (0-based) and the column of each field.

    `unknown` are headers as written that the layout does not know, by column.
    """

    kind: str
    top: int
    bottom: int
    columns: dict[str, int]
    unknown: dict[int, str]

    @property
    def missing(self) -> list[str]:
        return [f.name for f in fields()[self.kind] if f.is_required and f.name not in self.columns]


def find_headers(sheet: Sheet) -> list[Header]:
    """Return the headers on a sheet from top to bottom; complete ones only, unless there is no complete one.

    Then the best incomplete one is returned alone, for a message that names the missing column.
    """
    complete: list[Header] = []
    best_incomplete: Header | None = None
    row = 0
    while row < len(sheet.rows):
        header = _header_at(sheet, row)
        if header and not header.missing:
            complete.append(header)
            row = header.bottom
            continue
        if header and len(header.columns) > len(best_incomplete.columns if best_incomplete else ()):
            best_incomplete = header
        row += 1
    if complete or best_incomplete is None or len(best_incomplete.columns) < 3:
        return complete
    return [best_incomplete]


def closest(header: Header, field: str) -> str | None:
    """Return the unknown header of the table that reads most like a missing field's, or None."""
    match = process.extractOne(
        key(header_as_written(header.kind, field).split(" > ")[-1]),
        {column: key(text) for column, text in header.unknown.items()},
        scorer=fuzz.ratio,
        score_cutoff=50,
    )
    return header.unknown[match[2]] if match else None


def _header_at(sheet: Sheet, top: int) -> Header | None:
    """Return the best header that starts at a row: most required fields found, then the lower one."""
    if sum(key(cell) in header_words() for cell in sheet.rows[top] if cell and len(cell) < 80) < 2:
        return None
    candidates = [
        _match(kind, paths, top, top + height)
        for height in range(1, min(TALLEST_HEADER, len(sheet.rows) - top) + 1)
        for paths in [_paths(sheet.rows[top : top + height])]
        for kind in header_paths()
    ]
    return max(
        candidates,
        key=lambda h: (not h.missing, len(h.columns), -len(h.missing), -h.bottom),
        default=None,
    )


def _paths(rows: list[list[str]]) -> dict[int, tuple[list[str], str]]:
    """Return (compared parts, header as written) by column for header rows.

    A blank cell above a written one belongs to the nearest written cell to its left: that is how merged
    group headers come out of every format, with or without the merge itself.
    """
    width = max(map(len, rows))
    grid = [[row[x] if x < len(row) else "" for x in range(width)] for row in rows]
    paths: dict[int, tuple[list[str], str]] = {}
    groups = [""] * len(grid)
    for x in range(width):
        column = [grid[y][x].strip() for y in range(len(grid))]
        lowest = max((y for y, text in enumerate(column) if text), default=-1)
        parts = []
        for y in range(lowest + 1):
            if column[y]:
                groups[y] = column[y] if y < lowest else ""
                groups[y + 1 :] = [""] * (len(grid) - y - 1)
            text = column[y] or groups[y]
            if text:
                parts.append(text)
        if parts:
            paths[x] = ([key(part) for part in parts], " > ".join(" ".join(p.split()) for p in parts))
    return paths


def _match(kind: str, paths: dict[int, tuple[list[str], str]], top: int, bottom: int) -> Header:
    known = header_paths()[kind]
    columns: dict[str, int] = {}
    unknown: dict[int, str] = {}
    for x, (parts, written) in paths.items():
        field = known.get(">".join(parts)) or known.get("".join(parts)) or known.get(parts[-1])
        if field and field not in columns:
            columns[field] = x
        elif len(parts[-1]) < 80:
            unknown[x] = written
    return Header(kind, top, bottom, columns, unknown)


def table_ends(headers: list[Header], sheet: Sheet) -> Iterator[tuple[Header, int]]:
    """Yield each header with the 0-based row before which its table ends (the next header or the sheet's end)."""
    for header, following in zip_longest(headers, headers[1:]):
        yield header, following.top if following else len(sheet.rows)
