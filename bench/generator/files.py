"""Tables as bytes: .xlsx, .xls, .ods, .csv and HTML, small and fast. The same tables, the same bytes.

A cell is text, a `Number`, a `Failed` formula, or None. The workbooks hold what the reader looks at and one style.
"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, field
from functools import cache
from html import escape

import xlwt


class Number(str):
    """A number as a spreadsheet stores it: 1234.5."""

    __slots__ = ()


class Failed(str):
    """What a formula that failed shows: #DIV/0!."""

    __slots__ = ()


Cell = str | None


@dataclass
class Sheet:
    """Rows of cells; `merges` are (top, left, bottom, right), 0-based; `hidden` are 0-based rows."""

    name: str
    rows: list[list[Cell]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_ML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="14"/>'
    '<name val="TH SarabunPSK"/></font></fonts><fills count="1"><fill>'
    '<patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs></styleSheet>'
)
_RELS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)


def _packed(parts: dict[str, str], stored: str | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, (2023, 10, 17, 9, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode(), compresslevel=1)
    return file.getvalue()


@cache
def _letters(x: int) -> str:
    return chr(65 + x) if x < 26 else _letters(x // 26 - 1) + chr(65 + x % 26)


@cache
def _frame(names: tuple[str, ...]) -> dict[str, str]:
    """Return the parts of a workbook that depend on the names of its sheets only."""
    numbers = range(1, len(names) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_SHEET_ML}.worksheet+xml"/>'
        for n in numbers
    )
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    last = len(names) + 1
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{_SHEET_ML}.sheet.main+xml"/>{overrides}<Override PartName="/xl/styles.xml" '
        f'ContentType="{_SHEET_ML}.styles+xml"/><Override PartName="/xl/sharedStrings.xml" '
        f'ContentType="{_SHEET_ML}.sharedStrings+xml"/></Types>',
        "_rels/.rels": _RELS,
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rId{last}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId{last + 1}" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/styles.xml": _STYLES,
    }


def xlsx(sheets: list[Sheet]) -> bytes:
    shared: dict[str, int] = {}
    parts = dict(_frame(tuple(sheet.name for sheet in sheets)))
    for n, sheet in enumerate(sheets, start=1):
        lines = []
        for y, row in enumerate(sheet.rows, start=1):
            cells = []
            for x, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                at = f"{_letters(x)}{y}"
                if isinstance(cell, Number):
                    cells.append(f'<c r="{at}"><v>{cell}</v></c>')
                elif isinstance(cell, Failed):
                    cells.append(f'<c r="{at}" t="e"><f>1/0</f><v>{cell}</v></c>')
                else:
                    cells.append(f'<c r="{at}" t="s"><v>{shared.setdefault(cell, len(shared))}</v></c>')
            if cells:
                hidden = ' hidden="1"' if y - 1 in sheet.hidden else ""
                lines.append(f'<row r="{y}"{hidden}>{"".join(cells)}</row>')
        merged = "".join(
            f'<mergeCell ref="{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"/>'
            for top, left, bottom, right in sheet.merges
        )
        merged = f'<mergeCells count="{len(sheet.merges)}">{merged}</mergeCells>' if merged else ""
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{merged}</worksheet>'
        )
    strings = "".join(f'<si><t xml:space="preserve">{escape(text, quote=False)}</t></si>' for text in shared)
    parts["xl/sharedStrings.xml"] = (
        f'{_XML}<sst xmlns="{_MAIN}" count="{len(shared)}" uniqueCount="{len(shared)}">{strings}</sst>'
    )
    return _packed(parts)


def ods(sheet: Sheet) -> bytes:
    lines = []
    for row in sheet.rows:
        cells = []
        for cell in row:
            if cell is None or cell == "":
                cells.append("<table:table-cell/>")
                continue
            kind = f'"float" office:value="{cell}"' if isinstance(cell, Number) else '"string"'
            paragraphs = "".join(f"<text:p>{escape(part, quote=False)}</text:p>" for part in cell.split("\n"))
            cells.append(f"<table:table-cell office:value-type={kind}>{paragraphs}</table:table-cell>")
        lines.append(f"<table:table-row>{''.join(cells) or '<table:table-cell/>'}</table:table-row>")
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'{_XML}<office:document-content xmlns:office="{space}office:1.0" xmlns:table="{space}table:1.0" '
        f'xmlns:text="{space}text:1.0" office:version="1.2"><office:body><office:spreadsheet><table:table '
        f'table:name="{escape(sheet.name)}">{"".join(lines)}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'{_XML}<manifest:manifest xmlns:manifest="{space}manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry '
        'manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return _packed(
        {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}, stored="mimetype"
    )


def xls(sheet: Sheet) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet.name)
    for y, row in enumerate(sheet.rows):
        for x, cell in enumerate(row):
            if cell is not None and cell != "":
                page.write(y, x, float(cell) if isinstance(cell, Number) else str(cell))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_csv(sheet: Sheet, encoding: str = "utf-8-sig") -> bytes:
    """Return CSV; in UTF-8 where a letter is not in the encoding asked for."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(sheet.rows)
    try:
        return text.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return text.getvalue().encode("utf-8-sig")


def html(sheet: Sheet) -> bytes:
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell or '')}</td>" for cell in row) + "</tr>\n" for row in sheet.rows if row
    )
    return (
        f'<!DOCTYPE html>\n<html lang="th"><head><meta charset="utf-8"><title>{escape(sheet.name)}</title></head>'
        f'<body><table border="1">\n{lines}</table></body></html>\n'
    ).encode()
