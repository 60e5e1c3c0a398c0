"""What to change in e-PlanNACC: a workbook per local government to work through beside the screen.

One sheet of changes in the order of e-PlanNACC, one of entries to add, one of what has to be decided first. All
of it is marts.eplan_change; nothing is decided here. The same release gives the same bytes.
"""

from pathlib import Path
from typing import Any

import duckdb

from orchestration.reports import formats
from orchestration.reports.data import RoundData, cell, in_numbers, read_mart
from orchestration.reports.tables import Column, Row
from orchestration.reports.workbook import DRAFT_COLOUR, LINE_HEIGHT, Sheets, lines_of, write_sheet

WIDTH = 104  # characters of the first sheet
OPEN, DONE = "☐", "☑"
FIELDS = {
    **formats.FIELDS,
    "budget_plan_baht": "งบประมาณ",
    "dimension": "มิติ",
    "project": "ทั้งโครงการ",
}
FIELDS_EN = {
    "budget_plan_baht": "budget",
    "disbursed_baht": "disbursed",
    "status": "status",
    "project_name": "name",
    "dimension": "dimension",
    "project": "the project",
}
# In the order of the columns of e-PlanNACC.
ORDER = ("project", "project_name", "dimension", "budget_plan_baht", "disbursed_baht", "status")
MATCHES = {"reviewed": ("คนยืนยันแล้ว", "reviewed"), "automatic": ("จับคู่อัตโนมัติ", "automatic")}

VALUES = "ค่า"
ORIGIN = "หลักฐาน (แฟ้ม · แผ่นงาน · เซลล์)"
ENTRY = (
    Column("done", "ทำแล้ว", "done", "code", 8),
    Column("eplan_seq", "ลำดับ\ne-PlanNACC", "e-PlanNACC no.", "code", 13),
    Column("name", "โครงการ", "project", width=40),
    Column("field_th", "ช่อง", "field", width=16),
)
EVIDENCE = (
    Column("eplan_source", "e-PlanNACC", "e-PlanNACC", width=26, group=ORIGIN),
    Column("division_source", "แบบของกอง", "division form", width=30, group=ORIGIN),
)
OF_DIVISION = (
    Column("listing_code", "รายการ\nของกอง", "listing", "code", 9),
    Column("division", "กอง/สำนัก", "division", width=17),
)
CHANGES = (
    *ENTRY,
    Column("old_value", "เดิม", "old", "figure", 20, VALUES),
    Column("new_value", "แก้เป็น", "new", "figure", 20, VALUES),
    Column("difference_baht", "ผลต่าง\n(บาท)", "difference", "baht", 15),
    *OF_DIVISION,
    Column("reason", "เหตุผล", "reason", width=28),
    Column("match_th", "การจับคู่", "match", width=14),
    *EVIDENCE,
)
ADDITIONS = (
    ENTRY[0],
    *OF_DIVISION,
    *ENTRY[2:],
    Column("new_value", "ค่าที่ต้องกรอก", "value to enter", "figure", 28),
    Column("reason", "เหตุผล", "reason", width=34),
    EVIDENCE[1],
)
REVIEWS = (
    *ENTRY,
    Column("old_value", "e-PlanNACC", "e-PlanNACC", "figure", 20, VALUES),
    Column("new_value", "แบบของกอง", "division form", "figure", 20, VALUES),
    *OF_DIVISION,
    Column("reason", "ต้องตัดสินอะไร", "what to decide", width=44),
    *EVIDENCE,
)
SHEETS = (
    ("change", "แก้ไข", CHANGES, "ไม่มีค่าที่ต้องแก้"),
    ("add", "เพิ่ม", ADDITIONS, "ไม่มีโครงการที่ต้องเพิ่ม"),
    ("review", "ตรวจสอบก่อน", REVIEWS, "ไม่มีเรื่องที่ต้องตัดสิน"),
)
STEPS = (
    "1. แผ่นงาน “แก้ไข” มี {change} ช่อง เรียงตามลำดับใน e-PlanNACC: เปิดโครงการตามลำดับ เทียบค่าเดิม แล้วกรอกค่าในช่อง “แก้เป็น”",
    "2. แผ่นงาน “เพิ่ม” มี {add} โครงการที่กองรายงานแต่ไม่มีใน e-PlanNACC ทุกค่าที่ต้องกรอกอยู่ในแถวของโครงการนั้น",
    "3. แผ่นงาน “ตรวจสอบก่อน” มี {review} เรื่องที่ข้อมูลของกองไม่ชัดหรือขัดแย้งกัน ห้ามแก้ใน e-PlanNACC จนกว่าจะได้คำตอบ",
    "4. ทำเสร็จแล้วเลือก ☑ ในช่อง “ทำแล้ว” ถ้าค่าเดิมบนหน้าจอไม่ตรงกับที่แสดงไว้ แปลว่ามีผู้แก้ไปแล้ว โปรดตรวจสอบก่อน",
    "5. แก้ครบแล้วส่งออกจาก e-PlanNACC ใหม่และวางแฟ้มในโฟลเดอร์ของรอบ รายการที่แก้แล้วจะหายไปจากแฟ้มนี้",
)
STEPS_EN = (
    "Change: {change} fields in the order of e-PlanNACC. Add: {add} projects. Decide first: {review} entries, "
    "which are no instructions. Tick what is done; export from e-PlanNACC again when all is done."
)


def write_eplan_changes(connection: duckdb.DuckDBPyConnection, data: RoundData, path: Path) -> Path:
    """Write the workbook of one local government at ``path`` and return it."""
    parameters = {"round_key": data.round["round_key"], "lgo_code": data.lgo["lgo_code"]}
    rows = [with_words(row) for row in read_mart(connection, "marts.eplan_change", parameters, "change_id")]
    rows.sort(
        key=lambda row: (row["eplan_seq"] or 10**9, in_numbers(row["listing_code"]), ORDER.index(row["field"]))
    )
    of = {kind: [row for row in rows if row["kind"] == kind] for kind, *_ in SHEETS}
    title = "สิ่งที่ต้องแก้ไขใน e-PlanNACC"
    # A list to work through is no draft, whatever is still wrong: it is there to mend it.
    sheets = Sheets(path, f"{title} {data.lgo_name}", data.release_id, data.created)
    counts = {
        "change": len(of["change"]),
        "add": len({row["listing_code"] for row in of["add"]}),
        "review": len(of["review"]),
    }
    write_steps(sheets, data, title, counts)
    for kind, name, columns, empty in SHEETS:
        said = data.nothing_differs if data.missing_side else empty
        sheet, first, below = write_sheet(sheets, data, name, columns, of[kind], frozen_columns=4, empty=said)
        if of[kind]:
            sheet.data_validation(first, 0, below - 1, 0, {"validate": "list", "source": [OPEN, DONE]})
    sheets.book.close()
    return path


def with_words(row: Row) -> Row:
    """A change with what its line in the workbook says."""
    return {
        **row,
        "done": OPEN,
        "field_th": f"{FIELDS.get(row['field'], row['field'])}\n{FIELDS_EN.get(row['field'], row['field'])}",
        "old_value": shown(row, "old"),
        "new_value": shown(row, "new"),
        "reason": f"{row['reason_th']}\n{row['reason_en']}",
        "match_th": formats.word(MATCHES, row["match_method"]),
        "eplan_source": cell(row, "eplan_source_", "eplan"),
        "division_source": cell(row, "division_source_", "division"),
    }


def shown(row: Row, side: str) -> Any:
    """The old or new value: an amount as a number, a status in the words of e-PlanNACC, else the text."""
    if row["field"] == "project":
        return row[f"{side}_baht"]
    if row[f"{side}_baht"] is not None and row[f"{side}_value"] is not None:
        return row[f"{side}_baht"]
    if row["field"] == "status" and row[f"{side}_value"] is not None:
        return formats.word(formats.STATUSES, row[f"{side}_value"])
    return row[f"{side}_value"]


def write_steps(sheets: Sheets, data: RoundData, title: str, counts: dict[str, int]) -> None:
    """The first sheet: whose list this is and how to work through it."""
    sheet = sheets.add("คำแนะนำ")
    sheet.set_column(0, 0, WIDTH)
    lines: list[tuple[str, dict[str, Any]]] = [
        (title, {"bold": True, "font_size": 20}),
        (data.lgo_full_name, {"bold": True, "font_size": 16}),
        (data.period_th, {"font_size": 16}),
        *([(data.nothing_differs, {"bold": True, "font_color": DRAFT_COLOUR})] if data.missing_side else []),
        ("", {}),
        *((step.format(**counts), {}) for step in STEPS),
        (STEPS_EN.format(**counts), {"font_color": "#595959", "font_size": 12}),
        ("", {}),
        (data.stamp_th, {"font_color": "#595959"}),
    ]
    for row, (text, properties) in enumerate(lines):
        sheets.text(sheet, row, 0, text, sheets.style(text_wrap=True, **properties))
        size = properties.get("font_size", 14)
        sheet.set_row(row, LINE_HEIGHT * size / 14 * lines_of(text, WIDTH * 14 / size) + 2)
