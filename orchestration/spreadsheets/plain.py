"""Plain .xlsx sheets, known by the shape of their cells and read by it: what nearly every form is.

Office programs write cells in a handful of shapes: `<c r="A5" t="s"><v>12</v></c>` is one, once every digit is
written as 0. So a sheet is cut where its cells begin, and only the distinct shapes are looked at. A sheet
of known shapes is well-formed, reaches no further than row 999 and column Z, and what stands in a cell stands at
the same place of every text of its shape. That takes a third of the time of
a parser and a reader behind it.

Anything else is left to them: None means "not plain", never "wrong". tests/unit/test_plain.py compares both ways.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from orchestration.spreadsheets import ooxml

# No form is larger; beyond, only a parser may tell how far the cells reach.
LARGEST_SHEET = 4 * 2**20
COLUMNS = 26
MOST_KNOWN, MOST_NEW = 20_000, 500

# All digits are 0. Rows may be empty, a cell may be blank, hold a formula, a value or both.
_ROW = rb'<row r="0{1,3}"(?: [A-Za-z][\w:]*="[\w.:]*")*'
_EMPTY_ROWS = rb"(?:" + _ROW + rb"(?:/>|></row>))*"
_TEXT = rb"(?:[ !-%'-;=?-~]|&(?:quot|apos|amp|lt|gt);)*"
_FORMULA = rb'<f(?: t="shared"(?: ref="[A-Z0:]+")? si="0+")?(?:/>|>' + _TEXT + rb"</f>)"
_CELL = (
    rb'r="[A-Z]0{1,3}()"(?: s="0+")?(?: t="([a-z]+)")?'
    rb"(?:/>|>(?:" + _FORMULA + rb")?(?:<v>(" + _TEXT + rb")</v>)?</c>)"
)
_BEFORE_CELLS = re.compile(_EMPTY_ROWS + _ROW + rb">")
_CELL_AMONG_OTHERS = re.compile(_CELL + rb"(?:</row>" + _EMPTY_ROWS + _ROW + rb">)?")
_LAST_CELL = re.compile(_CELL + rb"</row>" + _EMPTY_ROWS)
_ATTRIBUTE_NAME = re.compile(rb' ([\w:]+)="')
_DIGITS_TO_0 = bytes.maketrans(b"123456789", b"000000000")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:E[+-]?\d+)?")
_STRING = re.compile(r'<si><t( xml:space="preserve")?(?:>([^<]*)</t>|(/)>)</si>')
_STYLES = re.compile(rb"<cellXfs\b[^>]*>(.*?)</cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<xf\b([^>]*)>")
_FORMAT = re.compile(rb'<numFmt\b[^>]*?numFmtId="(\d+)"[^>]*?formatCode="([^"]*)"')
_FORMAT_OF_STYLE = re.compile(rb'\bnumFmtId="(\d+)"')
# Formats that every program has and that are no dates (ECMA-376, 18.8.30).
_NUMBER_FORMATS = frozenset((*range(5), *range(9, 14), *range(37, 45), 48, 49))
_NO_DATE = re.compile(rb"(?:[#0?,.;()\-_ *%]|&quot;-&quot;|General)*")
# What a cell of a shape holds.
_NOTHING, _IS_NUMBER, _IS_STRING, _IS_OTHER = range(4)


@dataclass(frozen=True)
class Rows:
    """The rows of a plain sheet, cut where its cells begin; `shapes` are the same texts with 0 for every digit.

    `frame` is the sheet without its rows: it is well-formed exactly if the sheet is.
    """

    frame: bytes
    cells: list[bytes]
    shapes: list[bytes]


# What a cell of a known shape holds, where its reference ends, and where its value begins and ends.
_shapes: dict[bytes, tuple[int, int, int, int]] = {}


def cut(part: bytes) -> Rows | None:
    """Cut a sheet into cells; None where it is not plain."""
    head, opened, rest = part.partition(b"<sheetData>")
    rows, closed, tail = rest.rpartition(b"</sheetData>")
    if not opened or not closed or len(part) > LARGEST_SHEET:
        return None
    first, *shapes = rows.translate(_DIGITS_TO_0).split(b"<c ")
    if not shapes or not _BEFORE_CELLS.fullmatch(first) or not _LAST_CELL.fullmatch(shapes[-1]):
        return None
    if len(_shapes) > MOST_KNOWN:
        _shapes.clear()
    # The last cell has a shape of its own: its row is the last one.
    new = set(shapes[:-1]) - _shapes.keys()
    if len(new) > MOST_NEW:
        return None
    for shape in (first, shapes[-1], *new):
        if not all(map(_has_no_attribute_twice, shape.split(b"<row"))):
            return None
    for shape in new:
        match = _CELL_AMONG_OTHERS.fullmatch(shape)
        if match is None:
            return None
        _shapes[shape] = _meaning(match)
    return Rows(head + opened + closed + tail, rows.split(b"<c ")[1:], shapes)


def _has_no_attribute_twice(tag: bytes) -> bool:
    names = _ATTRIBUTE_NAME.findall(tag)
    return len(set(names)) == len(names)


def _meaning(match: re.Match[bytes]) -> tuple[int, int, int, int]:
    kind = _NOTHING
    if match.start(3) >= 0:
        kind = {None: _IS_NUMBER, b"n": _IS_NUMBER, b"s": _IS_STRING}.get(match[2], _IS_OTHER)
        if not match[3] or (kind == _IS_STRING and match[3].strip(b"0")):
            kind = _IS_OTHER
    return kind, match.start(1), match.start(3), match.end(3)


def read(parts: Mapping[str, bytes], plain: Mapping[str, Rows]) -> list[tuple[str, list[list[str]]]] | None:
    """Return the sheets of a workbook, by name, as a reader would; None where only a reader can tell.

    `plain` are the sheets that have been cut, by the name of their part.
    """
    listed = ooxml.sheets(parts.get("xl/workbook.xml", b""), parts.get("xl/_rels/workbook.xml.rels", b""))
    if not listed or not all(path in plain and "&" not in name for name, path, _ in listed):
        return None
    try:
        strings = _strings(parts.get("xl/sharedStrings.xml", b""))
        dates = _may_be_dates(parts.get("xl/styles.xml", b""))
        return [(name, _grid(parts[path], plain[path], strings, dates)) for name, path, _ in listed]
    except (_NotPlain, UnicodeDecodeError, LookupError, OverflowError):
        return None


class _NotPlain(Exception):
    pass


def _grid(part: bytes, rows: Rows, strings: list[str], dates: re.Pattern[bytes] | None) -> list[list[str]]:
    if dates is not None and dates.search(part):
        raise _NotPlain
    *shapes, last_shape = rows.shapes
    meanings = [*map(_shapes.__getitem__, shapes), _meaning_of_last(last_shape)]
    places = [_places[cell[3:at]] for cell, (_, at, _, _) in zip(rows.cells, meanings, strict=True)]
    if places[0] < 0 or not all(map(operator.lt, places, places[1:])):
        raise _NotPlain  # out of order: readers differ in what they make of it
    flat = [""] * ((places[-1] // COLUMNS + 1) * COLUMNS)
    width, last = 0, -1
    for cell, place, (kind, _, start, end) in zip(rows.cells, places, meanings, strict=True):
        if kind == _IS_STRING:
            flat[place] = text = strings[int(cell[start:end])]
            if not text:
                # Written, though blank: to a reader the sheet reaches as far.
                width = max(width, place % COLUMNS + 1)
        elif kind == _IS_NUMBER:
            flat[place] = _numbers[cell[start:end]]
        elif kind == _NOTHING:
            continue
        else:
            raise _NotPlain
        last = place
    height = last // COLUMNS + 1
    del flat[height * COLUMNS :]
    width = next((x + 1 for x in range(COLUMNS - 1, width - 1, -1) if any(flat[x::COLUMNS])), width)
    return [flat[at : at + width] for at in range(0, len(flat), COLUMNS)]


def _meaning_of_last(shape: bytes) -> tuple[int, int, int, int]:
    match = _LAST_CELL.fullmatch(shape)
    if match is None:
        raise _NotPlain
    return _meaning(match)


class _Places(dict[bytes, int]):
    """Where a cell stands, row by row from A1, by its reference."""

    def __missing__(self, reference: bytes) -> int:
        place = self[reference] = (int(reference[1:]) - 1) * COLUMNS + reference[0] - ord("A")
        return place


class _Numbers(dict[bytes, str]):
    """The texts of numbers, by what is written in the file; most come up again and again."""

    def __missing__(self, written: bytes) -> str:
        if not _NUMBER.fullmatch(written):
            raise _NotPlain
        if len(self) > 50_000:
            self.clear()
        # Up to fifteen digits are exact as a whole number and as a float.
        is_whole = len(written) <= 15 and written.isdigit()
        text = self[written] = str(int(written)) if is_whole else number_text(float(written))
        return text


_places, _numbers = _Places(), _Numbers()


def number_text(number: float) -> str:
    """Return a number in its shortest form: 7, 942154.25."""
    return str(int(number)) if number.is_integer() and abs(number) <= 2**53 else repr(number)


def _strings(part: bytes) -> list[str]:
    """Return the strings that the cells of a workbook refer to; none of them is written in pieces."""
    _, _, part = part.partition(b"<si>")
    written = "<si>" + part.decode() if part else ""
    found = _STRING.findall(written)
    # Four tags to a string (three where it is closed at once), and one for the end of the list: else there is
    # something between them.
    tags = 4 * len(found) - sum(bool(closed) for _, _, closed in found) + bool(written)
    if "\r" in written or "_x" in written or written.count("<") != tags:
        raise _NotPlain
    if any(not preserved and text != text.strip() for preserved, text, _ in found):
        raise _NotPlain
    return [_unescaped(text) if "&" in text else text for _, text, _ in found]


def _unescaped(text: str) -> str:
    plain = text
    for entity, character in (("&quot;", '"'), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">")):
        plain = plain.replace(entity, character)
    if plain.count("&") != plain.count("&amp;"):
        raise _NotPlain
    return plain.replace("&amp;", "&")


@lru_cache(maxsize=64)
def _may_be_dates(styles: bytes) -> re.Pattern[bytes] | None:
    """Return a pattern of cells that hold a number in a format that may be a date; None for no such."""
    if not styles:
        return None
    found = _STYLES.search(styles)
    if found is None:
        raise _NotPlain
    plain = _NUMBER_FORMATS | {int(n) for n, code in _FORMAT.findall(styles) if _NO_DATE.fullmatch(code)}
    plain -= {int(n) for n, code in _FORMAT.findall(styles) if not _NO_DATE.fullmatch(code)}
    dates = []
    for at, attributes in enumerate(_STYLE.findall(found[1])):
        said = _FORMAT_OF_STYLE.search(attributes)
        if said and int(said[1]) not in plain:
            dates.append(b"%d" % at)
    return re.compile(rb' s="(?:' + b"|".join(dates) + rb')"(?: t="n")?>') if dates else None
