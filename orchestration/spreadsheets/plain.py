"""Plain .xlsx sheets, known by the shape of their rows and read by it: what nearly every form is.

Office programs write rows in a handful of shapes: `r="5"><c r="A5" t="s"><v>12</v></c></row>` is one, once every
number is written as 0. So a sheet is cut where its rows begin, and only the distinct shapes are looked at. A sheet
of known shapes is well-formed, and the numbers in it stand in the order in which its shapes have them: a column of
all rows of one shape is read at once. Such a sheet reaches no further than row 999 and column Z. That takes a
quarter of the time of a parser and a reader behind it.

Anything else is left to them: None means "not plain", never "wrong". tests/unit/test_plain.py compares both ways.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from orchestration.spreadsheets import ooxml

# No form is larger; beyond, only a parser may tell how far the cells reach.
LARGEST_SHEET = 4 * 2**20
ROWS = 999
MOST_KNOWN, MOST_NEW = 20_000, 500

# Every number is 0. Rows may be empty, a cell may be blank, hold a formula, a value or both.
_TEXT = rb"(?:[ !-%'-;=?-~]|&(?:quot|apos|amp|lt|gt);)*"
_FORMULA = rb'<f(?: t="shared"(?: ref="[A-Z0:]+")? si="0")?(?:/>|>' + _TEXT + rb"</f>)"
_CELL = (
    rb'<c r="([A-Z])0"(?: s="0")?(?: t="([a-z]+)")?'
    rb"(?:/>|>(?:" + _FORMULA + rb")?(?:<v>(" + _TEXT + rb")</v>)?</c>)"
)
_ROW = re.compile(rb'(r="0"(?: [A-Za-z][\w:]*="[\w.:]*")*)(?:/>|>(?:' + _CELL + rb")*</row>)")
_CELLS = re.compile(_CELL)
_ATTRIBUTE_NAME = re.compile(rb' ([\w:]+)="')
_DIGITS = b"0123456789"
_DIGITS_TO_0 = bytes.maketrans(_DIGITS, b"0" * 10)
_ALL_BUT_DIGITS_TO_BLANK = bytes(byte if byte in _DIGITS else 32 for byte in range(256))
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:E[+-]?\d+)?")
_STRING = re.compile(r'<si><t( xml:space="preserve")?(?:>([^<]*)</t>|(/)>)</si>')
_STYLES = re.compile(rb"<cellXfs\b[^>]*>(.*?)</cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<xf\b([^>]*)>")
_FORMAT = re.compile(rb'<numFmt\b[^>]*?numFmtId="(\d+)"[^>]*?formatCode="([^"]*)"')
_FORMAT_OF_STYLE = re.compile(rb'\bnumFmtId="(\d+)"')
# Formats that every program has and that are no dates (ECMA-376, 18.8.30).
_NUMBER_FORMATS = frozenset((*range(5), *range(9, 14), *range(37, 45), 48, 49))
_NO_DATE = re.compile(rb"(?:[#0?,.;()\-_ *%]|&quot;-&quot;|General)*")


class _NotPlain(Exception):
    pass


@dataclass(frozen=True)
class _Cell:
    """A cell with a value in rows of one shape: its column, and the place of the value among a row's numbers.

    `pieces` is what stands before, between and behind the numbers that a value consists of (2 in 12.50); none
    for a single whole number.
    """

    column: int
    is_string: bool
    at: int
    pieces: tuple[bytes, ...]


@dataclass(frozen=True, eq=False)
class _Shape:
    """What rows of one shape hold: how many numbers, and which are references of cells.

    `cells` are those with a value, None where one is of a type that only a reader knows.
    """

    numbers: int
    references: tuple[int, ...]
    cells: tuple[_Cell, ...] | None


@dataclass(frozen=True)
class Rows:
    """The rows of a plain sheet by shape: their row numbers (1-based), and their numbers column by column.

    `frame` is the sheet without its rows: it is well-formed exactly if the sheet is. `sample` is the frame with
    one row of each shape, every number 0.
    """

    frame: bytes
    sample: bytes
    groups: list[tuple[_Shape, list[int], list[tuple[bytes, ...]]]]


class _Shapes(dict[bytes, _Shape]):
    """The shapes of rows met so far; raises _NotPlain for one that is not known to be well-formed."""

    def __missing__(self, row: bytes) -> _Shape:
        match = _ROW.fullmatch(row)
        if match is None:
            raise _NotPlain
        names = _ATTRIBUTE_NAME.findall(b" " + match[1])
        if len(set(names)) < len(names):
            raise _NotPlain
        found = list(_CELLS.finditer(row))
        columns = [cell[1] for cell in found]
        if not all(map(operator.lt, columns, columns[1:])):
            raise _NotPlain  # out of order: readers differ in what they make of it
        valued = [_cell(row, cell) for cell in found if cell[3] is not None]
        cells = None if None in valued else tuple(cell for cell in valued if cell)
        references = tuple(row.count(b"0", 0, cell.end(1)) for cell in found)
        shape = self[row] = _Shape(row.count(b"0"), references, cells)
        return shape


def _cell(row: bytes, match: re.Match[bytes]) -> _Cell | None:
    kind, value = match[2] or b"n", match[3]
    if kind not in (b"n", b"s") or b"0" not in value or (kind == b"s" and value != b"0"):
        return None
    pieces = () if value == b"0" else tuple(value.split(b"0"))
    return _Cell(match[1][0] - ord("A"), kind == b"s", row.count(b"0", 0, match.start(3)), pieces)


_shapes = _Shapes()
_row_numbers = {b"%d" % number: number for number in range(1, ROWS + 1)}


def cut(part: bytes) -> Rows | None:
    """Cut a sheet into rows; None where it is not plain."""
    head, opened, rest = part.partition(b"<sheetData>")
    rows, closed, tail = rest.rpartition(b"</sheetData>")
    if not opened or not closed or len(part) > LARGEST_SHEET:
        return None
    before, *written = _numbers_as_0(rows).split(b"<row ")
    distinct = set(written)
    if before or not written or len(written) > ROWS or len(distinct - _shapes.keys()) > MOST_NEW:
        return None
    if len(_shapes) > MOST_KNOWN:
        _shapes.clear()
    numbers = rows.translate(_ALL_BUT_DIGITS_TO_BLANK).split()
    by_shape: dict[_Shape, tuple[list[int], list[list[bytes]]]] = {}
    at = row = 0
    try:
        for shape in map(_shapes.__getitem__, written):
            own = numbers[at : (at := at + shape.numbers)]
            above, row = row, _row_numbers[own[0]]
            if row <= above:
                return None
            rows_of, numbers_of = by_shape.setdefault(shape, ([], []))
            rows_of.append(row)
            numbers_of.append(own)
    except (_NotPlain, KeyError):
        return None
    groups = [(shape, rows_of, list(zip(*of, strict=True))) for shape, (rows_of, of) in by_shape.items()]
    for shape, _, columns in groups:
        if any(columns[reference] != columns[0] for reference in shape.references):
            return None
    frame = head + opened + closed + tail
    return Rows(frame, b"<row ".join([frame, *distinct]), groups)


def _numbers_as_0(text: bytes) -> bytes:
    """Return text with 0 for every number, however many digits it has."""
    zeros = np.frombuffer(text.translate(_DIGITS_TO_0), dtype=np.uint8)
    is_digit = zeros == ord("0")
    goes_on = np.zeros_like(is_digit)
    np.logical_and(is_digit[1:], is_digit[:-1], out=goes_on[1:])
    return zeros[~goes_on].tobytes()


def read(parts: Mapping[str, bytes], plain: Mapping[str, Rows]) -> list[tuple[str, list[list[str]]]] | None:
    """Return the sheets of a workbook, by name, as a reader would; None where only a reader can tell.

    `plain` are the sheets that have been cut, by the name of their part.
    """
    listed = ooxml.sheets(parts.get("xl/workbook.xml", b""), parts.get("xl/_rels/workbook.xml.rels", b""))
    if not listed or not all(path in plain and "&" not in name for name, path, _ in listed):
        return None
    try:
        strings = dict(zip(_numerals, _strings(parts.get("xl/sharedStrings.xml", b"")), strict=False))
        dates = _may_be_dates(parts.get("xl/styles.xml", b""))
        return [(name, _grid(parts[path], plain[path], strings, dates)) for name, path, _ in listed]
    except (_NotPlain, UnicodeDecodeError, LookupError, OverflowError):
        return None


def _grid(
    part: bytes, rows: Rows, strings: Mapping[bytes, str], dates: re.Pattern[bytes] | None
) -> list[list[str]]:
    if dates is not None and dates.search(part):
        raise _NotPlain
    height = width = 0
    for shape, numbers, _ in rows.groups:
        if shape.cells is None:
            raise _NotPlain
        if shape.cells:
            # Written, though blank, counts: to a reader the sheet reaches as far.
            height, width = max(height, numbers[-1]), max(width, shape.cells[-1].column + 1)
    found: dict[int, list[str]] = {}
    for shape, numbers, columns in rows.groups:
        if not shape.cells:
            continue
        texts: list[Iterable[str]] = [("",) * len(numbers)] * width
        for cell in shape.cells:
            texts[cell.column] = _texts(cell, columns, strings)
        found.update(zip(numbers, map(list, zip(*texts, strict=True)), strict=True))
    return [found.get(number) or [""] * width for number in range(1, height + 1)]


def _texts(cell: _Cell, columns: Sequence[tuple[bytes, ...]], strings: Mapping[bytes, str]) -> Iterable[str]:
    """Return the texts of a cell in all rows of its shape."""
    if cell.is_string:
        return map(strings.__getitem__, columns[cell.at])
    if not cell.pieces:
        return map(_numbers.__getitem__, columns[cell.at])
    first, *others = cell.pieces
    numbers = columns[cell.at : cell.at + len(others)]
    return [_numbers[first + b"".join(map(operator.add, own, others))] for own in zip(*numbers, strict=True)]


class _Numbers(dict[bytes, str]):
    """The texts of numbers, by what is written in the file; most come up again and again."""

    def __missing__(self, written: bytes) -> str:
        if len(self) > 50_000:
            self.clear()
        # Up to fifteen digits are exact as a whole number and as a float.
        if len(written) <= 15 and written.isdigit():
            text = str(int(written))
        elif _NUMBER.fullmatch(written):
            text = number_text(float(written))
        else:
            raise _NotPlain
        self[written] = text
        return text


_numbers = _Numbers()
# The shared strings of a workbook are counted from 0; beyond, only a reader knows them.
_numerals = [b"%d" % number for number in range(32_768)]


def number_text(number: float) -> str:
    """Return a number in its shortest form: 7, 942154.25."""
    return str(int(number)) if number.is_integer() and abs(number) <= 2**53 else repr(number)


def _strings(part: bytes) -> list[str]:
    """Return the strings that the cells of a workbook refer to; none of them is written in pieces."""
    _, _, part = part.partition(b"<si>")
    written = "<si>" + part.decode() if part else ""
    if "\r" in written or "_x" in written:
        raise _NotPlain
    texts = _uniform_strings(written) or _any_strings(written)
    return [_unescaped(text) if "&" in text else text for text in texts] if "&" in written else texts


def _uniform_strings(written: str) -> list[str] | None:
    """Return the strings where all are written in the same simple way, as nearly always."""
    body, closed, _ = written.partition("</t></si></sst>")
    texts = body.removeprefix("<si><t>").split("</t></si><si><t>")
    # Four tags to a string, and one for the end of the list: else there is something between them.
    if not closed or not body.startswith("<si><t>") or written.count("<") != 4 * len(texts) + 1:
        return None
    if [*map(str.strip, texts)] != texts:
        raise _NotPlain
    return texts


_FRAME_OF_STRINGS = re.compile(rb"(.*?<sst\b[^<>]*>)<si><t>(.*)</t></si></sst>", re.DOTALL)
# What no text of an XML document may hold as it is: control characters, U+FFFE and U+FFFF.
_CONTROL = bytes({*range(32)} - {*b"\t\n\r"})


def frame_of_strings(part: bytes) -> bytes:
    """Return a list of strings without the strings, which is well-formed exactly if the list is.

    The list itself comes back where that cannot be said without a parser.
    """
    found = _FRAME_OF_STRINGS.fullmatch(part)
    if found is None:
        return part
    frame, body = found.groups()
    between = body.count(b"</t></si><si><t>")
    if not body.count(b"<") == body.count(b">") == 4 * between or b"&" in body:
        return part
    if b"\xef\xbf\xbe" in body or b"\xef\xbf\xbf" in body or len(body.translate(None, _CONTROL)) < len(body):
        return part
    try:
        body.decode()
    except UnicodeDecodeError:
        return part
    return bytes(frame) + b"</sst>"


def _any_strings(written: str) -> list[str]:
    found = _STRING.findall(written)
    # One tag less where a string is closed at once.
    tags = 4 * len(found) - sum(bool(closed) for _, _, closed in found) + bool(written)
    if written.count("<") != tags:
        raise _NotPlain
    if any(not preserved and text != text.strip() for preserved, text, _ in found):
        raise _NotPlain
    return [text for _, text, _ in found]


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
