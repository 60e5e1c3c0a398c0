"""From the bytes of a file to sheets of text, whatever the format. The bytes decide, not the file name.

Cells come out as text as stored: '' for blank, numbers in their shortest form (942154.25, 7). Row 1 of a
sheet is row 1 of the grid, so a grid position is a cell reference.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import html as lxml_html
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

CSV_SHEET = "CSV"


@dataclass(frozen=True)
class Sheet:
    """A grid of text. `preamble` is text that stands outside of any cell (around an HTML table)."""

    name: str
    rows: list[list[str]]
    preamble: list[str] = field(default_factory=list)


class Unreadable(Exception):
    """The file as a whole cannot be read; `rule` and `found` name why (see layouts/messages.csv)."""

    def __init__(self, rule: str, found: str = "") -> None:
        super().__init__(f"{rule}: {found}")
        self.rule = rule
        self.found = found


def read(content: bytes) -> list[Sheet]:
    """Return the sheets of a workbook, CSV file or HTML page.

    Raises Unreadable with rule file_empty, file_corrupt, file_encrypted or file_type_unknown.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable("file_empty")
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        sheets = _read_workbook(content)
    elif head.startswith(b"<"):
        sheets = _read_html(content)
    elif content.startswith(b"%PDF") or (b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise Unreadable("file_type_unknown", "PDF" if content.startswith(b"%PDF") else "binary")
    else:
        sheets = [Sheet(CSV_SHEET, _read_csv(content))]
    if not any(cell for sheet in sheets for row in sheet.rows for cell in row):
        raise Unreadable("file_empty")
    return sheets


def _read_workbook(content: bytes) -> list[Sheet]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            Sheet(name, _as_text(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)))
            for name in workbook.sheet_names
        ]
    except PasswordError as error:
        raise Unreadable("file_encrypted") from error
    except CalamineError as error:
        # An encrypted .xlsx is a CFB container that holds no workbook but an encrypted package.
        if "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e".encode("latin-1") in content:
            raise Unreadable("file_encrypted") from error
        raise Unreadable("file_corrupt", str(error)) from error


def _as_text(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    return [[cell if type(cell) is str else _text(cell) for cell in row] for row in rows]


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) <= 2**53 else repr(cell)
    return "" if cell is None else str(cell)


def decode(content: bytes) -> str:
    """Return text from UTF-8 (with or without BOM), UTF-16 with BOM, or CP874, in that order, strictly.

    Python's own tis-620 accepts any byte and would turn other encodings into nonsense without a word.
    Raises Unreadable with rule file_type_unknown where none fits.
    """
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp874"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("file_type_unknown", "text in an unknown encoding")


def _read_csv(content: bytes) -> list[list[str]]:
    text = decode(content)
    delimiter = max(",\t;", key=text.count)
    # newline='' keeps line breaks inside quoted cells; the csv module counts records, which is what a
    # spreadsheet program numbers as rows.
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _read_html(content: bytes) -> list[Sheet]:
    try:
        document = lxml_html.document_fromstring(decode(content).encode("utf-8"), parser=_html_parser())
    except (ValueError, lxml_html.etree.ParserError) as error:
        raise Unreadable("file_corrupt", str(error)) from error
    tables = document.xpath("//table[not(ancestor::table)]")
    preamble = [
        line
        for node in document.xpath("//body//text()[not(ancestor::table or ancestor::script or ancestor::style)]")
        if (line := " ".join(node.split()))
    ]
    sheets = [Sheet(f"ตาราง {n}", _html_grid(table), preamble) for n, table in enumerate(tables, start=1)]
    if not sheets:
        raise Unreadable("file_type_unknown", "HTML page without a table")
    return sheets


def _html_parser() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8", no_network=True)


def _html_grid(table: lxml_html.HtmlElement) -> list[list[str]]:
    """Lay out cells over their column and row spans; a spanned cell's text stands at its first place only."""
    taken: dict[tuple[int, int], str] = {}
    html_rows = table.xpath(".//tr")
    for y, html_row in enumerate(html_rows):
        x = 0
        for cell in html_row.xpath("./td|./th"):
            while (y, x) in taken:
                x += 1
            for dy in range(_span(cell, "rowspan")):
                for dx in range(_span(cell, "colspan")):
                    taken[y + dy, x + dx] = ""
            taken[y, x] = _html_text(cell)
    width = max((x for _, x in taken), default=-1) + 1
    return [[taken.get((y, x), "") for x in range(width)] for y in range(len(html_rows))]


def _span(cell: lxml_html.HtmlElement, attribute: str) -> int:
    value = cell.get(attribute, "1")
    return min(max(int(value), 1), 1000) if value.isdecimal() else 1


def _html_text(cell: lxml_html.HtmlElement) -> str:
    if cell.xpath(".//input[@type='checkbox'][@checked]"):
        return "☑"
    return " ".join(cell.text_content().split())
