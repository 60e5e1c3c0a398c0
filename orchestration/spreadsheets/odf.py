"""What a grid of text does not say about an .ods: what is hidden, cells without a value, units shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from xml.parsers import expat

from orchestration.spreadsheets import number_formats
from orchestration.spreadsheets.ooxml import Hidden, Merged

_ERROR = re.compile(r"#(?:DIV/0!|REF!|N/A|NAME\?|NULL!|NUM!|VALUE!|[^\s]{1,12}[!?])|(?:Err|Error|ผิดพลาด):\s?\d{3}")
_HIDDEN = ("collapse", "filter")


def look(content: bytes) -> dict[str, Hidden]:
    """Return what is hidden by sheet name from the content.xml of an OpenDocument spreadsheet.

    The part is one that the guard has passed: well-formed, without entities, its repeated cells few enough.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(content, True)
    return reader.sheets


class _Reader:
    def __init__(self) -> None:
        self.sheets: dict[str, Hidden] = {}
        self.sheet = Hidden()
        self.style = ""
        self.not_displayed: set[str] = set()
        # The row and column that come next, how often this one is repeated, and whether anything stands in it.
        self.row = self.rows = self.column = self.columns = 0
        self.row_is_hidden = self.row_is_filled = False
        # Of the cell that is open: its attributes and its text; None without any paragraph.
        self.cell: dict[str, str] | None = None
        self.written: str | None = None
        self.in_paragraph = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "style:style":
            self.style = attributes.get("style:name", "")
        elif tag == "style:table-properties" and attributes.get("table:display") == "false":
            self.not_displayed.add(self.style)
        elif tag == "table:table":
            self.sheet = self.sheets.setdefault(attributes.get("table:name", ""), Hidden())
            self.sheet.sheet = attributes.get("table:style-name") in self.not_displayed
            self.row = self.column = self.rows = self.columns = 0
        elif tag == "table:table-column":
            repeated = _number(attributes, "columns-repeated")
            if attributes.get("table:visibility") in _HIDDEN:
                self.sheet.columns.append((self.column, self.column + repeated - 1))
            self.column += repeated
        elif tag == "table:table-row":
            self.rows, self.column = _number(attributes, "rows-repeated"), 0
            self.row_is_hidden, self.row_is_filled = attributes.get("table:visibility") in _HIDDEN, False
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self.cell, self.written = attributes, None
            self.columns = _number(attributes, "columns-repeated")
            height, width = (_number(attributes, f"{what}-spanned") for what in ("rows", "columns"))
            if height > 1 or width > 1:
                merged = Merged(self.row, self.column, self.row + height - 1, self.column + width - 1)
                self.sheet.merged.append(merged)
        elif self.cell is not None and tag == "text:p":
            self.in_paragraph = True
            self.written = self.written or ""

    def text(self, text: str) -> None:
        if self.in_paragraph:
            self.written = (self.written or "") + text

    def end(self, tag: str) -> None:
        if tag == "text:p":
            self.in_paragraph = False
        elif tag in ("table:table-cell", "table:covered-table-cell") and self.cell is not None:
            self._cell(self.cell, self.written)
            self.cell = None
            self.column += self.columns
        elif tag == "table:table-row":
            # Blank rows are repeated by the million; hidden or not, nothing is in them.
            if self.row_is_hidden and self.row_is_filled:
                self.sheet.rows += range(self.row + 1, self.row + self.rows + 1)
            self.row += self.rows

    def _places(self) -> Iterator[tuple[int, int]]:
        """Yield the rows and columns that the cell is repeated in."""
        return product(range(self.row, self.row + self.rows), range(self.column, self.column + self.columns))

    def _cell(self, attributes: dict[str, str], written: str | None) -> None:
        formula = attributes.get("table:formula", "").removeprefix("of:").removeprefix("oooc:")
        kind = attributes.get("office:value-type")
        self.row_is_filled = self.row_is_filled or bool(formula or kind or written)
        is_error = attributes.get("calcext:value-type") == "error"
        if is_error or (formula and written and _ERROR.fullmatch(written)):
            said = ("formula_error", written or formula)
        elif formula and kind is None and written is None:
            # A formula whose result is an empty text has an empty paragraph.
            said = ("formula_without_value", formula)
        elif kind in ("float", "currency"):
            if behind := number_formats.behind_shown(attributes.get("office:value", ""), written or ""):
                self.sheet.behind.update(dict.fromkeys(self._places(), behind))
            return
        else:
            return
        self.sheet.without_value.update(dict.fromkeys(self._places(), said))


def _number(attributes: dict[str, str], of: str) -> int:
    written = attributes.get(f"table:number-{of}", "1")
    return int(written[:9]) if written.isdecimal() else 1
