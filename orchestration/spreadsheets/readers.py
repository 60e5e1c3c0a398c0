"""From the bytes of a file to sheets of text, whatever the format. The bytes decide, not the file name.

`guard` looks at everything first: nothing here opens bytes that it has not passed.

Cells come out as text as stored: '' for blank, numbers in their shortest form (942154.25, 7). Row 1 of a
sheet is row 1 of the grid, so a grid position is a cell reference.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from orchestration.spreadsheets import filetype, guard, ooxml, plain, unseen
from orchestration.spreadsheets.grid import Grid, Texts
from orchestration.spreadsheets.guard import Checked
from orchestration.spreadsheets.guard import Unreadable as Unreadable
from orchestration.spreadsheets.ooxml import Hidden, Merged

if TYPE_CHECKING:
    from lxml import html as lxml_html

CSV_SHEET = "CSV"
_PDF_SHEET = re.compile(r"หน้า \d+( ตาราง \d+)?")
# Where a browser begins a new line.
HTML_BREAKS = frozenset(("br", "div", "li", "ol", "p", "ul"))
BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Sheet:
    """A grid of text. `preamble` is text that stands outside of any cell (around an HTML table).

    `remarks` name what the file holds that was not read: macros, external_links. `continues` is true for a page
    of a PDF behind the first: its table may go on with that of the page before. `full` are the cells (row,
    column, 0-based) of a PDF whose text may have been cut when it was printed. `hidden` is what
    the grid does not say of a sheet.
    """

    name: str
    rows: list[list[str]] | Grid
    preamble: list[str] = field(default_factory=list)
    remarks: tuple[str, ...] = ()
    continues: bool = False
    full: tuple[tuple[int, int], ...] = ()
    hidden: Hidden | None = None

    @property
    def width(self) -> int:
        """Return how many cells the longest row has."""
        return self.rows.cells.shape[1] if isinstance(self.rows, Grid) else max(map(len, self.rows), default=0)

    def write(self, y: int, x: int, text: str) -> None:
        """Put a text into a cell (0-based) of the grid."""
        if isinstance(self.rows, Grid):
            self.rows.write(y, x, text)
        else:
            self.rows[y][x] = text


def read(content: bytes, texts: Texts | None = None) -> list[Sheet]:
    """Return the sheets of a workbook, CSV file, HTML page or PDF.

    `texts` remembers from file to file what cells hold. Raises Unreadable with rule file_empty, file_corrupt,
    file_encrypted, file_hostile, file_too_large, sheet_too_large, file_type_unknown, file_archive,
    quote_not_closed, last_row_cut, pdf_scanned, pdf_text_unreadable or pdf_without_lines.
    """
    (sheets,) = read_together([content], Texts() if texts is None else texts)
    if isinstance(sheets, Unreadable):
        raise sheets
    return sheets


def read_together(contents: Sequence[bytes], texts: Texts) -> list[list[Sheet] | Unreadable]:
    """Return the sheets of several files, or why a file cannot be read; as `read` does, in less time for all."""
    found: list[list[Sheet] | Unreadable | None] = [None] * len(contents)
    workbooks = []
    for n, content in enumerate(contents):
        try:
            guard.check_size(content)
            if content.startswith((guard.ZIP, guard.CFB[:4])):
                workbooks.append(n)
            else:
                found[n] = _read_other(content)
        except Unreadable as error:
            found[n] = error
    for n, sheets in zip(workbooks, _read_workbooks([contents[n] for n in workbooks], texts), strict=True):
        found[n] = sheets
    return [sheets if isinstance(sheets, Unreadable) else _filled(sheets or []) for sheets in found]


def _filled(sheets: list[Sheet]) -> list[Sheet] | Unreadable:
    is_filled = any(cell for sheet in sheets for row in sheet.rows for cell in row)
    return sheets if is_filled else Unreadable("file_empty")


def _read_other(content: bytes) -> list[Sheet]:
    """Return the sheets of a file that is no workbook."""
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable("file_empty")
    head = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if head.startswith(b"%PDF"):
        return _read_pdf(content)
    guard.check_size(content, guard.TEXT_BYTES)
    text = decode(content)
    is_html = head.startswith(b"<") or text[:512].lstrip("\ufeff \t\r\n").startswith("<")
    return _read_html(text) if is_html else [Sheet(CSV_SHEET, _read_csv(text))]


def _read_workbooks(contents: Sequence[bytes], texts: Texts) -> list[list[Sheet] | Unreadable]:
    found: list[list[Sheet] | Unreadable] = []
    checked = guard.check_workbooks(contents)
    grids = iter(plain.read([book for book in checked if isinstance(book, Checked)], texts))
    for book in checked:
        try:
            found.append(_sheets(book, next(grids)) if isinstance(book, Checked) else book)
        except Unreadable as error:
            found.append(error)
    return found


def _sheets(book: Checked, plainly: Sequence[tuple[str, list[list[str]] | Grid]] | None) -> list[Sheet]:
    """Return the sheets of a workbook of which the cells may be known already."""
    hidden = unseen.look(book)
    sheets = [
        Sheet(
            name,
            rows,
            remarks=book.remarks,
            # A PDF comes back to its sender as a workbook with its pages for sheets, and in again as such.
            hidden=hidden.get(name),
            continues=n > 0 and _PDF_SHEET.fullmatch(name) is not None,
        )
        for n, (name, rows) in enumerate(plainly or _read_cells(_content(book)))
    ]
    for sheet in sheets:
        for (y, x), behind in sheet.hidden.behind.items() if sheet.hidden else ():
            if y < len(sheet.rows) and x < sheet.width and (number := sheet.rows[y][x]):
                sheet.write(y, x, f"{number} {behind}")
    return sheets


def _content(book: Checked) -> bytes:
    """Return a workbook as its reader is to see it, which joins the pieces of a text whatever they look like."""
    return replace(book, parts=ooxml.superscripts_apart(book.parts)).content


def _read_cells(content: bytes) -> Sequence[tuple[str, list[list[str]]]]:
    """Return the cells of the sheets of a workbook by name."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            (sheet.name, _as_text(workbook.get_sheet_by_index(n).to_python(skip_empty_area=False)))
            for n, sheet in enumerate(workbook.sheets_metadata)
            # A sheet that is only a chart, a dialog or a macro holds no cells.
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]
    except PasswordError as error:
        raise Unreadable("file_encrypted") from error
    except CalamineError as error:
        raise Unreadable("file_corrupt", str(error)) from error
    except BaseException as error:
        # A panic of the reader is no Exception in Python; it is a fault in the file all the same.
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable("file_corrupt", str(error)[:100]) from error


def _as_text(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    return [
        [cell if type(cell) is str else _floats[cell] if type(cell) is float else _text(cell) for cell in row]
        for row in rows
    ]


class _Floats(dict[float, str]):
    """The texts of numbers; most come up again and again, and writing one costs more than looking it up."""

    def __missing__(self, number: float) -> str:
        if len(self) > 50_000:
            self.clear()
        text = self[number] = _text(number)
        return text


_floats = _Floats()


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return plain.number_text(cell)
    return "" if cell is None else str(cell)


def decode(content: bytes) -> str:
    """Return text from UTF-8 (± BOM), UTF-16 (± BOM) or CP874: the first that fits strictly.

    Python's own tis-620 accepts any byte and would turn other encodings into nonsense without a word.
    Raises Unreadable with rule file_type_unknown or file_archive where none fits, file_corrupt where a BOM names
    an encoding that the rest does not keep to, or the text ends inside a letter.
    """
    # Old programs end a text with Ctrl-Z.
    content = content.removesuffix(b"\x1a")
    if content.startswith((b"\xef\xbb\xbf", *BOMS)):
        encoding = "utf-16" if content.startswith(BOMS) else "utf-8-sig"
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            raise Unreadable("file_corrupt", encoding) from error
        if _CONTROL.search(text):
            raise Unreadable("file_corrupt", "control characters")
        return text
    # Without a mark, UTF-16 gives itself away by the zero bytes of its commas and line ends.
    wide, is_cut = b"\0" in content, False
    for encoding in ("utf-16-le", "utf-16-be") if wide else ("utf-8", "cp874"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            is_cut |= error.reason == "unexpected end of data"
            continue
        if not (_NOT_THAI if wide else _CONTROL).search(text):
            return text
    if archive := filetype.archive(content):
        raise Unreadable("file_archive", archive)
    found = filetype.of_bytes(content)
    if is_cut and not found:
        raise Unreadable("file_corrupt", "UTF-8")  # it ends inside a letter
    raise Unreadable("file_type_unknown", found or ("binary" if wide else "text in an unknown encoding"))


_CONTROL = re.compile("[\0-\b\x0e-\x1f\x7f]")
# The letters that UTF-16 read the wrong way round is made of are none of these.
_NOT_THAI = re.compile("[^\t\n\v\f\r -~\xa0-\u024f\u0e00-\u0e7f\u2000-\u27bf\ufeff\uf700-\uf71a\uff00-\uffe6]")


def _read_csv(text: str) -> list[list[str]]:
    delimiter = max(",\t;", key=text.count)
    guard.check_csv(text, delimiter)
    # newline='' keeps line breaks inside quoted cells; the csv module counts records, which is what a
    # spreadsheet program numbers as rows.
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _read_html(text: str) -> list[Sheet]:
    """Return every table of a page that holds no other table, in the order of the page.

    Tables that hold tables only lay out a page: what stands in them beside is text around the tables.
    """
    # As with PDF: few rounds hold such a page.
    from lxml import html as lxml_html

    guard.check_html(text)
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        document = lxml_html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (ValueError, lxml_html.etree.ParserError) as error:
        raise Unreadable("file_corrupt", str(error)) from error
    # The parser leaves out what is nested too deeply or too long, and only notes that it did.
    if any(entry.level_name == "FATAL" for entry in parser.error_log):
        raise Unreadable("file_hostile", parser.error_log.last_error.message)
    tables = document.xpath("//table[not(.//table)]")
    if not tables:
        raise Unreadable("file_type_unknown", "HTML page without a table")
    if len(tables) > guard.HTML_TABLES:
        raise Unreadable("file_hostile", f"{len(tables)} tables")
    grids, room = [], guard.HTML_GRID_CELLS
    for table in tables:
        grids.append(_html_grid(table, room))
        room -= sum(map(len, grids[-1][0]))
        table.drop_tree()
    texts = document.xpath("//body//text()[not(ancestor::script or ancestor::style)]")
    preamble = [line for text in texts if (line := " ".join(text.split()))]
    return [
        Sheet(f"ตาราง {n}", grid, preamble, hidden=Hidden(merged=merged))
        for n, (grid, merged) in enumerate(grids, start=1)
    ]


def _read_pdf(content: bytes) -> list[Sheet]:
    """Return every table of a PDF as a sheet: the lines above it, its rows, and the lines below the last one.

    Row 1 is the first line of a page (for a second table on it, the first behind the table before).
    """
    # Its libraries take longer to import than a workbook to read, and most rounds hold no PDF.
    from orchestration.spreadsheets import pdf

    sheets: list[Sheet] = []
    for table in pdf.read_tables(content):
        name = f"หน้า {table.page} ตาราง {table.number}" if table.rows else f"หน้า {table.page}"
        rows = [*([line] for line in table.above), *table.rows, *([line] for line in table.below)]
        full = tuple((y + len(table.above), x) for y, x in table.full)
        above = len(table.above)
        hidden = Hidden(merged=[m._replace(top=m.top + above, bottom=m.bottom + above) for m in table.merged])
        sheets.append(Sheet(name, rows, table.page_numbers, continues=bool(sheets), full=full, hidden=hidden))
    return sheets


def _html_grid(table: lxml_html.HtmlElement, room: int) -> tuple[list[list[str]], list[Merged]]:
    """Lay out cells over their column and row spans; a spanned cell's text stands at its first place only.

    Returns the rows, and the cells over several rows or columns.
    Raises Unreadable with rule sheet_too_large beyond `room` cells.
    """
    taken: dict[tuple[int, int], str] = {}
    merged = []
    html_rows = table.xpath(".//tr")
    for y, html_row in enumerate(html_rows):
        x = 0
        for cell in html_row.xpath("./td|./th"):
            while (y, x) in taken:
                x += 1
            # As in a browser: a span never reaches below the table.
            height, width = min(_span(cell, "rowspan"), len(html_rows) - y), _span(cell, "colspan")
            if len(taken) + height * width > room:
                raise Unreadable("sheet_too_large", f"> {guard.HTML_GRID_CELLS:,} cells")
            for dy in range(height):
                for dx in range(width):
                    taken[y + dy, x + dx] = ""
            taken[y, x] = _html_text(cell)
            if height > 1 or width > 1:
                merged.append(Merged(y, x, y + height - 1, x + width - 1))
    width = max((x for _, x in taken), default=-1) + 1
    if width * len(html_rows) > room:
        raise Unreadable("sheet_too_large", f"> {guard.HTML_GRID_CELLS:,} cells")
    return [[taken.get((y, x), "") for x in range(width)] for y in range(len(html_rows))], merged


def _span(cell: lxml_html.HtmlElement, attribute: str) -> int:
    value = cell.get(attribute, "1").strip()
    return min(max(int(value[:9]), 1), 1000) if value[:9].isdecimal() else 1


def _html_text(cell: lxml_html.HtmlElement) -> str:
    """Return a cell's text as a browser shows it: what stands on two lines stays on two."""
    if cell.xpath(".//input[@type='checkbox' or @type='radio'][@checked]"):
        return "☑"
    if not len(cell):
        return " ".join((cell.text or "").split())
    lines = "".join(_html_words(cell)).split("\n")
    return "\n".join(words for line in lines if (words := " ".join(line.split())))


def _html_words(element: lxml_html.HtmlElement) -> Iterator[str]:
    """Yield the words of an element, with line breaks where a browser makes them."""
    breaks = element.tag in HTML_BREAKS
    if element.tag in ("script", "style"):
        return
    if breaks:
        yield "\n"
    # 400<sup>1</sup> is not 4,001, and <sup>1</sup>400 not 1,400.
    apart = " " if element.tag == "sup" else ""
    yield apart
    if element.tag == "input":
        yield f" {element.get('value', '')} " if element.get("type", "text") in ("text", "number") else ""
    yield " ".join(re.split(r"\s+", element.text or ""))
    for child in element:
        if isinstance(child.tag, str):
            yield from _html_words(child)
        yield " ".join(re.split(r"\s+", child.tail or ""))
    yield apart
    if breaks:
        yield "\n"
