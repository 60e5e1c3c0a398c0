"""Plain .xlsx sheets, known by the shape of their rows and read by it: what nearly every form is.

Office programs write rows in a handful of shapes: `r="5"><c r="A5" t="s"><v>12</v></c></row>` is one, once every
number is written as 0. So a sheet is cut where its rows begin, and only the distinct shapes are looked at. A sheet
of known shapes is well-formed, and the numbers in it stand in the order in which its shapes have them: all of them
are taken out of the sheet and put into their cells at once. Such a sheet reaches no further than row 999 and
column Z. That takes a quarter of the time of a parser and a reader behind it.

Anything else is left to them: None means "not plain", never "wrong". tests/unit/test_plain.py compares both ways.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from orchestration.spreadsheets import ooxml
from orchestration.spreadsheets.grid import Cells, Grid, Stack, Texts, whole_number

if TYPE_CHECKING:
    from orchestration.spreadsheets.guard import Checked

Given = TypeVar("Given")
Made = TypeVar("Made")
# The rows of a sheet as texts.
Spelt = list[list[str]]

# No form is larger; beyond, only a parser may tell how far the cells reach.
LARGEST_SHEET = 4 * 2**20
ROWS = 999
MOST_KNOWN, MOST_NEW = 20_000, 500
# Of a sheet with no more rows most are looked at one by one, and spelling out all of them at once takes less.
SMALL_SHEET = 40
# Digits of the longest number that fits into 64 bits, and of the longest that is the same as a float.
LONGEST_NUMBER, LONGEST_EXACT = 18, 15
# How a cell of a shape is packed into one number (`_packed`).
_PLACE, _COLUMN = 6, 31

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


@dataclass(frozen=True, eq=False)
class _Shape:
    """What rows of one shape hold: how many numbers there are, and which of them are references of cells.

    `cells` are those with a value that is one whole number or a shared string, as `_packed`, None where one is of
    a type that only a reader knows. `others` are cells whose value is made of several numbers (2 in 12.50): their
    column, the first of the numbers, how many they are, and the length of what stands before and behind them.
    """

    numbers: int
    references: Cells
    cells: Cells | None
    others: tuple[tuple[int, int, int, int, int], ...]

    @cached_property
    def width(self) -> int:
        """Return how many columns there are up to the last one with a value."""
        columns = [] if self.cells is None else (self.cells >> 1 & _COLUMN).tolist()
        return max([*columns, *(column for column, *_ in self.others)], default=-1) + 1


def _packed(at: int, column: int, is_string: bool) -> int:
    """Return a cell as one number: the place of its value among a row's numbers, its column, and its type."""
    return at << _PLACE | column << 1 | is_string


class _Numbers:
    """The numbers in the rows of a sheet, and where they stand.

    The last eight characters of each are held as one word, those that stand before its digits as 0.
    """

    def __init__(self, rows: bytes, starts: Cells, ends: Cells) -> None:
        self.rows, self.starts, self.ends = rows, starts, ends
        self.lengths = ends - starts
        self._eights = np.ndarray(len(rows) - 7, np.dtype("<u8"), rows, strides=(1,))
        self._words = self._eights[ends - 8] & _LAST_OF_EIGHT[np.minimum(self.lengths, 8)]

    def written(self, places: Cells) -> npt.NDArray[np.uint64]:
        """Return what is the same where numbers of no more than eight digits are written alike."""
        return self._words[places]

    def spelt(self, cells: tuple[tuple[int, int, int, int, int], ...], first: int) -> Iterator[tuple[int, bytes]]:
        """Yield the column and the written value of cells that are made of several numbers; see _Shape."""
        for column, at, count, before, behind in cells:
            begin, end = self.starts[first + at] - before, self.ends[first + at + count - 1] + behind
            yield column, self.rows[begin:end]

    def values(self, places: Cells) -> Cells:
        """Return whole numbers of no more than LONGEST_EXACT digits. Raises _NotPlain where one is longer."""
        found = _decoded(self._words[places])
        lengths = self.lengths[places]
        if lengths.max(initial=0) > 8:
            if lengths.max() > LONGEST_EXACT:
                raise _NotPlain
            longer = np.flatnonzero(lengths > 8)
            more = self._eights[self.ends[places[longer]] - 16] & _LAST_OF_EIGHT[lengths[longer] - 8]
            found[longer] += _decoded(more) * 10**8
        return found


# Of eight characters those that are the last ones, by how many they are.
_LAST_OF_EIGHT = np.array([(2**64 - 1 << 8 * (8 - n)) % 2**64 for n in range(9)], np.uint64)


def _decoded(words: npt.NDArray[np.uint64]) -> Cells:
    """Return the numbers that are written in words of eight characters."""
    words = words & np.uint64(0x0F0F0F0F0F0F0F0F)
    # Two neighbours become one: of eight digits in 8 bits each, four in 16, two in 32, one.
    for bits, kept in ((8, 0x00FF00FF00FF00FF), (16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF)):
        words = words * np.uint64(10 ** (bits // 8)) + (words >> np.uint64(bits)) & np.uint64(kept)
    return words.astype(np.int64)


class _Kinds:
    """Distinct shapes of rows side by side, so that what many rows hold is looked up at once."""

    def __init__(self, shapes: list[_Shape]) -> None:
        self.shapes = shapes
        self.numbers = np.array([shape.numbers for shape in shapes])
        self.widths = np.array([shape.width for shape in shapes])
        self.is_known = np.array([shape.cells is not None for shape in shapes])
        self.has_others = np.array([bool(shape.others) for shape in shapes])
        self._references = _side_by_side([shape.references for shape in shapes])
        self._cells = _side_by_side([NO_CELLS if shape.cells is None else shape.cells for shape in shapes])

    def references(self, kinds: Cells) -> tuple[Cells, Cells]:
        """Return the references in rows of these kinds one behind the other, and how many a row has."""
        return _one_behind_the_other(*self._references, kinds)

    def cells(self, kinds: Cells) -> tuple[Cells, Cells]:
        """Return the cells, as `_packed`, in rows of these kinds one behind the other, and how many a row has."""
        return _one_behind_the_other(*self._cells, kinds)


NO_CELLS = np.zeros(0, np.int64)


def _side_by_side(lists: list[Cells]) -> tuple[Cells, Cells]:
    lengths = np.array([*map(len, lists)])
    found = np.zeros((len(lists), lengths.max()), np.int64)
    for row, some in zip(found, lists, strict=True):
        row[: len(some)] = some
    return found, lengths


def _one_behind_the_other(lists: Cells, lengths: Cells, which: Cells) -> tuple[Cells, Cells]:
    per_row = lengths[which]
    return lists[which][np.arange(lists.shape[1]) < per_row[:, None]], per_row


@dataclass(frozen=True)
class Rows:
    """The rows of a plain sheet: their row numbers (1-based), and the numbers in all of them one after the other.

    `kind` is the place of a row's shape among `kinds`, `first` that of its first number among the numbers; both
    are shared by sheets that have been cut together. `frame` is the sheet without its rows: it is well-formed
    exactly if the sheet is. `sample` is the frame with one row of each shape, every number 0.
    """

    frame: bytes
    sample: bytes
    kinds: _Kinds
    kind: Cells
    rows: Cells
    first: Cells
    numbers: _Numbers


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
        references = np.array([row.count(b"0", 0, cell.end(1)) for cell in found], np.int64)
        shape = self[row] = _Shape(row.count(b"0"), references, *_valued(row, found))
        return shape


def _valued(
    row: bytes, found: list[re.Match[bytes]]
) -> tuple[Cells | None, tuple[tuple[int, int, int, int, int], ...]]:
    """Return the cells with a value and the others, as in _Shape."""
    cells, others = [], []
    for cell in found:
        kind, value = cell[2] or b"n", cell[3]
        if value is None:
            continue
        if kind not in (b"n", b"s") or b"0" not in value or (kind == b"s" and value != b"0"):
            return None, ()
        at, column = row.count(b"0", 0, cell.start(3)), cell[1][0] - ord("A")
        if value == b"0":
            cells.append(_packed(at, column, kind == b"s"))
        else:
            others.append((column, at, value.count(b"0"), value.index(b"0"), len(value) - 1 - value.rindex(b"0")))
    return np.array(cells, np.int64), tuple(others)


_shapes = _Shapes()


def cut(parts: Sequence[bytes]) -> list[Rows | None]:
    """Cut sheets into rows; None for one that is not plain."""
    found: list[Rows | None] = [None] * len(parts)
    apart = {n: sheet for n, part in enumerate(parts) if (sheet := _frame_and_rows(part))}
    for n, rows in zip(apart, _all_or_each(_cut, [*apart.values()]), strict=True):
        found[n] = rows
    return found


def _all_or_each(work: Callable[[Sequence[Given]], Sequence[Made]], given: Sequence[Given]) -> list[Made | None]:
    """Return what `work` makes of all together or, where one of them is not plain, of each; None for that one."""
    try:
        return [*work(given)] if given else []
    except (_NotPlain, LookupError, OverflowError):
        return [None] if len(given) == 1 else [made for one in given for made in _all_or_each(work, [one])]


def _cut(sheets: Sequence[tuple[bytes, bytes, int]]) -> list[Rows]:
    frames, bodies, heights = zip(*sheets, strict=True)
    rows = b"".join(bodies)
    characters = np.frombuffer(rows, np.uint8)
    digits = characters - ord("0")
    is_digit = digits < 10
    is_kept = np.ones_like(is_digit)
    np.logical_not(is_digit[1:] & is_digit[:-1], out=is_kept[1:])
    zeros = (characters - digits * is_digit)[is_kept].tobytes()
    _, *written = zeros.split(b"<row ")
    behind = np.cumsum(heights)
    places = {row: n for n, row in enumerate(dict.fromkeys(written))}
    if len(places.keys() - _shapes.keys()) > MOST_NEW:
        raise _NotPlain
    if len(_shapes) > MOST_KNOWN:
        _shapes.clear()
    kinds = _Kinds([*map(_shapes.__getitem__, places)])
    kind = np.array([*map(places.__getitem__, written)])
    # Between a row's "<row " and the end of the last one every number has something before and behind it.
    edges = np.flatnonzero(is_digit[1:] != is_digit[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    numbers = _Numbers(rows, starts, ends)
    counts = kinds.numbers[kind]
    first = np.cumsum(counts) - counts
    row_numbers = numbers.values(first)
    # From 1 on, one below the other, written without a zero in front, and each cell says the row that it is in.
    is_below = row_numbers[1:] > row_numbers[:-1]
    is_below[behind[:-1] - 1] = True
    if row_numbers.max() > ROWS or not is_below.all() or not digits[starts[first]].all():
        raise _NotPlain
    references, per_row = kinds.references(kind)
    references += first.repeat(per_row)
    if (numbers.written(references) != numbers.written(first).repeat(per_row)).any():
        raise _NotPlain
    found, begin = [], 0
    for frame, end in zip(frames, behind.tolist(), strict=True):
        sample = b"<row ".join([frame, *set(written[begin:end])])
        of_sheet = slice(begin, end)
        found.append(Rows(frame, sample, kinds, kind[of_sheet], row_numbers[of_sheet], first[of_sheet], numbers))
        begin = end
    return found


def _frame_and_rows(part: bytes) -> tuple[bytes, bytes, int] | None:
    """Return a sheet without its rows, its rows, and how many; None where there are none or too many."""
    head, opened, rest = part.partition(b"<sheetData>")
    rows, closed, tail = rest.rpartition(b"</sheetData>")
    is_plain = (
        opened and closed and rows.startswith(b"<row ") and rows.endswith(b">") and len(part) <= LARGEST_SHEET
    )
    height = rows.count(b"<row ")
    return (head + opened + closed + tail, rows, height) if is_plain and height <= ROWS else None


def read(books: Sequence[Checked], texts: Texts) -> list[list[tuple[str, Spelt | Grid]] | None]:
    """Return the sheets of workbooks, by name, as a reader would; None for one of which only a reader can tell.

    What cells hold is put into `texts`.
    """
    sheets = [_sheets(book, texts) for book in books]
    grids: list[Spelt | Grid | None] = []
    for _, cut_together in groupby((sheet for some in sheets for sheet in some), lambda s: id(s.rows.numbers)):
        grids += _all_or_each(partial(_grids, texts), [*cut_together])
    in_order = iter(grids)
    found: list[list[tuple[str, Spelt | Grid]] | None] = []
    for some in sheets:
        named = [(sheet.name, grid) for sheet in some if (grid := next(in_order)) is not None]
        found.append(named if named and len(named) == len(some) else None)
    return found


@dataclass(frozen=True)
class _Sheet:
    """A sheet whose cells can be told without a reader; `strings` are those of its workbook behind a blank one."""

    name: str
    rows: Rows
    strings: Cells


def _sheets(book: Checked, texts: Texts) -> list[_Sheet]:
    """Return the sheets of a workbook; none where a reader is needed for one of them."""
    parts, plain = book.parts, book.cut
    listed = ooxml.sheets(parts.get("xl/workbook.xml", b""), parts.get("xl/_rels/workbook.xml.rels", b""))
    if not all(path in plain and "&" not in name for name, path, _ in listed):
        return []
    try:
        written = _cut_strings(book.strings) if book.strings else _strings(parts.get("xl/sharedStrings.xml", b""))
        dates = _may_be_dates(parts.get("xl/styles.xml", b""))
    except (_NotPlain, UnicodeDecodeError):
        return []
    # In front of them what there is for a cell that holds no string.
    strings = texts.numbers(["", *written])
    sheets = []
    for name, path, _ in listed:
        rows = plain[path]
        if not rows.kinds.is_known[rows.kind].all() or (dates is not None and dates.search(parts[path])):
            return []
        sheets.append(_Sheet(name, rows, strings))
    return sheets


def _grids(texts: Texts, sheets: Sequence[_Sheet]) -> list[Spelt | Grid]:
    """Return the cells of sheets that have been cut together."""
    kinds, numbers = sheets[0].rows.kinds, sheets[0].rows.numbers
    counts = [len(sheet.rows.rows) for sheet in sheets]
    kind, rows, first = (
        np.concatenate([getattr(sheet.rows, name) for sheet in sheets]) for name in ("kind", "rows", "first")
    )
    packed, per_row = kinds.cells(kind)
    values = numbers.values((packed >> _PLACE) + first.repeat(per_row))
    is_string = (packed & 1).astype(np.bool_)
    strings = np.concatenate([sheet.strings for sheet in sheets])
    of_sheet = _behind([len(sheet.strings) for sheet in sheets])
    string = (values + 1) * is_string + np.repeat(of_sheet[:-1], counts).repeat(per_row)
    if (string >= np.repeat(of_sheet[1:], counts).repeat(per_row)).any():
        raise _NotPlain  # none of its workbook
    # All in one grid, one sheet below the other.
    tops = _behind([int(sheet.rows.rows[-1]) for sheet in sheets])
    y = rows - 1 + np.repeat(tops[:-1], counts)
    widths = kinds.widths[kind]
    cells = np.zeros((tops[-1], widths.max()), np.int64)
    cells[y.repeat(per_row), packed >> 1 & _COLUMN] = np.where(is_string, strings[string], whole_number(values))
    for n in np.flatnonzero(kinds.has_others[kind]).tolist():
        for column, written in numbers.spelt(kinds.shapes[kind[n]].others, int(first[n])):
            cells[y[n], column] = texts[_number_texts[written]]
    stack = Stack(cells, texts)
    found: list[Spelt | Grid] = []
    for (begin, end), top in zip(pairwise(_behind(counts).tolist()), tops.tolist(), strict=False):
        # A sheet reaches as far as there are values.
        filled = np.flatnonzero(widths[begin:end])
        height = int(rows[begin + filled[-1]]) if len(filled) else 0
        grid = stack.grid(top, height, widths[begin:end].max())
        found.append(grid if height > SMALL_SHEET else grid[:])
    return found


def _behind(counts: list[int]) -> Cells:
    """Return where each of some things begins that stand one behind the other, and the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)])


class _NumberTexts(dict[bytes, str]):
    """The texts of numbers, by what is written in the file; most come up again and again."""

    def __missing__(self, written: bytes) -> str:
        if len(self) > 50_000:
            self.clear()
        if not _NUMBER.fullmatch(written):
            raise _NotPlain
        text = self[written] = number_text(float(written))
        return text


_number_texts = _NumberTexts()


def number_text(number: float) -> str:
    """Return a number in its shortest form: 7, 942154.25."""
    return str(int(number)) if number.is_integer() and abs(number) <= 2**53 else repr(number)


@dataclass(frozen=True)
class Strings:
    """The strings that the cells of a workbook refer to, all written in the same simple way, as nearly always.

    `frame` is their list without them: it is well-formed exactly if the list is. `body` is what stands between the
    first and the last tag of a string.
    """

    frame: bytes
    body: str


_FRAME_OF_STRINGS = re.compile(rb".*<sst\b[^<>]*>", re.DOTALL)
_BETWEEN_STRINGS = "</t></si><si><t>"
# What no text of an XML document may hold as it is, and cells hardly do: control characters, U+FFFE and U+FFFF.
_CONTROL = bytes({*range(32)} - {*b"\t\n\r"})


def cut_strings(part: bytes) -> Strings | None:
    """Take the strings out of their list; None where whether it is well-formed cannot be said without a parser."""
    head, opened, rest = part.partition(b"<si><t>")
    body, closed, behind = rest.rpartition(b"</t></si></sst>")
    if not opened or not closed or behind or not _FRAME_OF_STRINGS.fullmatch(head) or b"&" in body:
        return None
    if np.frombuffer(body, np.uint8).min(initial=32) < 32 and len(body.translate(None, _CONTROL)) < len(body):
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    tags = 4 * text.count(_BETWEEN_STRINGS)
    if not text.count("<") == text.count(">") == tags or "\ufffe" in text or "\uffff" in text:
        return None
    return Strings(head + b"</sst>", text)


def _cut_strings(strings: Strings) -> list[str]:
    if "\r" in strings.body or "_x" in strings.body:
        raise _NotPlain
    texts = strings.body.split(_BETWEEN_STRINGS)
    if [*map(str.strip, texts)] != texts:
        raise _NotPlain
    return texts


def _strings(part: bytes) -> list[str]:
    """Return the strings of a list that has not been cut; none of them is written in pieces."""
    _, _, part = part.partition(b"<si>")
    written = "<si>" + part.decode() if part else ""
    if "\r" in written or "_x" in written:
        raise _NotPlain
    texts = _any_strings(written)
    return [_unescaped(text) if "&" in text else text for text in texts] if "&" in written else texts


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
