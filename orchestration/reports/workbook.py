"""The round report of one local government as an XLSX workbook.

The warehouse's numbers are written as numbers and its texts as text, never as formulas or links: a name that
begins with ``=`` stays a name. The only formulas are totals, the percents of the dimension table and references
to it, and each has the warehouse's value cached. The same release gives the same bytes.
"""

import math
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from orchestration.reports import formats, tables
from orchestration.reports.data import RankingData, RoundData
from orchestration.reports.tables import Column, Row

FONT = "TH Sarabun New"
SIZE = 14
LINE_HEIGHT = 23  # points per line of TH Sarabun New at 14, tone marks and lower vowels included
CHARACTER_LIMIT = 32_767  # a cell holds no more; XlsxWriter drops longer texts silently
MAX_ROW_HEIGHT = 409  # Excel's limit in points
# A number wider than its column is shown as ###. How much wider than width_of says a bold one can be where another
# font stands in for TH Sarabun New.
BOLD_IN_ANY_FONT = 1.3

NUMBER_FORMATS = {"baht": "#,##0.00;[Red]-#,##0.00", "count": "#,##0", "percent": "0.00"}
CAPPED = '"*"0.00'
GREEN, YELLOW, RED, GREY = "#D9EAD3", "#FFF2CC", "#F4CCCC", "#E7ECF3"
# Background by the code of a level, severity, outcome or agreement; the word always stands in the cell too.
TONES = {
    "high": GREEN, "medium": YELLOW, "low": RED, "critical": RED, "error": RED, "warning": YELLOW,
    "accepted": GREEN, "partly_accepted": YELLOW, "quarantined": RED, "agrees": GREEN, "differs": RED,
    "total": GREY, "applied": GREEN, "guard_failed": RED, "held": RED, "expired": YELLOW,
}  # fmt: skip
HEADER_FILL = "#1F3A5F"
DRAFT_COLOUR = "#B3261E"


def width_of(text: str) -> float:
    """The width of a text in column units, for TH Sarabun New at the report's size.

    Thai vowels and tone marks above and below stand on their consonant and take no room.
    """
    return 1.12 * sum(not unicodedata.category(character).startswith("M") for character in text)


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column of ``width`` when it wraps.

    A fifth is added once a line is full, because Thai breaks between words and not between letters.
    """
    total = 0
    for part in text.split("\n"):
        needed = width_of(part) / width
        total += 1 if needed <= 0.95 else math.ceil(needed * 1.2)
    return total


class Sheets:
    """An open workbook and the cell formats already made in it."""

    def __init__(self, path: Path, title: str, release_id: str, created: datetime, draft: str = "") -> None:
        self.book = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        self.book.set_properties(
            {"title": title, "subject": release_id, "comments": f"release {release_id}", "created": created}
        )
        self.release_id = release_id
        self.draft = draft
        self._formats: dict[tuple, Any] = {}

    def style(self, **properties: Any) -> Any:
        """A cell format; the same properties give the same object."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(
                {"font_name": FONT, "font_size": SIZE, "valign": "top", **properties}
            )
        return self._formats[key]

    def cell_style(self, column: Column, **properties: Any) -> Any:
        """The format of a data cell by its column's kind."""
        if column.kind in NUMBER_FORMATS:
            properties = {"num_format": NUMBER_FORMATS[column.kind], "align": "right", **properties}
        elif column.kind == "figure":
            properties = {"align": "right", "text_wrap": True, **properties}
        elif column.kind in ("mark", "code"):
            properties = {"align": "center", "text_wrap": True, **properties}
        else:
            properties = {"text_wrap": True, **properties}
        return self.style(border=1, border_color="#A6A6A6", **properties)

    def add(self, name: str) -> Any:
        """A new sheet, ready to print on A4 landscape, stamped with the release in its footer.

        A draft says so over every page.
        """
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        font = f'&"{FONT},Regular"&12 '
        release = self.release_id.replace("&", "&&")
        sheet.set_footer(f"&L{font}{release}&C{font}&A&R{font}หน้า &P/&N")
        if self.draft:
            sheet.set_header(f'&C&"{FONT},Bold"&14&K{DRAFT_COLOUR.strip("#")}{self.draft.replace("&", "&&")}')
        sheet.hide_gridlines(2)
        return sheet

    def text(self, sheet: Any, row: int, column: int, value: str, style: Any) -> None:
        """A text as text, cut at Excel's limit with a mark that it was cut."""
        if len(value) > CHARACTER_LIMIT:
            value = value[: CHARACTER_LIMIT - 1] + "…"
        sheet.write_string(row, column, value, style)

    def value(self, sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
        """A number as a number, nothing as an empty cell, anything else as text."""
        if value is None:
            sheet.write_blank(row, column, None, style)
        elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            sheet.write_number(row, column, float(value), style)
        else:
            self.text(sheet, row, column, str(value), style)


def write_headings(sheets: Sheets, sheet: Any, top: int, columns: Sequence[Column]) -> int:
    """The heading rows: groups over their columns where there are any, Thai over small English.

    Returns the first row below.
    """
    style = sheets.style(
        bold=True, font_color="#FFFFFF", bg_color=HEADER_FILL, border=1, border_color="#FFFFFF",
        align="center", text_wrap=True, valign="vcenter",
    )  # fmt: skip
    small = sheets.style(font_size=11, font_color="#FFFFFF", bg_color=HEADER_FILL)
    deep = any(column.group for column in columns)
    bottom = top + deep
    at = 0
    for group, members in tables.groups(columns):
        if group and len(members) > 1:
            sheet.merge_range(top, at, top, at + len(members) - 1, "", style)
        if group:
            sheets.text(sheet, top, at, group, style)
        for offset, column in enumerate(members):
            if deep and not group:
                sheet.merge_range(top, at + offset, bottom, at + offset, "", style)
            row = bottom if group else top
            if column.th:
                sheet.write_rich_string(row, at + offset, style, column.th, small, f"\n{column.en}", style)
            else:
                sheets.text(sheet, row, at + offset, column.en, style)
        at += len(members)
    lines = max(lines_of(column.th, column.width) + lines_of(column.en, column.width * 1.2) for column in columns)
    if deep:
        sheet.set_row(top, LINE_HEIGHT * 1.3)
        tall = max(
            lines_of(column.th, column.width) + lines_of(column.en, column.width * 1.2)
            for column in columns
            if column.group
        )
        lines = max(tall, lines - 1)
    sheet.set_row(bottom, LINE_HEIGHT * lines)
    return bottom + 1


def write_table(
    sheets: Sheets,
    sheet: Any,
    top: int,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    tone: str = "",
    toned: str = "",
    merged: Sequence[tuple[str, ...]] = (),
) -> int:
    """Headings and rows of one table; returns the first row below it.

    ``tone`` is the key whose code colours the cell in column ``toned``, or the whole row without it. Each entry
    of ``merged`` is a column to merge over neighbouring rows that agree on it and on the further keys of the
    entry; every cell under a merged one keeps its value, so that the filter finds all rows and not only the
    first.
    """
    first = write_headings(sheets, sheet, top, columns)
    heights = []
    for index, row in enumerate(rows):
        background = TONES.get(row[tone] or "") if tone else None
        lines = 1
        for at, column in enumerate(columns):
            value = row.get(column.key)
            extra = {"bg_color": background} if background and toned in ("", column.key) else {}
            style = sheets.cell_style(column, **extra)
            if column.kind == "mark":
                value = "/" if value else None
            elif column.kind == "time":
                value = formats.thai_time(value)
            elif column.kind == "percent" and row.get(column.star):
                style = sheets.cell_style(column, **{**extra, "num_format": CAPPED})
            elif column.kind == "figure":
                value, number_format = figure_cell(value, row.get("unit"))
                style = sheets.cell_style(column, num_format=number_format, **extra)
            sheets.value(sheet, first + index, at, value, style)
            if isinstance(value, str) and column.key not in [keys[0] for keys in merged]:
                lines = max(lines, lines_of(value, column.width))
        heights.append(float(LINE_HEIGHT * lines))
    for keys in merged:
        at = [column.key for column in columns].index(keys[0])
        merge_runs(sheets, sheet, first, at, columns[at], rows, keys, heights)
    for index, height in enumerate(heights):
        sheet.set_row(first + index, min(MAX_ROW_HEIGHT, height + 3))
    return first + len(rows)


def figure_cell(value: Any, unit: str | None) -> tuple[Any, str]:
    """A figure that the warehouse keeps as text, as a cell value and its number format.

    What is a number becomes one, so that Excel can subtract the two sides.
    """
    number = formats.number_of(value)
    if number is None or not number.is_finite():
        return formats.figure(value), "@"
    shown = formats.figure(value, unit)
    return number, "#,##0.00" if "." in shown else "#,##0"


def merge_runs(
    sheets: Sheets,
    sheet: Any,
    first: int,
    at: int,
    column: Column,
    rows: Sequence[Row],
    keys: tuple[str, ...],
    heights: list[float],
) -> None:
    """Merge one column over its runs and raise the last row where the text needs more room."""
    style = sheets.cell_style(column)
    for start, end in tables.runs(list(rows), *keys):
        value = str(rows[start].get(column.key) or "")
        if end > start:
            sheet.merge_range(first + start, at, first + end, at, "", style)
        for index in range(start, end + 1):
            sheets.text(sheet, first + index, at, value, style)
        missing = LINE_HEIGHT * lines_of(value, column.width) - sum(heights[start : end + 1])
        if missing > 0:
            heights[end] += missing


def write_title(sheets: Sheets, sheet: Any, data: RoundData, name: str) -> int:
    """The lines over a table; returns the row of its headings."""
    sheets.text(sheet, 0, 0, f"{name} — {data.lgo_name}", sheets.style(bold=True, font_size=18))
    sheets.text(sheet, 1, 0, data.period_th, sheets.style(font_color="#595959"))
    sheets.text(sheet, 2, 0, data.stamp_th, sheets.style(font_color="#595959"))
    write_draft(sheets, sheet, 3)
    sheet.set_row(0, 28)
    sheet.set_row(1, LINE_HEIGHT)
    sheet.set_row(2, LINE_HEIGHT)
    return 4


def write_draft(sheets: Sheets, sheet: Any, row: int) -> None:
    """The line of a draft in ``row``, or nothing."""
    if sheets.draft:
        sheets.text(sheet, row, 0, sheets.draft, sheets.style(bold=True, font_color=DRAFT_COLOUR))
        sheet.set_row(row, LINE_HEIGHT)


def write_sheet(
    sheets: Sheets,
    data: RoundData,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    frozen_columns: int = 0,
    empty: str = "ไม่มีรายการ",
    **options: Any,
) -> tuple[Any, int, int]:
    """One sheet with one table; returns the sheet, the first row of data and the first row below."""
    sheet = sheets.add(name)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    top = write_title(sheets, sheet, data, name)
    below = write_table(sheets, sheet, top, columns, rows, **options)
    first = below - len(rows)
    if rows:
        sheet.autofilter(first - 1, 0, below - 1, len(columns) - 1)
    else:
        sheets.text(sheet, first, 0, empty, sheets.style(italic=True))
    sheet.freeze_panes(first, frozen_columns)
    sheet.repeat_rows(top, first - 1)
    printed = max(at for at, column in enumerate(columns) if column.printed)
    sheet.print_area(0, 0, max(below, first) + 3, printed)
    return sheet, first, below


def write_totals(
    sheets: Sheets,
    sheet: Any,
    columns: Sequence[Column],
    rows: Sequence[Row],
    first: int,
    below: int,
    label: str,
    formula: Callable[[str], str],
    counted: Callable[[Row], bool],
    keys: Sequence[str],
) -> None:
    """One row of totals over the columns ``keys``: ``formula`` of a range, the sum of ``counted`` rows cached.

    A column too narrow for its total is widened.
    """
    bold = {"bold": True, "bg_color": GREY}
    for at, column in enumerate(columns):
        if not column.printed:
            continue
        style = sheets.cell_style(column, **bold)
        if column.key in keys:
            total = sum((row[column.key] or Decimal(0) for row in rows if counted(row)), Decimal(0))
            letter = xl_col_to_name(at)
            cells = f"{letter}{first + 1}:{letter}{first + len(rows)}"
            sheet.write_formula(below, at, formula(cells), style, float(total))
            needed = width_of(formats.baht(total)) * BOLD_IN_ANY_FONT
            if needed > column.width:
                sheet.set_column(at, at, needed)
        else:
            sheet.write_blank(below, at, None, style)
    before = next(at for at, column in enumerate(columns) if column.key in keys)
    labelled = max(range(before), key=lambda at: columns[at].width)
    sheets.text(sheet, below, labelled, label, sheets.cell_style(columns[labelled], align="right", **bold))
    sheet.set_row(below, LINE_HEIGHT * lines_of(label, columns[labelled].width) + 3)


def write_summary(sheets: Sheets, data: RoundData) -> None:
    """The first sheet: the headline figures and where everything else is."""
    sheet = sheets.add("สรุป")
    sheet.set_column(0, 0, 58)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 14)
    sheet.set_column(3, 3, 46)
    title = sheets.style(bold=True, font_size=20)
    sheets.text(sheet, 0, 0, data.title_th, title)
    sheets.text(sheet, 1, 0, data.lgo_full_name, sheets.style(bold=True, font_size=18))
    sheets.text(sheet, 2, 0, data.period_th, sheets.style(font_size=16))
    for row, height in enumerate((30, 28, 25)):
        sheet.set_row(row, height)
    write_draft(sheets, sheet, 3)
    row = 4
    head = sheets.style(bold=True, font_color="#FFFFFF", bg_color=HEADER_FILL, align="center")
    for at, text in enumerate(("รายการ", "ค่า", "หน่วย", "in English")):
        sheets.text(sheet, row, at, text, head)
    sheet.set_row(row, LINE_HEIGHT + 4)
    label = sheets.style(border=1, border_color="#A6A6A6", text_wrap=True)
    indented = sheets.style(border=1, border_color="#A6A6A6", align="left", indent=1)
    for item in data.headlines():
        row += 1
        properties: dict[str, Any] = {"align": "right", "bold": True, "border": 1, "border_color": "#A6A6A6"}
        if item.kind in NUMBER_FORMATS:
            properties["num_format"] = CAPPED if item.starred else NUMBER_FORMATS[item.kind]
        if item.fill in TONES:
            properties["bg_color"] = TONES[item.fill]
        sheets.text(sheet, row, 0, item.th, label)
        value = formats.NOTHING if item.value is None else item.value
        sheets.value(sheet, row, 1, value, sheets.style(**properties))
        sheets.text(sheet, row, 2, item.unit, indented)
        sheets.text(sheet, row, 3, item.en, indented)
        sheet.set_row(row, LINE_HEIGHT + 3)
    row += 2
    sheets.text(sheet, row, 0, "ข้อควรทราบ", sheets.style(bold=True))
    for warning in data.warnings():
        row += 1
        sheet.merge_range(row, 0, row, 3, "", sheets.style(text_wrap=True))
        sheets.text(sheet, row, 0, f"• {warning.th}", sheets.style(text_wrap=True))
        sheet.set_row(row, LINE_HEIGHT * lines_of(warning.th, 140) + 2)
    row += 2
    for text in (f"ข้อมูล ณ วันที่ {formats.thai_date(data.data_as_of)}", f"รุ่นข้อมูล (release) {data.release_id}"):
        sheets.text(sheet, row, 0, text, sheets.style())
        sheet.set_row(row, LINE_HEIGHT)
        row += 1
    sheet.print_area(0, 0, row, 3)
    # One page: the last two lines would otherwise stand alone on a second.
    sheet.fit_to_pages(1, 1)
    sheet.freeze_panes(3, 0)


DIMENSION_SUMS = (
    "planned_projects",
    "completed_projects",
    "budget_plan_baht",
    "budget_ordinance_baht",
    "disbursed_baht",
)
DIMENSION_RATIOS = {
    "project_pct": ("completed_projects", "planned_projects"),
    "budget_pct": ("disbursed_baht", "budget_plan_baht"),
}


def write_dimension_formulas(sheets: Sheets, sheet: Any, data: RoundData, first: int) -> None:
    """Sums and percents of the dimension table as formulas with the warehouse's values cached.

    Where the warehouse's value is not what the formula would give (nothing known, nothing planned), the value
    stays as it is.
    """
    columns = {column.key: (at, xl_col_to_name(at), column) for at, column in enumerate(tables.DIMENSIONS)}
    for index, row in enumerate(data.dimensions):
        total = row["dimension"] == "total"
        extra = {"bg_color": TONES["total"]} if total else {}
        for key in DIMENSION_SUMS if total and index else ():
            at, letter, column = columns[key]
            parts = [other[key] for other in data.dimensions[:index]]
            if row[key] is not None and None not in parts and sum(parts) == row[key]:
                formula = f"=SUM({letter}{first + 1}:{letter}{first + index})"
                sheet.write_formula(
                    first + index, at, formula, sheets.cell_style(column, **extra), float(row[key])
                )
        for key, (part, whole) in DIMENSION_RATIOS.items():
            at, _, column = columns[key]
            if row[key] is not None and row[part] is not None and row[whole]:
                line = first + index + 1
                formula = f"=ROUND({columns[part][1]}{line}/{columns[whole][1]}{line}*100,2)"
                sheet.write_formula(
                    first + index, at, formula, sheets.cell_style(column, **extra), float(row[key])
                )


def write_dimension_excerpts(sheets: Sheets, sheet: Any, data: RoundData, row: int) -> None:
    """The excerpts that e-PlanNACC prints below the dimension table, as references into it."""
    cells = {column.key: xl_col_to_name(at) for at, column in enumerate(tables.DIMENSIONS)}
    first = row - len(data.dimensions) + 1
    caption = sheets.style(bold=True, text_wrap=False)
    head = sheets.style(bold=True, border=1, border_color="#A6A6A6", bg_color=GREY, align="center", text_wrap=True)
    excerpts = (
        ("โครงการ/งบประมาณ (ตามแผนพัฒนาท้องถิ่น)", ("planned_projects", "budget_plan_baht")),
        ("โครงการ/งบประมาณ (ตามข้อบัญญัติ/เทศบัญญัติ/แผนการดำเนินงาน)", ("planned_projects", "budget_ordinance_baht")),
        ("การเบิกจ่ายงบประมาณ", ("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht")),
    )
    headings = {column.key: tables.heading(column) for column in tables.DIMENSIONS}
    kinds = {column.key: column for column in tables.DIMENSIONS}
    # The first columns of the table hold counts; below them stands money.
    sheet.set_column(1, 2, kinds["budget_plan_baht"].width)
    row += 1
    for title, keys in excerpts:
        sheets.text(sheet, row, 0, title, caption)
        sheet.set_row(row, LINE_HEIGHT)
        row += 1
        for at, text in enumerate(("มิติ", *(f"{kinds[key].group.split()[0]} {headings[key]}" for key in keys))):
            sheets.text(sheet, row, at, text, head)
        sheet.set_row(row, LINE_HEIGHT * 2)
        for index, line in enumerate(data.dimensions):
            row += 1
            extra = {"bg_color": TONES["total"]} if line["dimension"] == "total" else {}
            sheets.text(
                sheet, row, 0, line["dimension_label"], sheets.cell_style(kinds["dimension_label"], **extra)
            )
            for at, key in enumerate(keys, start=1):
                style = sheets.cell_style(kinds[key], **extra)
                if line[key] is None:
                    sheet.write_blank(row, at, None, style)
                else:
                    sheet.write_formula(row, at, f"={cells[key]}{first + index}", style, float(line[key]))
            sheet.set_row(row, LINE_HEIGHT * lines_of(line["dimension_label"], kinds["dimension_label"].width) + 3)
        row += 2
    sheet.print_area(0, 0, row, len(tables.DIMENSIONS) - 1)
    # One page: the headings of the table must not repeat over its excerpts.
    sheet.fit_to_pages(1, 1)


def write_level_counts(sheets: Sheets, sheet: Any, ranking: RankingData, first: int, below: int) -> None:
    """How many local governments of each level, counted by formula below the ranking; then what a rank says."""
    at = [column.key for column in tables.RANKING].index("level_th")
    name = [column.key for column in tables.RANKING].index("lgo_name")
    letter = xl_col_to_name(at)
    cells = f"{letter}{first + 1}:{letter}{first + len(ranking.rows)}"
    for index, (level, (th, _)) in enumerate(formats.LEVELS.items(), start=1):
        label = sheets.cell_style(tables.RANKING[name], bold=True, align="right", bg_color=TONES[level])
        number = sheets.style(
            bold=True, border=1, border_color="#A6A6A6", num_format="#,##0", bg_color=TONES[level]
        )
        sheets.text(sheet, below + index, name, f"จำนวน อปท. ระดับ{th}", label)
        counted = sum(row["level"] == level for row in ranking.rows)
        sheet.write_formula(below + index, at, f'=COUNTIF({cells},"{th}")', number, counted)
        sheet.set_row(below + index, LINE_HEIGHT)
    last = below + len(formats.LEVELS) + 1
    sheets.text(sheet, last, 0, ranking.among_th, sheets.style(font_color="#595959"))
    sheet.set_row(last, LINE_HEIGHT)
    sheet.print_area(0, 0, last, len(tables.RANKING) - 1)


def write_round_report(data: RoundData, ranking: RankingData | None, path: Path) -> None:
    """Write the round report of one local government as a workbook at ``path``: the working file of the annexes.

    ``ranking`` is that of its province, where the release has one.
    """
    sheets = Sheets(path, f"{data.title_th} {data.lgo_name}", data.release_id, data.created, data.draft_th)
    write_summary(sheets, data)

    listings = tables.with_corrected(tables.LISTINGS, data.listings)
    projects = tables.with_corrected(tables.PROJECT_LIST, data.projects)
    sheet, first, below = write_sheet(
        sheets, data, "ตารางติดตาม", listings, data.listings, frozen_columns=3,
        merged=[("dimension_label",), ("mission_label", "dimension_label")],
    )  # fmt: skip
    if data.listings:
        money = [column.key for column in listings if column.kind == "baht"]
        at = [column.key for column in listings].index("counted")
        flag = xl_col_to_name(at)
        flags = f"${flag}${first + 1}:${flag}${first + len(data.listings)}"
        every = (listings, data.listings, first)
        write_totals(
            sheets, sheet, *every, below, "รวมทุกรายการที่แสดง",
            lambda cells: f"=SUBTOTAL(109,{cells})", lambda row: True, money,
        )  # fmt: skip
        write_totals(
            sheets, sheet, *every, below + 1, "รวมเฉพาะโครงการไม่ซ้ำ",
            lambda cells: f'=SUMIF({flags},"/",{cells})', lambda row: bool(row["counted"]), money,
        )  # fmt: skip

    sheet, first, below = write_sheet(sheets, data, "รายการ e-PlanNACC", projects, data.projects, frozen_columns=2)
    if data.projects:
        write_totals(
            sheets, sheet, projects, data.projects, first, below, "รวมทุกโครงการที่แสดง",
            lambda cells: f"=SUBTOTAL(109,{cells})", lambda row: True, ["budget_plan_baht", "disbursed_baht"],
        )  # fmt: skip

    sheet, first, below = write_sheet(sheets, data, "ตามมิติ", tables.DIMENSIONS, data.dimensions, tone="dimension")
    write_dimension_formulas(sheets, sheet, data, first)
    write_dimension_excerpts(sheets, sheet, data, below)
    write_sheet(
        sheets, data, "สถานะ", tables.STATUS_TABLE, data.status,
        tone="implementation_level", toned="implementation_level_th",
    )  # fmt: skip
    if ranking is not None:
        sheet, first, below = write_sheet(
            sheets, data, "ลำดับจังหวัด", tables.RANKING, ranking.rows, tone="level", toned="level_th",
            frozen_columns=3,
        )  # fmt: skip
        write_level_counts(sheets, sheet, ranking, first, below)
    write_sheet(
        sheets, data, "ข้อค้นพบ", tables.FINDINGS, data.findings,
        tone="severity", toned="severity_th", empty="ไม่มีข้อค้นพบ",
    )  # fmt: skip
    write_sheet(sheets, data, "กระทบยอด", tables.RECONCILIATION, data.reconciliation, empty=data.nothing_differs)
    write_sheet(
        sheets, data, "ตัวเลขที่ประกาศ", tables.PUBLISHED, data.published,
        tone="agreement", toned="agrees_th", empty="รอบนี้ไม่มีรายงานที่ประกาศให้เปรียบเทียบ",
    )  # fmt: skip
    write_sheet(sheets, data, "แฟ้มที่ได้รับ", tables.SUBMISSIONS, data.submissions, tone="outcome", toned="outcome_th")
    if data.corrections:
        write_sheet(
            sheets, data, "ทะเบียนแก้ไข", tables.CORRECTIONS, data.corrections, tone="outcome", toned="outcome_th"
        )
    sheets.book.close()
