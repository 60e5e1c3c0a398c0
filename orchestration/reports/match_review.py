"""The pairs of listings and e-PlanNACC projects for a person to decide, as a workbook that is read in again.

First what waits for review, then what has no partner, then what the score paired (for a spot check), then what
was decided before. Every sheet has a decision column; dropped into the inbox, the workbook takes the place of
the crosswalk before it (docs/matching.md). Everything in it is text or a number of the warehouse.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from orchestration.reports import formats
from orchestration.reports.data import RoundData, query
from orchestration.reports.tables import Column, Row
from orchestration.reports.workbook import LINE_HEIGHT, Sheets, lines_of, write_table
from orchestration.spreadsheets import RETURN_SHEETS

INSTRUCTIONS = RETURN_SHEETS[0]
MATCH, NO_MATCH = "ตรงกัน", "ไม่ตรงกัน"
DECISIONS = {"match": MATCH, "no_match": NO_MATCH, "none": NO_MATCH}
WIDE = 125  # characters of the instructions
# The headings must be those of the crosswalk in layouts/headers.csv, Thai and English together.
DECISION = Column("decision_th", "ผลการตัดสิน", "decision", "code", 13)
PAIR = (
    Column("eplan_seq", "ลำดับใน\ne-PlanNACC", "no.", "code", 11),
    Column("project_name", "โครงการใน e-PlanNACC", "project", width=40),
    Column("listing_code", "รหัสรายการ\nของกอง", "listing", "code", 11),
    Column("listing_name", "รายการของกอง", "listing name", width=40),
)
WEIGHED = (
    Column("score", "คะแนน", "score", "count", 8),
    Column("name_spelling_pct", "ชื่อคล้ายกัน (%)", "names alike", "count", 11),
)
MONEY = (
    Column("eplan_budget_plan_baht", "งบประมาณ\ne-PlanNACC", "budget", "baht", 14),
    Column("division_budget_plan_baht", "งบตามแผน\nของกอง", "plan budget", "baht", 14),
    Column("division_budget_ordinance_baht", "งบตามข้อบัญญัติ\nของกอง", "ordinance", "baht", 14),
    Column("eplan_disbursed_baht", "เบิกจ่าย\ne-PlanNACC", "disbursed", "baht", 14),
    Column("division_disbursed_baht", "เบิกจ่าย\nของกอง", "disbursed by division", "baht", 14),
    Column("eplan_status_th", "สถานะ\ne-PlanNACC", "status", "code", 15),
    Column("division_status_th", "สถานะ\nของกอง", "status by division", "code", 15),
    Column("mission", "ภารกิจ", "mission", "code", 8),
)
WHY = (
    Column("rank_th", "อันดับ", "rank", "code", 11),
    Column("why_th", "ทำไมยังไม่แน่", "why a person decides", width=26),
)
POINTS = Column("points_th", "คะแนนย่อย", "points", width=24)
REST = (
    Column("division_source", "แฟ้มของกอง", "file and cell", width=24),
    Column("note", "เหตุผล", "note", width=24),
    Column("round_key", "รอบ", "round", "code", 14),
    Column("lgo_code", "รหัส อปท.", "lgo code", "code", 10),
)
SECTIONS: tuple[tuple[str, tuple[str, ...], tuple[Column, ...]], ...] = (
    ("รอตัดสิน", ("proposed",), (DECISION, WHY[0], *PAIR, *WEIGHED, *MONEY, POINTS, WHY[1], *REST)),
    ("ยังไม่มีคู่", ("without_listing", "without_project"), (DECISION, *PAIR, *MONEY, *REST)),
    ("จับคู่อัตโนมัติ", ("automatic",), (DECISION, *PAIR, *WEIGHED, *MONEY, POINTS, *REST)),
    ("ตัดสินแล้ว", ("reviewed",), (DECISION, *PAIR, *WEIGHED, *MONEY, POINTS, *REST)),
)
WORDS = {
    "รอตัดสิน": "คู่ที่หลักฐานยังไม่พอให้โปรแกรมจับคู่เอง แถวพื้นสีคือคู่ที่น่าจะใช่ที่สุดของแต่ละโครงการ แถวถัดไปคือทางเลือก",
    "ยังไม่มีคู่": "โครงการและรายการที่ไม่พบคู่ ถ้าทราบคู่ พิมพ์รหัสรายการ (หรือลำดับโครงการ) ในช่องที่ว่าง แล้วเลือก “ตรงกัน”",
    "จับคู่อัตโนมัติ": "คู่ที่โปรแกรมจับให้แล้วและใช้อยู่ ไม่ต้องทำอะไร เว้นแต่คู่ใดผิด ให้เลือก “ไม่ตรงกัน”",
    "ตัดสินแล้ว": "คู่ที่เจ้าหน้าที่ตัดสินไว้แล้ว ใช้ก่อนผลของโปรแกรมเสมอ ลบผลการตัดสินออกเพื่อให้โปรแกรมจับคู่ใหม่",
}
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ตารางตรวจสอบการจับคู่โครงการ", {"bold": True, "font_size": 20}),
    ("{lgo}", {"bold": True, "font_size": 16}),
    ("{period}", {"font_size": 16}),
    ("", {}),
    (
        "รอตัดสิน {proposed} โครงการ/รายการ · ยังไม่มีคู่ {alone} · จับคู่อัตโนมัติ {automatic} คู่ · ตัดสินแล้ว {reviewed} แถว",
        {"bold": True},
    ),
    ("", {}),
    (
        "1. เปิดแผ่นงาน “รอตัดสิน” แต่ละโครงการมีคู่ที่น่าจะใช่ที่สุดอยู่แถวแรก "
        "และทางเลือกอยู่แถวถัดไป เทียบชื่อ งบประมาณ เบิกจ่าย และสถานะ",
        {},
    ),
    (
        "2. เลือกในช่อง “ผลการตัดสิน”: ตรงกัน = เป็นโครงการเดียวกัน · ไม่ตรงกัน = ไม่ใช่ · เว้นว่าง = ยังไม่ตัดสิน",
        {},
    ),
    ("3. โครงการหนึ่งตรงกันได้หลายรายการ (รายการเดียวกันที่อยู่หลายภารกิจ) เลือก “ตรงกัน” ได้ทุกแถวที่ใช่", {}),
    (
        "4. ตรวจแผ่นงาน “จับคู่อัตโนมัติ” แบบสุ่ม ถ้าพบคู่ผิดให้เลือก “ไม่ตรงกัน” คู่ที่เว้นว่างไว้โปรแกรมยังใช้ต่อไป",
        {},
    ),
    ("5. ใส่เหตุผลได้ในช่อง “เหตุผล” อย่าใส่ชื่อบุคคล และอย่าแก้หัวตาราง รอบ หรือรหัส อปท.", {}),
    ("6. บันทึกแล้ววางแฟ้มนี้ทั้งแฟ้มในโฟลเดอร์รับของรอบเดียวกัน แฟ้มใหม่จะแทนตารางจับคู่เดิมทั้งหมด", {}),
    ("", {}),
    (
        "In English: on the sheet รอตัดสิน choose ตรงกัน (match) or ไม่ตรงกัน (no match) per row, or leave it "
        "empty while undecided; the shaded row is the likeliest partner, the rows below it are alternatives. "
        "ยังไม่มีคู่ lists what has no partner: type the listing code (or the project number) and choose "
        "ตรงกัน. จับคู่อัตโนมัติ lists pairs that are in use already: only reject wrong ones. ตัดสินแล้ว "
        "lists earlier decisions: they always win. Save the workbook and drop all of it into the inbox of the "
        "same round; it takes the place of the crosswalk before it.",
        {"font_color": "#595959"},
    ),
    ("", {}),
    ("{stamp}", {"font_color": "#595959"}),
)


def write_match_review(connection: duckdb.DuckDBPyConnection, data: RoundData, path: Path) -> bool:
    """Write the workbook of one local government and round; tells whether there was anything to write."""
    rows = query(
        connection,
        """
        select * from marts.match_review where round_key = $round_key and lgo_code = $lgo_code
        order by section, subject desc, eplan_seq, rank, listing_order
        """,
        {"round_key": data.round["round_key"], "lgo_code": data.lgo["lgo_code"]},
    )
    if not {row["section"] for row in rows} - {"without_project", "without_listing"}:
        return False
    rows = [_with_words(row) for row in rows]
    sheets = Sheets(path, f"ตรวจสอบการจับคู่โครงการ {data.lgo_name}", data.release_id, data.created)
    _write_instructions(sheets, data, rows)
    for name, sections, columns in SECTIONS:
        of_sheet = [row for row in rows if row["section"] in sections]
        if name == "รอตัดสิน":
            of_sheet = _best_first(of_sheet)
        _write_section(sheets, data, name, columns, of_sheet)
    sheets.book.close()
    return True


def _best_first(rows: Iterable[Row]) -> list[Row]:
    """Keep a project with its alternatives together, the surest first."""
    groups = [list(of) for _, of in groupby(rows, key=_waiting)]
    groups.sort(key=lambda of: -(of[0]["score"] or 0))
    return [row for of in groups for row in of]


def _waiting(row: Row) -> tuple[str, Any]:
    return row["subject"], row["eplan_seq"] if row["subject"] == "project" else row["listing_code"]


def _with_words(row: Row) -> Row:
    points = [
        f"{word} {row[f'{part}_points']:+.0f}"
        for part, word in (
            ("name", "ชื่อ"),
            ("plan", "งบ"),
            ("disbursed", "เบิกจ่าย"),
            ("dimension", "มิติ"),
            ("status", "สถานะ"),
            ("taken", "มีคู่แล้ว"),
        )
        if row[f"{part}_points"]
    ]
    first = row["section"] == "proposed" and row["rank"] == 1
    return {
        **row,
        "decision_th": DECISIONS.get(row["decision"] or ""),
        "rank_th": "น่าจะใช่ที่สุด" if first else f"ทางเลือกที่ {row['rank']}",
        "eplan_status_th": formats.word(formats.STATUSES, row["eplan_status"]) if row["eplan_status"] else None,
        "division_status_th": formats.word(formats.STATUSES, row["division_status"])
        if row["division_status"]
        else None,
        "points_th": " · ".join(points) or None,
        "division_source": f"{row['division_source_file']} {row['division_cell'] or ''}".strip()
        if row["division_source_file"]
        else None,
        "tone": "total" if first else None,
    }


def _write_section(sheets: Sheets, data: RoundData, name: str, columns: Sequence[Column], rows: list[Row]) -> None:
    sheet = sheets.add(name)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    grey = sheets.style(font_color="#595959")
    sheets.text(sheet, 0, 0, f"{name} — {data.lgo_full_name}", sheets.style(bold=True, font_size=18))
    sheets.text(sheet, 1, 0, data.period_th, grey)
    sheets.text(sheet, 2, 0, WORDS[name], grey)
    for row, height in enumerate((28, LINE_HEIGHT, LINE_HEIGHT)):
        sheet.set_row(row, height)
    below = write_table(sheets, sheet, 4, columns, rows, tone="tone")
    first = below - len(rows)
    if not rows:
        return
    sheet.data_validation(
        first, 0, below - 1, 0,
        {
            "validate": "list",
            "source": [MATCH, NO_MATCH],
            "input_title": "ผลการตัดสิน",
            "input_message": "ตรงกัน · ไม่ตรงกัน · เว้นว่าง = ยังไม่ตัดสิน",
            "error_title": "ผลการตัดสิน",
            "error_message": "เลือก ตรงกัน หรือ ไม่ตรงกัน หรือเว้นว่าง",
        },
    )  # fmt: skip
    sheet.autofilter(first - 1, 0, below - 1, len(columns) - 1)
    sheet.freeze_panes(first, 1)
    sheet.repeat_rows(4, first - 1)


def _write_instructions(sheets: Sheets, data: RoundData, rows: list[Row]) -> None:
    sheet = sheets.add(INSTRUCTIONS)
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, 0, WIDE)
    counted = {
        "proposed": sum(row["section"] == "proposed" and row["rank"] == 1 for row in rows),
        "alone": sum(row["section"] in ("without_listing", "without_project") for row in rows),
        "automatic": sum(row["section"] == "automatic" for row in rows),
        "reviewed": sum(row["section"] == "reviewed" for row in rows),
    }
    said = {"lgo": data.lgo_full_name, "period": data.period_th, "stamp": data.stamp_th, **counted}
    for row, (template, properties) in enumerate(STEPS):
        text = template.format(**said)
        size = float(properties.get("font_size", 14))
        sheets.text(sheet, row, 0, text, sheets.style(text_wrap=True, **properties))
        sheet.set_row(row, LINE_HEIGHT * size / 14 * lines_of(text, WIDE * 14 / size) + 2)
