"""What a grid of text does not say about an .xls (BIFF8) or .xlsb: what is hidden, errors, units shown.

Both keep every formula with its last value, so one that was never computed cannot be told from one that gave
that value: programs that do not compute write 0 or an empty text there, and it is read as such. Workbooks of
Excel 95 and earlier (BIFF5) come back with nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from orchestration.spreadsheets import number_formats
from orchestration.spreadsheets.guard import cfb_streams, relations, seven_bits
from orchestration.spreadsheets.ooxml import Hidden, Merged

# MS-XLS 2.5.10 BErr; MS-XLSB has the same numbers.
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


def _error(code: int) -> tuple[str, str]:
    return "formula_error", ERRORS.get(code, f"#{code}")


# -- Excel 97 to 2003 (MS-XLS)

_BOF, _BOUNDSHEET, _FORMULA, _BOOLERR, _ROW, _COLINFO = 0x0809, 0x85, 0x06, 0x0205, 0x0208, 0x7D
_MERGECELLS, _FORMAT, _XF, _NUMBER, _RK, _MULRK = 0xE5, 0x041E, 0xE0, 0x0203, 0x027E, 0xBD
_BIFF8 = 0x0600


def look_at_xls(content: bytes) -> dict[str, Hidden]:
    """Return what is hidden by sheet name; struct.error, ValueError or IndexError where the file is broken."""
    stream = cfb_streams(content).get("Workbook", b"")
    if stream[:4] != struct.pack("<HH", _BOF, 16) or struct.unpack_from("<H", stream, 4)[0] != _BIFF8:
        return {}
    sheets: dict[str, Hidden] = {}
    # Each sheet begins where the list of sheets says it does.
    by_start: dict[int, Hidden] = {}
    sheet = Hidden()
    # What number formats show behind a number, by their number and by that of a cell's style.
    formats: dict[int, str] = {}
    styles: list[str] = []
    for start, kind, part in _biff_records(stream):
        if kind == _BOF:
            sheet = by_start.get(start, Hidden())
        elif kind == _BOUNDSHEET:
            position, state, _, length, wide = struct.unpack_from("<IBBBB", part)
            name = _biff_text(part, 8, length, wide)
            by_start[position] = sheets[name] = Hidden(sheet=state & 3 != 0)
        elif kind == _BOOLERR and part[7]:
            sheet.without_value[struct.unpack_from("<HH", part)] = _error(part[6])
        elif kind == _FORMULA and part[12:14] == b"\xff\xff" and part[6] == 2:
            sheet.without_value[struct.unpack_from("<HH", part)] = _error(part[8])
        elif kind == _ROW and struct.unpack_from("<H", part, 12)[0] & 0x20:
            sheet.rows.append(struct.unpack_from("<H", part)[0] + 1)
        elif kind == _COLINFO and part[8] & 1:
            sheet.columns.append(struct.unpack_from("<HH", part))
        elif kind == _FORMAT:
            number, length, wide = struct.unpack_from("<HHB", part)
            formats[number] = number_formats.behind(_biff_text(part, 5, length, wide))
        elif kind == _XF:
            styles.append(formats.get(struct.unpack_from("<H", part, 2)[0], ""))
        # A formula whose result is no number has two bytes of 255 for the end of one (MS-XLS 2.5.133).
        elif kind in (_NUMBER, _RK) or (kind == _FORMULA and part[12:14] != b"\xff\xff"):
            row, column, style = struct.unpack_from("<3H", part)
            _note(sheet, row, column, styles, style)
        elif kind == _MULRK:
            row, first = struct.unpack_from("<HH", part)
            for n, (style, _) in enumerate(struct.iter_unpack("<HI", part[4 : 4 + (len(part) - 6) // 6 * 6])):
                _note(sheet, row, first + n, styles, style)
        elif kind == _MERGECELLS:
            for top, bottom, left, right in struct.iter_unpack("<4H", part[2 : 2 + len(part) // 8 * 8]):
                sheet.merged.append(Merged(top, left, bottom, right))
    return sheets


def _note(sheet: Hidden, row: int, column: int, styles: list[str], style: int) -> None:
    if style < len(styles) and styles[style]:
        sheet.behind[row, column] = styles[style]


def _biff_text(part: bytes, at: int, length: int, flags: int) -> str:
    wide = flags & 1
    return part[at : at + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")


def _biff_records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield at, kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


# -- Excel binary workbooks (MS-XLSB)

_ROW_HEADER, _CELL_ERROR, _FORMULA_ERROR, _COLUMN_INFO, _BUNDLE_SHEET, _MERGE_CELL = 0, 3, 11, 60, 156, 176
_NUMBER_CELLS = (2, 5, 9)
_BINARY_FORMAT, _BINARY_XF, _BEGIN_CELL_XFS, _END_CELL_XFS = 44, 47, 617, 618


def look_at_xlsb(parts: dict[str, bytes]) -> dict[str, Hidden]:
    """Return what is hidden by sheet name; struct.error, ValueError or IndexError where a part is broken."""
    targets = {
        identity: target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        for identity, _, target, _ in relations(parts["xl/_rels/workbook.bin.rels"])
    }
    sheets: dict[str, Hidden] = {}
    styles = _styles(parts.get("xl/styles.bin", b""))
    for kind, part in _xlsb_records(parts["xl/workbook.bin"]):
        if kind == _BUNDLE_SHEET:
            (state,) = struct.unpack_from("<I", part)
            identity, at = _wide_string(part, 8)
            name, _ = _wide_string(part, at)
            sheets[name] = _look_at_sheet(parts.get(targets.get(identity, ""), b""), styles)
            sheets[name].sheet = state != 0
    return sheets


def _styles(content: bytes) -> list[str]:
    """Return what the number format of each style of a cell shows behind a number."""
    formats: dict[int, str] = {}
    styles: list[str] = []
    is_of_cells = False
    for kind, part in _xlsb_records(content):
        if kind == _BINARY_FORMAT:
            formats[struct.unpack_from("<H", part)[0]] = number_formats.behind(_wide_string(part, 2)[0])
        elif kind in (_BEGIN_CELL_XFS, _END_CELL_XFS):
            is_of_cells = kind == _BEGIN_CELL_XFS
        elif kind == _BINARY_XF and is_of_cells:
            styles.append(formats.get(struct.unpack_from("<H", part, 2)[0], ""))
    return styles


def _look_at_sheet(content: bytes, styles: list[str]) -> Hidden:
    hidden, row = Hidden(), 0
    for kind, part in _xlsb_records(content):
        if kind == _ROW_HEADER:
            (row,) = struct.unpack_from("<I", part)
            if part[11] & 0x10:
                hidden.rows.append(row + 1)
        elif kind in (_CELL_ERROR, _FORMULA_ERROR):
            hidden.without_value[row, struct.unpack_from("<I", part)[0]] = _error(part[8])
        elif kind in _NUMBER_CELLS:
            column, style = struct.unpack_from("<II", part)
            _note(hidden, row, column, styles, style & 0xFFFFFF)
        elif kind == _COLUMN_INFO and part[16] & 1:
            hidden.columns.append(struct.unpack_from("<II", part))
        elif kind == _MERGE_CELL:
            top, bottom, left, right = struct.unpack_from("<4I", part)
            hidden.merged.append(Merged(top, left, bottom, right))
    return hidden


def _xlsb_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        kind, at = seven_bits(content, at, 2)
        size, at = seven_bits(content, at, 4)
        yield kind, content[at : at + size]
        at += size


def _wide_string(part: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", part, at)
    end = at + 4 + 2 * length
    return part[at + 4 : end].decode("utf-16-le"), end
