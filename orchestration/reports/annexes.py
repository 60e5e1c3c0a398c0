"""The annexes of the memo in their published forms, as data for templates/annex.typ.

A part is a dict: heading lines, caption, lines with a tick, columns and rows of cells, notes. A cell is a dict of
its text, the index of its column, and where they matter span (rows), wide (columns), tone, bold, whole (its row
may not break), continues (the merged texts that run on beside it). What a table shows is decided in tables.py;
here it gets the order and the shape of the published report.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orchestration.reports import formats, pdf, tables
from orchestration.reports.data import RankingData, RoundData
from orchestration.reports.tables import Column, Row

# Rows stay on one page. One whose text would fill more than this many lines goes on in rows below it.
MOST_LINES = 22
SCREEN_ONLY = ("remaining_computed_baht", "division", "counted")
# On paper the monitoring table gives less to the texts that are merged and more to the totals of money.
PRINTED_WIDTHS = {"no_budget": 10, "transfer_out_baht": 13}
PRINTED_BAHT = 14.5
TICKED = "☑"

Part = dict[str, Any]
Cell = dict[str, Any]


def columns_of(columns: Iterable[Column]) -> list[dict[str, Any]]:
    return [{"label": c.th, "group": c.group, "width": c.width, "kind": c.kind} for c in columns]


def cell(text: str, column: int, **shape: Any) -> Cell:
    return {"text": formats.breakable(formats.plain(text)), "column": column, **shape}


def rows_of(
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    mark: str = "/",
    merged: Sequence[tuple[str, ...]] = (),
    tone: Callable[[Row, Column], str | None] = lambda row, column: None,
) -> list[list[Cell]]:
    """The rows of a table as cells; each entry of ``merged`` as in workbook.write_table."""
    merging = [keys[0] for keys in merged]
    lines = [line for row in rows for line in folded(columns, row, merging)]
    starts: dict[str, dict[int, int]] = {
        keys[0]: {first: last - first + 1 for first, last in tables.runs(lines, *keys)} for keys in merged
    }
    cells = []
    for index, row in enumerate(lines):
        shaped = []
        for at, column in enumerate(columns):
            shape: dict[str, Any] = {}
            if column.key in starts:
                if index not in starts[column.key]:
                    continue
                shape["span"] = starts[column.key][index]
            elif tone(row, column):
                shape["tone"] = tone(row, column)
            text = "" if FOLDED in row and row[column.key] is None else tables.shown(column, row)
            shaped.append(cell(mark if column.kind == "mark" and text else text, at, **shape))
        if merged:
            running = [key for key in merging if index not in starts[key]]
            shaped[-1]["continues"] = [formats.plain(str(row.get(key) or "")) for key in running]
        # One cell that may not break keeps its whole row together.
        shaped[-1]["whole"] = True
        cells.append(shaped)
    return cells


FOLDED = "folded"


def folded(columns: Sequence[Column], row: Row, merging: Sequence[str]) -> list[Row]:
    """The row, and rows that hold nothing but the rest of its long texts; ``merging`` columns stay in all."""
    pieces = {
        column.key: textwrap.wrap(row[column.key], MOST_LINES * column.width) or [""]
        for column in columns
        if column.key not in merging
        and isinstance(row.get(column.key), str)
        and len(row[column.key]) > MOST_LINES * column.width
    }
    if not pieces:
        return [row]
    lines = [{**row, **{key: texts[0] for key, texts in pieces.items()}}]
    for at in range(1, max(map(len, pieces.values()))):
        rest = {column.key: None for column in columns if column.key not in merging}
        more = {key: texts[at] for key, texts in pieces.items() if at < len(texts)}
        lines.append({**row, **rest, **more, FOLDED: True})
    return lines


def total_row(columns: Sequence[Column], label: str, totals: dict[str, Decimal | None]) -> list[Cell]:
    """A row of totals: the label over the columns before the first total."""
    first = next(at for at, column in enumerate(columns) if column.key in totals)
    line = [cell(label, 0, wide=first, bold=True, tone="total")]
    for at, column in enumerate(columns[first:], start=first):
        text = formats.baht(totals[column.key]) if column.key in totals else ""
        line.append(cell(text, at, bold=True, tone="total"))
    return line


def summed(rows: Iterable[Row], key: str) -> Decimal:
    return sum((row[key] or Decimal(0) for row in rows), Decimal(0))


def monitoring(data: RoundData) -> Part:
    """The division monitoring table, dimension and mission merged over their projects.

    Where no form has arrived it says so: an empty table with totals of 0.00 would say that nothing was spent.
    """
    first, _, last = str(data.round["plan_period"]).partition("-")
    part: Part = {
        "heading": [
            "รายงานผลการติดตามผลการดำเนินงาน",
            "แผนปฏิบัติการป้องกันการทุจริตเพื่อยกระดับคุณธรรมและความโปร่งใส",
            f"{data.lgo_name} (พ.ศ. {first} - {last})",
            f"รอบ {data.round['months']} เดือน (วันที่ {formats.thai_day(data.round['period_start'])}"
            f" ถึง {formats.thai_day(data.round['period_end'])})",
        ],
    }
    if not data.listings:
        return {**part, "notes": [data.nothing_differs]}
    columns = [column for column in tables.LISTINGS if column.printed and column.key not in SCREEN_ONLY]
    columns = [replace(column, th=column.th.removesuffix("\n(ตามแบบ)")) for column in columns]
    rows = rows_of(
        columns, data.listings,
        merged=[("dimension_label",), ("mission_label", "dimension_label")],
    )  # fmt: skip
    money = [column.key for column in columns if column.kind == "baht"]
    counted = [row for row in data.listings if row["counted"]]
    for label, some in (("รวมทุกรายการ", data.listings), ("รวมเฉพาะโครงการไม่ซ้ำ", counted)):
        rows.append(total_row(columns, label, {key: summed(some, key) for key in money}))
    return {
        **part,
        "size": 11,
        "columns": [
            {
                **described,
                "width": PRINTED_WIDTHS.get(
                    column.key, PRINTED_BAHT if column.kind == "baht" else described["width"]
                ),
            }
            for column, described in zip(columns, columns_of(columns), strict=True)
        ],
        "rows": rows,
    }


def project_list(data: RoundData) -> Part:
    """The e-PlanNACC project list."""
    columns = [column for column in tables.PROJECT_LIST if column.printed]
    totals = {"budget_plan_baht": data.summary["budget_baht"], "disbursed_baht": data.summary["disbursed_baht"]}
    return {
        "heading": [
            f"รายงานผลการดำเนินงานตามแผนปฏิบัติการป้องกันการทุจริต ของ{data.lgo_name} "
            f"พ.ศ. {data.round['fiscal_year_be']} รอบ {data.round['months']} เดือน"
        ],
        "columns": columns_of(columns),
        "rows": [*rows_of(columns, data.projects, mark=TICKED), total_row(columns, "รวมทุกโครงการ", totals)],
        "notes": ["มิติที่มีดอกจันคือโครงการเพิ่มเติมนอกรายการตั้งต้น", as_of(data)],
    }


def as_of(data: RoundData | RankingData) -> str:
    return f"** ข้อมูล ณ วันที่ {formats.thai_day(data.data_as_of)}"


def summary(data: RoundData) -> Part:
    """The summary, in the sentences of e-PlanNACC."""
    s = data.summary
    percent = formats.percent(s["implementation_pct"], bool(s["implementation_is_capped"]))
    level = s["implementation_level_th"]
    return {
        "heading": ["สรุปผลการขับเคลื่อนแผนฯ"],
        "lines": [
            f"แผนปฏิบัติการป้องกันการทุจริต มีโครงการ/กิจกรรม/มาตรการ จำนวน {formats.count(s['initial_projects'])} โครงการ",
            f"โครงการเพิ่มเติม {formats.count(s['additional_projects'])} โครงการ",
            f"รอการรายงาน {formats.count(s['awaiting_report'])} โครงการ",
            f"อยู่ระหว่างดำเนินการ {formats.count(s['in_progress'])} โครงการ",
            f"ดำเนินการแล้วเสร็จ {formats.count(s['completed'])} โครงการ",
            f"ไม่สามารถดำเนินการได้ {formats.count(s['unable'])} โครงการ",
            *([f"สถานะไม่ชัดเจน {formats.count(s['status_unclear'])} โครงการ"] if s.get("status_unclear") else []),
            f"เบิกจ่ายงบประมาณ {formats.baht(s['disbursed_baht'])} บาท จากงบประมาณ "
            f"{formats.baht(s['budget_baht'])} บาท คิดเป็นร้อยละ {formats.percent(s['disbursed_pct'])}",
            f"มีการนำแผนฯ ไปปฏิบัติ ระดับ {level} ร้อยละ {percent}"
            if level
            else "ยังไม่มีร้อยละและระดับการนำแผนฯ ไปปฏิบัติ (ไม่ทราบจำนวนโครงการขั้นต่ำ)",
        ],
    }


def ranking_part(ranking: RankingData, own: str | None) -> Part:
    """The provincial ranking; the row of the local government ``own`` stands out."""
    columns = [column for column in tables.RANKING if column.key != "lgo_code"]

    def tone(row: Row, column: Column) -> str | None:
        if column.key == "level_th":
            return row["level"]
        return "own" if own is not None and row["lgo_code"] == own else None

    counts = [
        f"ระดับ{th} {sum(row['level'] == level for row in ranking.rows)} แห่ง"
        for level, (th, _) in formats.LEVELS.items()
    ]
    return {
        "heading": [
            f"ผลการนำแผนปฏิบัติการป้องกันการทุจริต ไปสู่การปฏิบัติระดับจังหวัด ของจังหวัด{ranking.province}",
            f"ประจำปีงบประมาณ พ.ศ. {ranking.round['fiscal_year_be']} รอบ {ranking.round['months']} เดือน",
        ],
        "columns": columns_of(columns),
        "rows": rows_of(columns, ranking.rows, tone=tone),
        "notes": [
            "   ".join(counts),
            "ดอกจันคือ อปท. ที่ทำได้เกินจำนวนขั้นต่ำ จึงตัดไว้ที่ 100",
            ranking.among_th,
            as_of(ranking),
        ],
    }


def dimensions(data: RoundData) -> list[Part]:
    """The table by dimension and its three excerpts, as e-PlanNACC prints them."""
    year = f"ประจำปีงบประมาณ พ.ศ. {data.round['fiscal_year_be']} รอบ {data.round['months']} เดือน"
    whole = {
        "heading": [data.lgo_full_name, f"รายงานผลการนำแผนไปปฏิบัติ {year}"],
        "columns": columns_of(tables.DIMENSIONS),
        "rows": rows_of(
            tables.DIMENSIONS,
            data.dimensions,
            tone=lambda row, _: "total" if row["dimension"] == "total" else None,
        ),
        "notes": ["เฉพาะโครงการตั้งต้นตามแผน"],
    }
    return [
        whole,
        across(data, "โครงการ/งบประมาณ (ตามแผนพัฒนาท้องถิ่น)", "budget_plan_baht"),
        across(data, "โครงการ/งบประมาณ (ตามข้อบัญญัติ/เทศบัญญัติ/แผนการดำเนินงาน)", "budget_ordinance_baht"),
        {
            "caption": "การเบิกจ่ายงบประมาณ",
            "new_page": False,
            "columns": columns_of(tables.DISBURSEMENT),
            "rows": rows_of(tables.DISBURSEMENT, data.dimensions),
        },
    ]


def across(data: RoundData, caption: str, key: str) -> Part:
    """One amount of every dimension side by side, with the number of projects beside it."""
    columns, line = [], []
    for row in data.dimensions:
        total = row["dimension"] == "total"
        group = f"รวม {len(data.dimensions) - 1} มิติ" if total else f"มิติที่ {row['dimension']}"
        columns += [Column("n", "โครงการ", "", "count", 8, group), Column(key, "งบประมาณ", "", "baht", 16, group)]
        line += [formats.count(row["planned_projects"]), formats.baht(row[key])]
    cells = [cell(text, at) for at, text in enumerate(line)]
    return {
        "caption": caption,
        "new_page": False,
        "columns": columns_of(columns),
        "rows": [cells] if cells else [],
    }


def status(data: RoundData) -> Part:
    def tone(row: Row, column: Column) -> str | None:
        return row["implementation_level"] if column.key == "implementation_level_th" else None

    return {
        "caption": "“สถานะโครงการ/กิจกรรม/มาตรการ”",
        "new_page": False,
        "columns": columns_of(tables.STATUS_TABLE),
        "rows": rows_of(tables.STATUS_TABLE, data.status, tone=tone),
        "notes": [as_of(data)],
    }


def differing(data: RoundData) -> Part | None:
    """The figures that e-PlanNACC states otherwise than the annexes before; None where there are none."""
    rows = [row for row in data.published if row["agrees"] is False]
    if not rows:
        return None
    columns = [column for column in tables.PUBLISHED if column.printed]

    def tone(row: Row, column: Column) -> str | None:
        return row["agreement"] if column.key == "agrees_th" else None

    return {
        "caption": "ตัวเลขที่ e-PlanNACC ประกาศไม่ตรงกับที่คำนวณได้",
        "new_page": False,
        "columns": columns_of(columns),
        "rows": rows_of(columns, rows, tone=tone),
    }


def round_annexes(data: RoundData, ranking: RankingData | None) -> dict[str, Any]:
    """All annexes of one local government's round, in the order of the published report."""
    parts = [monitoring(data), project_list(data), summary(data)]
    if ranking is not None:
        parts.append(ranking_part(ranking, str(data.lgo["lgo_code"])))
    parts += [*dimensions(data), status(data)]
    differs = differing(data)
    if differs is not None:
        parts.append(differs)
    return {
        "title": f"{data.title_th} {data.lgo_name}",
        "stamp": data.stamp_th,
        "release": data.release_id,
        "draft": data.draft_th,
        "unbroken": pdf.unbroken(*data.names),
        "parts": parts,
    }


def ranking_annex(ranking: RankingData) -> dict[str, Any]:
    """The ranking of a province alone."""
    return {
        "title": ranking.title_th,
        "stamp": ranking.stamp_th,
        "release": ranking.release_id,
        "draft": ranking.draft_th,
        "unbroken": pdf.unbroken(ranking.province),
        "parts": [ranking_part(ranking, None)],
    }
