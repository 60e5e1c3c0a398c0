"""The tables of a round report, once for every file format: columns, the office's headings, row shape.

The writers (workbook.py, page.py, ranking.py) differ in ink only; what a table shows is decided here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.reports import formats

Row = dict[str, Any]
Kind = Literal["text", "code", "mark", "baht", "count", "percent", "figure", "time"]


@dataclass(frozen=True)
class Column:
    """One column: ``key`` of the row, Thai and English heading, kind of value.

    ``width`` is in characters. ``group`` is a heading over neighbouring columns that share it. ``star``
    names the row's flag that puts a star before a percent. ``printed`` is false for columns that are only
    for the screen.
    """

    key: str
    th: str
    en: str
    kind: Kind = "text"
    width: int = 12
    group: str = ""
    star: str = ""
    printed: bool = True


RESULT = "ผลการดำเนินการ"
STATUS = "สถานะ"
PROJECTS = "โครงการ"
BUDGET = "งบประมาณ (บาท)"
PERCENTS = "ร้อยละดำเนินการ"
VALUES = "ค่าที่รายงาน"
ORIGIN = "ที่มา"

SOURCE = (
    Column("source_file", "แฟ้มต้นทาง", "source file", width=26, printed=False),
    Column("source_sheet", "แผ่นงาน", "sheet", width=14, printed=False),
    Column("source_row", "แถว", "row", "count", 7, printed=False),
    Column("cells", "เซลล์ของ\nแต่ละตัวเลข", "cell of each figure", width=64, printed=False),
)

LISTINGS = (
    Column("dimension_label", "มิติ", "dimension", width=13),
    Column("mission_label", "ภารกิจตามมิติ", "mission", width=20),
    Column("listing_label", "โครงการ/กิจกรรม/มาตรการ", "project, activity, measure", width=34),
    Column("budget_plan_baht", "งบประมาณ\nตามแผน", "plan budget", "baht", 13),
    Column("budget_ordinance_baht", "งบประมาณ\nตามข้อบัญญัติ/\nเทศบัญญัติ", "ordinance budget", "baht", 13),
    Column("transfer_in_baht", "โอนเพิ่ม", "transfers in", "baht", 12),
    Column("transfer_out_baht", "โอนลด", "transfers out", "baht", 11),
    Column("disbursed_baht", "เบิกจ่าย", "disbursed", "baht", 13),
    Column("remaining_baht", "คงเหลือ\n(ตามแบบ)", "remaining as stated", "baht", 13),
    Column("remaining_computed_baht", "คงเหลือ\n(คำนวณ)", "remaining computed", "baht", 13),
    Column("no_budget", "ไม่ใช้\nงบ\nประมาณ", "no budget", "mark", 8),
    Column("is_completed", "แล้ว\nเสร็จ", "completed", "mark", 9, RESULT),
    Column("is_in_progress", "อยู่ระหว่าง\nดำเนินการ", "in progress", "mark", 10, RESULT),
    Column("is_unable", "ไม่ได้ดำเนินการ/\nยกเลิกโครงการ", "not done", "mark", 14, RESULT),
    Column("remark", "หมายเหตุ", "remark", width=30),
    Column("division", "กอง/สำนัก", "division", width=15),
    Column("counted", "นับเงิน\nครั้งแรก", "counted", "mark", 8),
    *SOURCE,
)

PROJECT_LIST = (
    Column("eplan_seq", "ลำดับ", "no.", "code", 7),
    Column("name", "รายการโครงการ", "project", width=60),
    Column("dimension_as_printed", "มิติ", "dimension", "code", 7),
    Column("budget_plan_baht", "งบประมาณ\n(บาท)", "budget", "baht", 15),
    Column("disbursed_baht", "เบิกจ่าย\n(บาท)", "disbursed", "baht", 15),
    Column("is_awaiting_report", "รอรายงาน", "awaiting report", "mark", 9, STATUS),
    Column("is_in_progress", "อยู่ระหว่าง\nดำเนินการ", "in progress", "mark", 10, STATUS),
    Column("is_completed", "ดำเนินการ\nแล้วเสร็จ", "completed", "mark", 10, STATUS),
    Column("is_unable", "ไม่สามารถ\nดำเนินการได้", "unable", "mark", 11, STATUS),
    Column("remark", "หมายเหตุ", "remark", width=26),
    *SOURCE,
)

DIMENSIONS = (
    Column("dimension_label", "มิติ", "dimension", width=44),
    Column("planned_projects", "ตามแผน", "planned", "count", 10, PROJECTS),
    Column("completed_projects", "ดำเนินการแล้ว", "completed", "count", 13, PROJECTS),
    Column("budget_plan_baht", "ตามแผน", "plan", "baht", 17, BUDGET),
    Column("budget_ordinance_baht", "ตามข้อบัญญัติ/\nเทศบัญญัติ", "ordinance after transfers", "baht", 17, BUDGET),
    Column("disbursed_baht", "ใช้จริง", "disbursed", "baht", 17, BUDGET),
    Column("project_pct", "โครงการ", "projects", "percent", 11, PERCENTS),
    Column("budget_pct", "งบประมาณ", "budget", "percent", 11, PERCENTS),
)

DISBURSEMENT = (
    Column("dimension_label", "มิติ", "dimension", width=44),
    Column("budget_plan_baht", "ตามแผนป้องกันฯ", "plan", "baht", 17),
    Column("budget_ordinance_baht", "ข้อบัญญัติ/เทศบัญญัติ", "ordinance after transfers", "baht", 17),
    Column("disbursed_baht", "การเบิกจ่าย", "disbursed", "baht", 17),
)

STATUS_TABLE = (
    Column("minimum_projects", "โครงการขั้นต่ำ\nตามที่ ป.ป.ช. กำหนด", "NACC minimum", "count", 19),
    Column("initial_projects", "โครงการทั้งหมด\n(ตั้งต้นตามแผน)", "initial projects", "count", 16),
    Column("initial_in_ordinance", "บรรจุในข้อบัญญัติ/\nเทศบัญญัติ/แผนดำเนินงาน", "in the ordinance", "count", 22),
    Column("initial_in_progress", "อยู่ระหว่าง\nดำเนินการ", "in progress", "count", 12),
    Column("initial_completed", "ดำเนินการ\nแล้วเสร็จ", "completed", "count", 12),
    Column("initial_unable", "ไม่สามารถ\nดำเนินการได้", "unable", "count", 12),
    Column(
        "implementation_pct",
        "ผลการนำแผนฯ ไปปฏิบัติ\nคิดจากโครงการขั้นต่ำ (ร้อยละ)",
        "implementation percent",
        "percent",
        26,
        star="implementation_is_capped",
    ),
    Column("implementation_level_th", "ระดับการนำแผน\nไปปฏิบัติ", "level", "code", 15),
)

FINDINGS = (
    Column("severity_th", "ระดับ", "severity", width=12),
    Column("title_th", "เรื่อง", "subject", width=22),
    Column("message_th", "ข้อค้นพบ", "finding", width=60),
    Column("message_en", "", "in English", width=46),
    Column("division", "กอง/สำนัก", "division", width=16),
    Column("value_as_written", "ค่าที่เขียนไว้", "as written", width=20),
    Column("source_file", "แฟ้ม", "file", width=24),
    Column("source_sheet", "แผ่นงาน", "sheet", width=12),
    Column("place", "เซลล์", "cell", "code", 9),
    Column("rule", "กฎ", "rule", width=24, printed=False),
    Column("finding_id", "รหัส", "finding id", width=40, printed=False),
)

RECONCILIATION = (
    Column("eplan_seq", "ลำดับ\ne-PlanNACC", "e-PlanNACC no.", "code", 11),
    Column("listing_code", "รายการ\nของกอง", "listing", "code", 9),
    Column("division", "กอง/สำนัก", "division", width=16),
    Column("title_th", "เรื่อง", "subject", width=20),
    Column("division_value", "กอง", "division", "figure", 19, VALUES),
    Column("eplan_value", "e-PlanNACC", "e-PlanNACC", "figure", 19, VALUES),
    Column(
        "difference_baht", "ผลต่าง (บาท)\ne-PlanNACC\nลบ กอง", "difference: e-PlanNACC minus division", "baht", 16
    ),
    Column("message_th", "คำอธิบาย", "explanation", width=56),
    Column("division_source", "กอง", "division cell", width=26, group=ORIGIN),
    Column("eplan_source", "e-PlanNACC", "e-PlanNACC cell", width=26, group=ORIGIN),
    Column("message_en", "", "in English", width=46, printed=False),
    Column("rule", "กฎ", "rule", width=24, printed=False),
)

PUBLISHED = (
    Column("section", "ตอนของรายงาน", "section", width=34),
    Column("label_th", "ตัวเลข", "figure", width=44),
    Column("published_value", "ที่ประกาศ", "published", "figure", 16),
    Column("computed_value", "ที่คำนวณได้", "computed", "figure", 16),
    Column("agrees_th", "ผล", "agrees", "code", 12),
    Column("explanation", "คำอธิบาย", "explanation", width=56),
    Column("value_as_written", "ข้อความต้นฉบับ", "as written", width=20, printed=False),
    Column("source", "ที่มา", "source", width=44, printed=False),
    Column("figure_id", "รหัส", "figure id", width=32, printed=False),
)

SUBMISSIONS = (
    Column("source_file", "แฟ้ม", "file", width=36),
    Column("outcome_th", "ผล", "outcome", width=16),
    Column("division", "กอง/สำนัก", "division", width=20),
    Column("kinds_th", "ตารางที่พบ", "tables found", width=34),
    Column("is_current", "ใช้ใน\nรุ่นนี้", "in use", "mark", 8),
    Column("rows_accepted", "รับ", "accepted", "count", 8, "จำนวนแถว"),
    Column("rows_quarantined", "กักไว้", "quarantined", "count", 9, "จำนวนแถว"),
    Column("message_th", "เหตุผล", "reason", width=44),
    Column("received_at", "ได้รับเมื่อ", "received at", "time", 20),
    Column("days_late", "ช้า\n(วัน)", "days late", "count", 8),
    Column("received_from_th", "ได้รับจาก", "received from", width=20),
    Column("source_sha256", "SHA-256", "SHA-256", width=78, printed=False),
)

CORRECTED = Column("corrected_th", "แก้ไขตาม\nทะเบียน", "corrected", width=30)

CORRECTIONS = (
    Column("outcome_th", "ผล", "outcome", width=18),
    Column("side_th", "กอง/สำนัก", "division", width=18),
    Column("what", "รายการ", "listing or project", "code", 10),
    Column("field_th", "ช่อง", "field", width=20),
    Column("old_value", "ค่าเดิม\n(ที่ต้องพบ)", "old value", "figure", 16),
    Column("found_value", "ค่าในแฟ้ม", "in the file", "figure", 16),
    Column("new_value", "ค่าใหม่", "new value", "figure", 16),
    Column("reason", "เหตุผล", "reason", width=40),
    Column("decided_by", "ผู้ตัดสิน\n(ตำแหน่ง)", "decided by", width=22),
    Column("decided_on_th", "เมื่อ", "decided on", width=14),
    Column("valid_until_th", "ใช้ถึง", "valid until", width=14),
    Column("target", "เซลล์ที่แก้", "cell", width=40),
    Column("source_file", "ทะเบียน", "register", width=24),
)

RANKING = (
    Column("rank_in_province", "ลำดับใน\nจังหวัด", "rank in province", "count", 9),
    Column("rank_in_district", "ลำดับใน\nอำเภอ", "rank in district", "count", 9),
    Column("lgo_name", "ชื่อ อปท.", "local government", width=40),
    Column("district", "อำเภอ", "district", width=18),
    Column("implementation_pct", "ร้อยละ", "percent", "percent", 11, star="is_capped"),
    Column("level_th", "ระดับการ\nนำไปปฏิบัติ", "level", "code", 12),
    Column("previous_rank", "ลำดับ\nรอบก่อน", "previous rank", "count", 9),
    Column("rank_change", "ขึ้น/ลง", "change", "count", 8),
    Column("basis_th", "ที่มาของร้อยละ", "basis", width=26),
    Column("lgo_code", "รหัส อปท.", "LGO code", "code", 11),
)


def with_corrected(columns: tuple[Column, ...], rows: list[Row]) -> tuple[Column, ...]:
    """The columns with one more before the source where a row was corrected; as they are where none was."""
    if not any(row.get(CORRECTED.key) for row in rows):
        return columns
    return (*columns[: -len(SOURCE)], CORRECTED, *SOURCE)


def heading(column: Column) -> str:
    """The heading on one line."""
    return column.th.replace("\n", "")


def groups(columns: Iterable[Column]) -> list[tuple[str, list[Column]]]:
    """Neighbouring columns that share a group heading, in order; ungrouped columns one by one."""
    found: list[tuple[str, list[Column]]] = []
    for column in columns:
        if column.group and found and found[-1][0] == column.group:
            found[-1][1].append(column)
        else:
            found.append((column.group, [column]))
    return found


def shown(column: Column, row: Row) -> str:
    """The text of one cell."""
    value = row.get(column.key)
    match column.kind:
        case "mark":
            return "/" if value else ""
        case "baht":
            return formats.baht(value)
        case "count":
            return formats.count(value)
        case "percent":
            return formats.percent(value, row.get(column.star))
        case "figure":
            return formats.figure(value, row.get("unit"))
        case "time":
            return formats.thai_time(value)
        case _:
            return "" if value is None else str(value)


def runs(rows: list[Row], *keys: str) -> list[tuple[int, int]]:
    """(first, last) index of each run of neighbouring rows with the same values of ``keys``."""
    found: list[tuple[int, int]] = []
    for index, row in enumerate(rows):
        if found and all(row.get(key) == rows[index - 1].get(key) for key in keys):
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return found
