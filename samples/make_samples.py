"""Write the sample round FY2566-12M from the CSV files in source/: what an office would hand in.

Usage: python samples/make_samples.py [directory]   (default: samples/FY2566-12M)

The same sources give the same bytes: no clock, no locale, no order of a set. README.md says what is real
and what is ours.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import sys
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import jinja2
import xlsxwriter
import xlwt
from odf import number, opendocument, style, table, text

SAMPLES = Path(__file__).resolve().parent
ROUND_KEY = "FY2566-12M"
LGO_CODE = "3920102"
LGO = "เทศบาลนครตรัง"
AS_OF = "** ข้อมูล ณ วันที่ 17 ตุลาคม 2566"
WRITTEN_AT = datetime(2023, 10, 17, 9, 0, 0)
LINE_POINTS = 23  # of Thai text at 14 points
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")

Cell = str | int | Decimal | None


@dataclass
class Grid:
    """One sheet: rows of cells, the role of each row, merged ranges, columns as (width, alignment).

    Roles are title, header, data, total and note; ranges are (top, left, bottom, right), 0-based, inclusive.
    """

    columns: list[tuple[int, str]]
    rows: list[list[Cell]] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    page_tops: list[int] = field(default_factory=list)

    def add(self, role: str, cells: Iterable[Cell]) -> int:
        """Append a row, padded to the width of the sheet, and return its 0-based number."""
        row = list(cells)
        self.rows.append(row + [None] * (len(self.columns) - len(row)))
        self.roles.append(role)
        return len(self.rows) - 1

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if (top, left) != (bottom, right):
            self.merges.append((top, left, bottom, right))

    def add_lines(self, role: str, lines: Iterable[str], *, merged: bool = True, left: int = 0) -> None:
        """Append one row per line of text, its cell merged over the rest of the sheet."""
        for line in lines:
            row = self.add(role, [None] * left + [line])
            if merged:
                self.merge(row, left, row, len(self.columns) - 1)

    def add_header(self, upper: str, lower: str) -> None:
        """Append two header rows, their cells divided by |.

        A column without a lower text is merged downwards, a group over its lower texts sideways.
        """
        above, below = upper.split("|"), lower.split("|")
        top = self.add("header", [words or None for words in above])
        self.add("header", [words or None for words in below])
        for x, words in enumerate(above):
            if not words:
                continue
            if not below[x]:
                self.merge(top, x, top + 1, x)
                continue
            grouped = itertools.takewhile(lambda i: below[i] and not above[i], range(x + 1, len(above)))
            self.merge(top, x, top, max(grouped, default=x))

    def spans(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Return (rows, columns) by the top left cell of each merged range."""
        return {(t, left): (b - t + 1, r - left + 1) for t, left, b, r in self.merges}

    def covered(self) -> set[tuple[int, int]]:
        """Return the cells that lie under a merged range, without its top left one."""
        return {
            (y, x)
            for t, left, b, r in self.merges
            for y, x in itertools.product(range(t, b + 1), range(left, r + 1))
            if (y, x) != (t, left)
        }

    def lines(self) -> list[int]:
        """Return how many lines of text each row needs; a merged cell shares its lines among its rows."""
        need = [1.0] * len(self.rows)
        spans = self.spans()
        for y, row in enumerate(self.rows):
            if self.roles[y] in ("title", "note"):
                continue
            for x, cell in enumerate(row):
                if cell is None:
                    continue
                height, width = spans.get((y, x), (1, 1))
                room = sum(w for w, _ in self.columns[x : x + width])
                wrapped = sum(math.ceil(len_seen(part) * 1.2 / room) or 1 for part in str(cell).split("\n"))
                for below in range(y, y + height):
                    need[below] = max(need[below], wrapped / height)
        return [math.ceil(n) for n in need]


def len_seen(words: str) -> int:
    """Return how many characters take up room: Thai vowels and tone marks above and below do not."""
    return sum(unicodedata.category(c) != "Mn" for c in words)


def as_text(amount: Decimal) -> str:
    """Return an amount as the form prints it: 50,000 or 942,154.25."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def number_format(value: int | Decimal) -> str:
    """Return the Excel format: decimals where the source writes them, as e-PlanNACC does for whole amounts."""
    return "#,##0.00" if isinstance(value, Decimal) and value.as_tuple().exponent == -2 else "#,##0"


def read_source(name: str) -> list[dict[str, str]]:
    with (SAMPLES / "source" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# The divisions' monitoring forms


@dataclass(frozen=True)
class Form:
    """How one division filled in the monitoring form.

    `rows_per_page` None means that everything stands under one heading; `merged` False that dimension and
    mission are written once and not merged; `not_marked` stands in status and budget columns without a mark.
    """

    division: str
    file: str
    sheet: str = "Sheet1"
    font: str = "TH SarabunPSK"
    rows_per_page: int | None = None
    merged: bool = True
    thai_digits: bool = False
    amounts_as_text: bool = False
    misspelt: bool = False
    not_marked: str | None = None
    total: str | None = None
    is_signed: bool = False


FORMS = [
    Form(
        "สำนักปลัดเทศบาล",
        "สำนักปลัดเทศบาล รอบ 12 เดือน.xlsx",
        sheet="รอบ ๑๒ เดือน",
        font="TH SarabunIT๙",
        rows_per_page=10,
        thai_digits=True,
        total="รวม",
        is_signed=True,
    ),
    Form(
        "กองยุทธศาสตร์และงบประมาณ",
        "แผนทุจริต 66 กองยุทธศาสตร์ฯ (แก้ไข).xlsx",
        rows_per_page=12,
        merged=False,
        amounts_as_text=True,
        is_signed=True,
    ),
    Form(
        "กองสวัสดิการสังคม",
        "กองสวัสดิการสังคม.xlsx",
        sheet="12 เดือน",
        rows_per_page=10,
        not_marked="-",
        total="รวมทั้งสิ้น",
        is_signed=True,
    ),
    Form("กองการศึกษา", "รายงานผล ป.ป.ช. กองการศึกษา.xls", font="Angsana New", total="รวม", is_signed=True),
    Form("กองสาธารณสุขและสิ่งแวดล้อม", "กองสาธารณสุขฯ 12 เดือน.ods", sheet="แผ่นงาน1", total="รวมทั้งสิ้น"),
    Form("กองการเจ้าหน้าที่", "กองการเจ้าหน้าที่.csv", merged=False),
    Form("กองคลัง", "กองคลัง ต.ค.66.xlsx", font="TH SarabunIT๙", is_signed=True),
    Form("กองช่าง", "กองช่าง.xlsx", font="Angsana New"),
    Form("หน่วยตรวจสอบภายใน", "ตรวจสอบภายใน_แบบติดตาม.xlsx", sheet="ตรวจสอบภายใน", misspelt=True, is_signed=True),
]

FORM_TITLE = [
    "รายงานผลการติดตามผลการดำเนินงาน",
    "แผนปฏิบัติการป้องกันการทุจริตเพื่อยกระดับคุณธรรมและความโปร่งใส",
    f"{LGO} (พ.ศ. 2566 - 2570)",
    "รอบ 12 เดือน (วันที่ 1 ตุลาคม 2565 ถึง 30 กันยายน 2566)",
]
FORM_HEADER = (
    "มิติ|ภารกิจตามมิติ|โครงการ/กิจกรรม/มาตรการ|งบประมาณตามแผน|งบประมาณตามเทศบัญญัติ|เบิกจ่าย|คงเหลือ|ไม่ใช้งบประมาณ"
    "|ผลการดำเนินการ|||หมายเหตุ",
    "||||||||แล้วเสร็จ|อยู่ระหว่างดำเนินการ|ไม่ได้ดำเนินการ/ยกเลิกโครงการ|",
)
MISSPELT_HEADER = (
    "มติ|ภารกิจตามมติ|โครงการ/กิจกรรม/มาตรการ|งบประมาณตามแผน|งบประมาณตามเทคโนโลยี|เบิกจ่าย|คงเหลือ|ไม่ใช้งบประมาณ"
    "|ผลการดำเนินการ|||หมายเหตุ",
    FORM_HEADER[1],
)
FORM_COLUMNS = [(15, "left"), (20, "left"), (34, "left"), *[(14, "right")] * 4]
FORM_COLUMNS += [*[(13, "center")] * 4, (44, "left")]
FORM_AMOUNTS = ["budget_plan", "budget_ordinance", "disbursed", "remaining"]
FORM_STATUSES = ["completed", "in_progress", "not_done"]
SIGNATURE = [f"ลงชื่อ {'.' * 40} ผู้รายงาน", f"       ({'.' * 42})", f"ตำแหน่ง {'.' * 40}"]


def division_grid(form: Form, listings: list[dict[str, str]]) -> Grid:
    """Lay out the listings of one division as the monitoring form, page by page."""
    missions = {m["mission"]: m for m in read_source("mission.csv")}
    printed = {(p["code"], p["field"]): p["as_printed"] for p in read_source("amount_as_printed.csv")}
    grid = Grid(FORM_COLUMNS)
    seen: set[str] = set()
    per_page = form.rows_per_page or len(listings)
    for start in range(0, len(listings), per_page):
        if start:
            grid.add("note", [])
            grid.page_tops.append(len(grid.rows))
        add_page_heading(grid, form)
        page = listings[start : start + per_page]
        top = len(grid.rows)
        for listing in page:
            grid.add("data", [None, None, *listing_cells(form, listing, printed)])
        for column, level in enumerate(["dimension", "mission"]):
            headings = [missions[listing["mission"]][f"{level}_heading"] for listing in page]
            add_group_cells(grid, form, top, column, headings, seen)
    if form.total:
        add_total(grid, form, listings)
    if form.is_signed:
        grid.add("note", [])
        grid.add_lines("note", SIGNATURE, merged=False, left=7)
    return grid


def add_page_heading(grid: Grid, form: Form) -> None:
    title = [*FORM_TITLE, f"หน่วยงาน {form.division}"]
    grid.add_lines("title", [digits(form, line) for line in title], merged=form.merged)
    grid.add_header(*(MISSPELT_HEADER if form.misspelt else FORM_HEADER))


def listing_cells(form: Form, listing: dict[str, str], printed: dict[tuple[str, str], str]) -> list[Cell]:
    """Return the cells from the project to the remark; names and remarks stay as the source words them."""
    cells: list[Cell] = [f"{digits(form, listing['code'])} {listing['name']}"]
    for name in FORM_AMOUNTS:
        as_printed = printed.get((listing["code"], name))
        cells.append(digits(form, as_printed) if as_printed else amount_cell(form, listing[name]))
    cells.append("/" if listing["no_budget"] == "1" else form.not_marked)
    cells += ["/" if listing["status"] == status else form.not_marked for status in FORM_STATUSES]
    return [*cells, listing["remark"] or None]


def amount_cell(form: Form, written: str) -> Cell:
    """Return a number, or text where the division types its amounts; '-' for none."""
    if not written:
        return "-"
    amount = Decimal(written)
    return digits(form, as_text(amount)) if form.amounts_as_text or form.thai_digits else amount


def digits(form: Form, words: str) -> str:
    return words.translate(THAI_DIGITS) if form.thai_digits else words


def add_group_cells(grid: Grid, form: Form, top: int, column: int, headings: list[str], seen: set[str]) -> None:
    """Write each heading once, at its first row; on a later page its cell stays empty, as in the report."""
    row = top
    for heading, same in itertools.groupby(headings):
        count = len(list(same))
        if heading not in seen:
            grid.rows[row][column] = digits(form, heading)
            seen.add(heading)
        if form.merged:
            grid.merge(row, column, row + count - 1, column)
        row += count


def add_total(grid: Grid, form: Form, listings: list[dict[str, str]]) -> None:
    """Append the sums of the amounts as printed, ordinance before transfers."""
    sums = [sum(Decimal(x[name] or 0) for x in listings) for name in FORM_AMOUNTS]
    cells = [amount_cell(form, str(s) if s else "") for s in sums]
    row = grid.add("total", [form.total, None, None, *cells])
    if form.merged:
        grid.merge(row, 0, row, 2)


# What e-PlanNACC exports

LIST_TITLE = f"รายงานผลการดำเนินงานตามแผนปฏิบัติการป้องกันการทุจริต ของ{LGO} พ.ศ. 2566 รอบ 12 เดือน"
LIST_HEADER = (
    "ลำดับ|รายการโครงการ (ตั้งต้น)|มิติ|งบประมาณ\n(บาท)|เบิกจ่าย\n(บาท)|สถานะ||||หมายเหตุ",
    "|||||รอ\nรายงาน|อยู่ระหว่าง\nดำเนินการ|ดำเนินการ\nแล้วเสร็จ|ไม่สามารถ\nดำเนินการได้|",
)
LIST_STATUSES = ["awaiting_report", "in_progress", "completed", "unable"]
LIST_PAGE_TOPS = {"1", "10", "17", "27", "36", "47", "54", "63", "72", "80"}  # as the report broke its pages
LGO_LINE = f"{LGO} อำเภอ เมืองตรัง จังหวัด ตรัง"
DIMENSION_TITLE = "รายงานผลการนำแผนไปปฏิบัติ ประจำปีงบประมาณ พ.ศ. 2566 รอบ 12 เดือน"
DIMENSION_HEADER = (
    "ชื่อ อปท.|มิติ|โครงการ||งบประมาณ|||ร้อยละดำเนินการ|",
    "||ตามแผน|ดำเนินการแล้ว|ตามแผน|ตามข้อบัญญัติ/\nเทศบัญญัติ|ใช้จริง|โครงการ|งบประมาณ",
)
STATUS_HEADER = [
    "โครงการขั้นต่ำ\nตามที่ ป.ป.ช.\nกำหนด",
    "โครงการ\nทั้งหมด",
    "บรรจุในข้อบัญญัติ/\nเทศบัญญัติ/\nแผนดำเนินงาน",
    "อยู่ระหว่าง\nดำเนินการ",
    "ดำเนินการ\nแล้วเสร็จ",
    "ไม่สามารถ\nดำเนินการได้",
    "ผลการนำแผนฯ\nไปปฏิบัติ คิดจาก\nโครงการขั้นต่ำ",
    "ระดับการนำ\nแผนไปปฏิบัติ",
]


def project_list_grid() -> Grid:
    """Return the project list with the page headings where the report has them."""
    columns = [(7, "center"), (60, "left"), (7, "center"), (14, "right"), (14, "right")]
    grid = Grid([*columns, *[(11, "center")] * 4, (16, "left")])
    for project in read_source("eplan_projects.csv"):
        if project["seq"] in LIST_PAGE_TOPS:
            if grid.rows:
                grid.add("note", [])
                grid.page_tops.append(len(grid.rows))
            grid.add_lines("title", [LIST_TITLE])
            grid.add_header(*LIST_HEADER)
        marks = ["☑" if project["status"] == status else None for status in LIST_STATUSES]
        amounts = [Decimal(project["budget"]), Decimal(project["disbursed"])]
        cells = [int(project["seq"]), project["name"], project["dimension_as_printed"]]
        grid.add("data", [*cells, *amounts, *marks])
    grid.add_lines("note", ["", AS_OF, f"ชื่อ - สกุล ผู้รายงาน {'.' * 40} ตำแหน่ง {'.' * 40}"], merged=False)
    grid.add_lines("note", ["ปัญหา อุปสรรค", "ไม่มีปัญหา และอุปสรรค"], merged=False)
    grid.add_lines("note", ["ข้อเสนอแนะ", "ไม่มีข้อเสนอแนะ"], merged=False)
    return grid


def summary_grid() -> Grid:
    grid = Grid([(90, "left")])
    grid.add_lines("title", ["สรุปผลการขับเคลื่อนแผนฯ", f"{LGO} ประจำปีงบประมาณ พ.ศ. 2566 รอบ 12 เดือน"])
    for line in read_source("eplan_summary.csv"):
        grid.add("note", [line["line"]])
    grid.add_lines("note", ["", AS_OF])
    return grid


def dimension_grid() -> Grid:
    grid = Grid([(18, "left"), (8, "center"), *[(12, "center")] * 2, *[(16, "right")] * 3, *[(12, "right")] * 2])
    grid.add_lines("title", [LGO_LINE, DIMENSION_TITLE])
    grid.add_header(*DIMENSION_HEADER)
    dimensions = read_source("eplan_dimension.csv")
    top = len(grid.rows)
    for line in dimensions:
        is_total = line["dimension"] == "total"
        counts = [int(line["planned_projects"]), int(line["completed_projects"])]
        money = [Decimal(line[name]) for name in ("budget_plan", "budget_ordinance", "disbursed")]
        percents = [Decimal(line[name]) for name in ("project_pct", "budget_pct")]
        first = ["รวม", None] if is_total else [None, line["dimension"]]
        row = grid.add("total" if is_total else "data", [*first, *counts, *money, *percents])
        if is_total:
            grid.merge(row, 0, row, 1)
    grid.rows[top][0] = LGO
    grid.merge(top, 0, top + len(dimensions) - 2, 0)
    grid.add_lines("note", ["", AS_OF], merged=False)
    return grid


def status_grid() -> Grid:
    (status,) = read_source("eplan_status.csv")
    grid = Grid([(18, "center")] * len(STATUS_HEADER))
    round_line = f"{LGO} ประจำปีงบประมาณ พ.ศ. 2566 รอบ 12 เดือน"
    grid.add_lines("title", ['"สถานะโครงการ/กิจกรรม/มาตรการ"', round_line])
    grid.add("header", STATUS_HEADER)
    *counts, percent, level = status.values()
    grid.add("data", [*map(int, counts), Decimal(percent), level])
    grid.add_lines("note", ["", AS_OF], merged=False)
    return grid


RANKING_PAGE = """<!DOCTYPE html>
<html lang="th">
<head>
<meta charset="utf-8">
<title>e-PlanNACC : {{ title }}</title>
<link rel="stylesheet" href="/assets/css/report.css">
</head>
<body>
<div class="container">
<h3 class="text-center">{{ title }}</h3>
<table class="table table-bordered" width="100%">
<thead>
<tr><th>ลำดับ</th><th>ชื่อ อปท.</th><th>อำเภอ</th><th>ร้อยละ</th><th>ระดับการนำไปปฏิบัติ</th></tr>
</thead>
<tbody>
{%- for row in rows %}
<tr>
<td align="center">{{ row.seq }}</td><td>{{ row.lgo_name }}</td><td>{{ row.district }}</td>
<td align="right">{{ row.percent_as_printed }}</td><td align="center">{{ row.level }}</td>
</tr>
{%- endfor %}
{%- for count in counts %}
<tr><td colspan="4" align="right"><b>{{ count.level }}</b></td><td align="center">{{ count.lgos }}</td></tr>
{%- endfor %}
</tbody>
</table>
<p>{{ as_of }}</p>
</div>
</body>
</html>
"""


def ranking_page() -> str:
    title = "ผลการนำแผนปฏิบัติการป้องกันการทุจริต ไปสู่การปฏิบัติระดับจังหวัด"
    return (
        jinja2.Environment(autoescape=True, keep_trailing_newline=True)
        .from_string(RANKING_PAGE)
        .render(
            title=f"{title} ของจังหวัดตรัง ประจำปีงบประมาณ พ.ศ. 2566 รอบ 12 เดือน",
            rows=read_source("provincial_ranking.csv"),
            counts=read_source("provincial_ranking_count.csv"),
            as_of=AS_OF,
        )
    )


# Writers, one per file format


def write_xlsx(path: Path, sheets: dict[str, Grid], font: str) -> None:
    workbook = xlsxwriter.Workbook(path)
    workbook.set_properties({"created": WRITTEN_AT})
    for name, grid in sheets.items():
        sheet = workbook.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.4)
        sheet.fit_to_pages(1, 0)
        sheet.set_h_pagebreaks(grid.page_tops)
        for x, (width, _) in enumerate(grid.columns):
            sheet.set_column(x, x, width)
        for y, lines in enumerate(grid.lines()):
            sheet.set_row(y, LINE_POINTS * lines)
        spans, covered = grid.spans(), grid.covered()
        for y, row in enumerate(grid.rows):
            for x, cell in enumerate(row):
                cell_format = workbook.add_format(xlsx_format(grid, y, x, font))
                if (y, x) in spans:
                    height, width = spans[y, x]
                    sheet.merge_range(y, x, y + height - 1, x + width - 1, None, cell_format)
                if isinstance(cell, str):
                    sheet.write_string(y, x, cell, cell_format)
                elif cell is not None:
                    sheet.write_number(y, x, cell, cell_format)
                elif (y, x) not in covered and grid.roles[y] not in ("title", "note"):
                    sheet.write_blank(y, x, None, cell_format)
    workbook.close()


def xlsx_format(grid: Grid, y: int, x: int, font: str) -> dict[str, object]:
    role, cell = grid.roles[y], grid.rows[y][x]
    looks: dict[str, object] = {"font_name": font, "font_size": 14, "align": alignment(grid, y, x)}
    if role in ("title", "header", "total"):
        looks["bold"] = True
    if role in ("header", "data", "total"):
        looks |= {"border": 1, "text_wrap": True, "valign": "vcenter" if role == "header" else "top"}
    if role == "header":
        looks["bg_color"] = "#DDEBF7"
    if isinstance(cell, int | Decimal):
        looks["num_format"] = number_format(cell)
    return looks


def alignment(grid: Grid, y: int, x: int) -> str:
    role = grid.roles[y]
    if role == "title":
        return "center" if (y, 0, y, len(grid.columns) - 1) in grid.merges else "left"
    if role == "header" or grid.rows[y][x] == "-" or (role == "total" and x == 0):
        return "center"
    return "left" if role == "note" else grid.columns[x][1]


def write_xls(path: Path, name: str, grid: Grid, font: str) -> None:
    workbook = xlwt.Workbook(encoding="utf-8")
    sheet = workbook.add_sheet(name)
    sheet.portrait = False
    sheet.paper_size_code = 9  # A4
    sheet.fit_num_pages = sheet.fit_width_to_pages = 1
    sheet.fit_height_to_pages = 0
    for x, (width, _) in enumerate(grid.columns):
        sheet.col(x).width = 256 * width
    for y, lines in enumerate(grid.lines()):
        sheet.row(y).height_mismatch = True
        sheet.row(y).height = 20 * LINE_POINTS * lines
    spans, covered = grid.spans(), grid.covered()
    for y, row in enumerate(grid.rows):
        for x, cell in enumerate(row):
            if (y, x) in covered or (cell is None and grid.roles[y] == "note"):
                continue
            height, width = spans.get((y, x), (1, 1))
            sheet.write_merge(y, y + height - 1, x, x + width - 1, cell, xls_style(grid, y, x, font))
    workbook.save(str(path))


def xls_style(grid: Grid, y: int, x: int, font: str) -> xlwt.XFStyle:
    role, cell = grid.roles[y], grid.rows[y][x]
    bold = "on" if role in ("title", "header", "total") else "off"
    vertical = "center" if role == "header" else "top"
    looks = f"font: name {font}, height 280, bold {bold}; align: horiz {alignment(grid, y, x)}"
    if role in ("header", "data", "total"):
        looks += f", vert {vertical}, wrap on; borders: left thin, right thin, top thin, bottom thin"
    shown_as = number_format(cell) if isinstance(cell, int | Decimal) else "General"
    return xlwt.easyxf(looks, num_format_str=shown_as)


def write_ods(path: Path, name: str, grid: Grid, font: str) -> None:
    document = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name=name, stylename=ods_landscape(document))
    for x, (width, _) in enumerate(grid.columns):
        look = style.Style(name=f"co{x}", family="table-column")
        look.addElement(style.TableColumnProperties(columnwidth=f"{width * 0.19:.2f}cm"))
        document.automaticstyles.addElement(look)
        sheet.addElement(table.TableColumn(stylename=look))
    spans, covered = grid.spans(), grid.covered()
    styles: dict[tuple[str, ...], style.Style] = {}
    for y, row in enumerate(grid.rows):
        line = table.TableRow()
        for x, cell in enumerate(row):
            if (y, x) in covered:
                line.addElement(table.CoveredTableCell())
                continue
            height, width = spans.get((y, x), (1, 1))
            look = ods_style(document, styles, grid, y, x, font)
            line.addElement(ods_cell(cell, look, height, width))
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    packed = io.BytesIO()
    document.write(packed)
    path.write_bytes(without_clock(packed))


def ods_landscape(document: opendocument.OpenDocument) -> style.Style:
    """Return the style of a sheet that prints on A4 landscape, as wide as one page."""
    page = style.PageLayout(name="landscape")
    page.addElement(
        style.PageLayoutProperties(
            pagewidth="29.7cm", pageheight="21cm", printorientation="landscape", scaletopages="1"
        )
    )
    document.automaticstyles.addElement(page)
    document.masterstyles.addElement(style.MasterPage(name="Default", pagelayoutname=page))
    look = style.Style(name="ta1", family="table", masterpagename="Default")
    look.addElement(style.TableProperties(display="true"))
    document.automaticstyles.addElement(look)
    return look


def ods_cell(cell: Cell, look: style.Style, height: int, width: int) -> table.TableCell:
    options: dict[str, object] = {"stylename": look}
    if (height, width) != (1, 1):
        options |= {"numberrowsspanned": height, "numbercolumnsspanned": width}
    if isinstance(cell, int | Decimal):
        options |= {"valuetype": "float", "value": str(cell)}
    elif cell is not None:
        options["valuetype"] = "string"
    element = table.TableCell(**options)
    if cell is not None:
        element.addElement(text.P(text=as_text(Decimal(cell)) if isinstance(cell, int | Decimal) else cell))
    return element


def ods_style(
    document: opendocument.OpenDocument,
    styles: dict[tuple[str, ...], style.Style],
    grid: Grid,
    y: int,
    x: int,
    font: str,
) -> style.Style:
    """Return the cell style of a role, alignment and number format, added to the document when it is new."""
    role, cell, align = grid.roles[y], grid.rows[y][x], alignment(grid, y, x)
    decimals = "" if not isinstance(cell, int | Decimal) else "0" if number_format(cell) == "#,##0" else "2"
    if look := styles.get((role, align, decimals)):
        return look
    look = style.Style(name=f"ce{len(styles)}", family="table-cell")
    if decimals:
        shown_as = number.NumberStyle(name=f"n{decimals}")
        shown_as.addElement(number.Number(decimalplaces=decimals, minintegerdigits="1", grouping="true"))
        if not any(decimals == known for _, _, known in styles):
            document.automaticstyles.addElement(shown_as)
        look.setAttribute("datastylename", shown_as)
    if role in ("header", "data", "total"):
        upright = "middle" if role == "header" else "top"
        look.addElement(
            style.TableCellProperties(border="0.5pt solid #000000", wrapoption="wrap", verticalalign=upright)
        )
    look.addElement(style.ParagraphProperties(textalign={"left": "start", "right": "end"}.get(align, align)))
    weight = "bold" if role in ("title", "header", "total") else "normal"
    look.addElement(
        style.TextProperties(
            fontfamily=font,
            fontfamilycomplex=font,
            fontsize="14pt",
            fontsizecomplex="14pt",
            fontweight=weight,
            fontweightcomplex=weight,
        )
    )
    document.automaticstyles.addElement(look)
    styles[role, align, decimals] = look
    return look


def without_clock(packed: io.BytesIO) -> bytes:
    """Return a zip archive with every entry dated alike: odfpy stamps the time of writing."""
    repacked = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(repacked, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            entry.date_time = WRITTEN_AT.timetuple()[:6]
            target.writestr(entry, content, compress_type=entry.compress_type)
    return repacked.getvalue()


def write_csv(path: Path, rows: Iterable[Iterable[Cell]], encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            writer.writerow([as_text(c) if isinstance(c, Decimal) else c for c in row])


# The round


def write_division(directory: Path, form: Form, listings: list[dict[str, str]]) -> None:
    path, grid = directory / form.file, division_grid(form, listings)
    match path.suffix:
        case ".xlsx":
            write_xlsx(path, {form.sheet: grid}, form.font)
        case ".xls":
            write_xls(path, form.sheet, grid, form.font)
        case ".ods":
            write_ods(path, form.sheet, grid, form.font)
        case ".csv":
            write_csv(path, grid.rows, encoding="cp874")


def write_crosswalk(path: Path) -> None:
    rows = [
        [ROUND_KEY, LGO_CODE, pair["eplan_seq"], pair["division_code"], pair["note"]]
        for pair in read_source("crosswalk.csv")
    ]
    # With a byte order mark, or Excel shows the Thai notes as mojibake.
    write_csv(path, [["round_key", "lgo_code", "eplan_seq", "listing_code", "note"], *rows], "utf-8-sig")


def write_round(directory: Path) -> None:
    """Write every sample file of the round into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    listings = read_source("division_listing.csv")
    for form in FORMS:
        own = [listing for listing in listings if listing["division"] == form.division]
        write_division(directory, form, own)
    exports = {
        "รายการโครงการ": project_list_grid(),
        "สรุปผล": summary_grid(),
        "ตามมิติ": dimension_grid(),
        "สถานะ": status_grid(),
    }
    write_xlsx(directory / f"e-PlanNACC {LGO}.xlsx", exports, "TH Sarabun New")
    (directory / "ผลระดับจังหวัด ตรัง.html").write_text(ranking_page(), encoding="utf-8", newline="\n")
    write_crosswalk(directory / "crosswalk.csv")


if __name__ == "__main__":
    write_round(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES / ROUND_KEY)
