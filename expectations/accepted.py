"""What an accepted file means. A file with a critical failure is quarantined as a whole and named.

A warning lets the rows through and becomes a finding. Frames: one per kind of table, a row per parsed row.
"""

from __future__ import annotations

from expectations.rules import Rule

LISTING_CODE = r"^[1-9]\d?\.\d{1,2}\.\d{1,3}$"
SHA256 = r"^[0-9a-f]{64}$"
MONEY = ("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht")


def _source(table: str) -> list[Rule]:
    return [
        Rule(
            f"{table}_names_its_file",
            table,
            "ExpectColumnValuesToMatchRegex",
            {"column": "source_sha256", "regex": SHA256},
            "critical",
            "ต้องระบุลายนิ้วมือ SHA-256 ของแฟ้มต้นทาง",
            "name the SHA-256 of the file it came from",
            column="source_sha256",
        ),
        Rule(
            f"{table}_names_its_row",
            table,
            "ExpectColumnValuesToBeBetween",
            {"column": "source_row", "min_value": 1, "max_value": 1_048_576},
            "critical",
            "ต้องระบุแถวในแผ่นงานต้นทาง",
            "name a row of a worksheet",
            column="source_row",
        ),
    ]


def _money(table: str, column: str, header: str) -> Rule:
    return Rule(
        f"{table}_{column}_is_plausible",
        table,
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": 0, "max_value": 100_000_000_000},
        "critical",
        f"{header} ต้องอยู่ระหว่าง 0 ถึง 100,000 ล้านบาท",
        f"have a {column} between 0 and 100,000 million baht",
        column=column,
    )


RULES: list[Rule] = [
    *_source("division_listing"),
    Rule(
        "division_listing_code_is_well_formed",
        "division_listing",
        "ExpectColumnValuesToMatchRegex",
        {"column": "listing_code", "regex": LISTING_CODE},
        "critical",
        "รหัสรายการต้องเป็น มิติ.ภารกิจ.ลำดับ เช่น 1.2.3",
        "have a code dimension.mission.number such as 1.2.3",
        column="listing_code",
    ),
    _money("division_listing", "budget_plan_baht", "งบประมาณตามแผน"),
    _money("division_listing", "budget_ordinance_baht", "งบประมาณตามเทศบัญญัติ"),
    _money("division_listing", "disbursed_baht", "เบิกจ่าย"),
    Rule(
        "division_listing_names_its_division",
        "division_listing",
        "ExpectColumnValuesToNotBeNull",
        {"column": "division"},
        # Two forms that do not say whose they are would replace each other.
        "critical",
        "เหนือตารางต้องมีบรรทัด “หน่วยงาน …” บอกว่าเป็นของกอง/สำนักใด",
        "say above the table which division it is from (หน่วยงาน …)",
        column="division",
    ),
    Rule(
        "division_listing_has_one_status",
        "division_listing",
        "ExpectColumnValuesToNotBeNull",
        {"column": "status"},
        "warning",
        "ต้องทำเครื่องหมายสถานะหนึ่งช่องเท่านั้น",
        "have exactly one status mark",
        # The first of the three: a row is shown by a cell that it has.
        column="completed",
    ),
    *_source("eplan_project"),
    Rule(
        "eplan_project_dimension_is_known",
        "eplan_project",
        "ExpectColumnValuesToBeInSet",
        {"column": "dimension", "value_set": ["1", "2", "3", "4"]},
        "critical",
        "มิติต้องเป็น 1 ถึง 4",
        "have a dimension 1 to 4",
        column="dimension",
    ),
    _money("eplan_project", "budget_plan_baht", "งบประมาณ"),
    _money("eplan_project", "disbursed_baht", "เบิกจ่าย"),
    Rule(
        "eplan_project_has_one_status",
        "eplan_project",
        "ExpectColumnValuesToNotBeNull",
        {"column": "status"},
        "warning",
        "ต้องมีเครื่องหมายสถานะหนึ่งช่องเท่านั้น",
        "have exactly one status mark",
        # One of the four: a row is shown by a cell that it has.
        column="completed",
    ),
    *_source("ranking"),
    Rule(
        "ranking_percent_is_a_percent",
        "ranking",
        "ExpectColumnValuesToBeBetween",
        {"column": "implementation_pct", "min_value": 0, "max_value": 100},
        "critical",
        "ร้อยละต้องอยู่ระหว่าง 0 ถึง 100",
        "have a percent between 0 and 100",
        column="implementation_pct",
    ),
    *_source("crosswalk"),
]
