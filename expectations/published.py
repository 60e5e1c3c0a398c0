"""Whether the marts may be published: what must never stand in a release. A failure stops the release.

Frames: marts and facts of the build, all rounds. Everything less than a reason to stop is a finding of dbt's
(marts.finding), not a rule here.
"""

from __future__ import annotations

from expectations.rules import Rule


def _traceable(table: str) -> list[Rule]:
    return [
        Rule(
            f"{table}_rows_name_their_{column}",
            f"core.{table}",
            "ExpectColumnValuesToNotBeNull",
            {"column": column},
            "critical",
            "ทุกตัวเลขต้องสืบกลับไปถึงเซลล์ต้นทางได้",
            "be traceable to the cell it came from",
            column=column,
        )
        for column in ("source_file", "source_sha256", "source_sheet", "source_row")
    ]


def _percent(table: str, column: str, highest: int) -> Rule:
    return Rule(
        f"{table}_{column}_is_a_percent",
        f"marts.{table}",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": 0, "max_value": highest},
        "critical",
        f"{column} ต้องอยู่ระหว่าง 0 ถึง {highest}",
        f"have a {column} between 0 and {highest}",
        column=column,
    )


def _not_empty(table: str, measure: str | None = None) -> Rule:
    return Rule(
        f"{table.split('.')[1]}_is_not_empty",
        table,
        "ExpectTableRowCountToBeBetween",
        {"min_value": 1},
        "critical",
        "ต้องมีข้อมูลอย่างน้อยหนึ่งแถว แฟ้มที่ไม่ได้รับพร้อมเหตุผลอยู่ที่ accepted/submission (refused files)",
        "exist: the table must not be empty. Refused files, and why: asset accepted/submission, refused files",
        measure=measure,
    )


RULES: list[Rule] = [
    # Forms or an e-PlanNACC list: for most of October there are forms alone. That each list has its row in
    # round_summary is asked by totals_agree.
    _not_empty("core.fct_budget", measure="lines"),
    _not_empty("marts.submission_ledger"),
    _percent("round_summary", "implementation_pct", 100),
    _percent("provincial_ranking", "implementation_pct", 100),
    # Over 100 is possible (spending above the plan) and a finding; this much above is a broken figure.
    _percent("round_summary", "disbursed_pct", 10_000),
    _percent("dimension_summary", "budget_pct", 10_000),
    _percent("dimension_summary", "project_pct", 100),
    Rule(
        "round_summary_completed_within_initial_projects",
        "marts.round_summary",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": "initial_projects", "column_B": "initial_completed", "or_equal": True},
        "critical",
        "โครงการตั้งต้นที่แล้วเสร็จต้องไม่เกินโครงการตั้งต้นทั้งหมด",
        "have no more completed initial projects than initial projects",
        column="initial_completed",
    ),
    *_traceable("fct_budget"),
    *_traceable("fct_status"),
]
