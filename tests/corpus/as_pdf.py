"""A table as a PDF, typeset by typst: with ruling lines or without, over as many pages as it takes."""

import json

import typst

from orchestration.paths import PROJECT

# The project's own: a machine may have none for Thai, and then what typst writes cannot be read.
FONTS = ("Sucharit Sarabun", "Sucharit Symbols")
FOLDER = PROJECT / "orchestration" / "reports" / "fonts"

_PAGE = """
#let given = json(bytes(sys.inputs.given))
#set page(width: 842pt, height: given.height * 1pt, margin: 1cm)
#set text(font: given.fonts, size: 8pt, lang: "th")
#for line in given.lines [#line \\ ]
#table(
  columns: given.columns.map(width => width * 1fr),
  stroke: if given.ruled { 0.5pt } else { none },
  table.header(repeat: given.repeat, ..given.header.flatten().map(cell => text(cell))),
  ..given.rows.flatten().map(cell => if type(cell) == str { text(cell) } else {
    table.cell(rowspan: cell.at("rows", default: 1), colspan: cell.at("columns", default: 1), text(cell.text))
  }),
)
#for line in given.below [#line \\ ]
"""


def as_pdf(lines, header, rows, *, ruled=True, repeat=True, height=595, below=(), widths=None):
    """Return a PDF of text: lines, one table with its header rows, lines below. `height` of a page is in points.

    A cell over several rows or columns is a dictionary of its text and how many; what it covers stands as None.
    """
    width = max(map(len, [*header, *rows]))
    given = {
        "lines": lines,
        "header": [_full(row, width) for row in header],
        "rows": [_full(row, width) for row in rows],
        "below": list(below),
        "columns": widths or [1] * width,
        "ruled": ruled,
        "repeat": repeat,
        "height": height,
        "fonts": FONTS,
    }
    return typst.compile(
        _PAGE.encode(),
        sys_inputs={"given": json.dumps(given, ensure_ascii=False)},
        font_paths=[FOLDER],
        ignore_system_fonts=True,
    )


def _full(row, width):
    cells = [cell if isinstance(cell, dict) else str(cell) for cell in row if cell is not None]
    return cells + [""] * (width - len(row))
