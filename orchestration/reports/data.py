"""What one round report shows, read from one release's DuckDB file.

Only the warehouse's published schemas (core, marts) are read. Nothing is calculated here that the warehouse
states: this module joins names to facts, puts rows in order and words codes for the reader.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any

import duckdb

from orchestration.decisions import said_en, said_th
from orchestration.paths import SEEDS
from orchestration.reports import formats
from orchestration.reports.tables import Row


@dataclass(frozen=True)
class Headline:
    """One headline figure: wording, value, kind of value, unit; ``fill`` is a level to colour it by."""

    th: str
    en: str
    value: Any
    kind: str = "text"
    unit: str = ""
    starred: bool = False
    fill: str = ""

    @property
    def shown(self) -> str:
        """The value as text."""
        match self.kind:
            case "baht":
                return formats.baht(self.value)
            case "count":
                return formats.count(self.value)
            case "percent":
                return formats.percent(self.value, self.starred)
            case _:
                return formats.NOTHING if self.value is None else str(self.value)


@dataclass(frozen=True)
class Notice:
    """One thing to know before the figures are used; ``anchor`` names the table that shows it."""

    severity: str
    th: str
    en: str
    anchor: str


@dataclass(frozen=True)
class RoundData:
    """One round of one local government in one release. Rows are dicts with the keys of tables.py."""

    release_id: str
    round: Row
    lgo: Row
    data_as_of: datetime | None
    summary: Row
    listings: list[Row]
    projects: list[Row]
    dimensions: list[Row]
    status: list[Row]
    findings: list[Row]
    reconciliation: list[Row]
    published: list[Row]
    submissions: list[Row]
    corrections: list[Row]
    decisions: Sequence[Mapping[str, Any]] = ()
    # Divisions that are to send a form, as the settings name them.
    awaited: Sequence[str] = ()

    @property
    def created(self) -> datetime:
        """The creation time written into files: the data's, so that the same release gives the same bytes."""
        return self.data_as_of or datetime.combine(self.round["period_end"], time())

    @property
    def lgo_name(self) -> str:
        return str(self.lgo["lgo_name"])

    @property
    def lgo_full_name(self) -> str:
        return f"{self.lgo_name}  อำเภอ{self.lgo['district']} จังหวัด{self.lgo['province']}"

    @property
    def names(self) -> tuple[str, str, str]:
        """The names in which no line may break."""
        return self.lgo_name, str(self.lgo["district"]), str(self.lgo["province"])

    @property
    def title_th(self) -> str:
        return "รายงานผลการติดตามการดำเนินงานตามแผนปฏิบัติการป้องกันการทุจริต"

    @property
    def period_th(self) -> str:
        return period_th(self.round)

    @property
    def stamp_th(self) -> str:
        return stamp_th(self.data_as_of, self.release_id)

    @property
    def critical(self) -> int:
        """How many critical findings stand open and undecided; a report that has any is a draft."""
        decided = {decision["rule"] for decision in self.decisions}
        open_ = [f for f in self.findings if f["severity"] == "critical" and f["rule"] not in decided]
        return len(own_or_nobodys(open_, self.lgo["lgo_code"]))

    @property
    def missing_side(self) -> str | None:
        """The side of which there is nothing, so that nothing can be compared; one of formats.MISSING_SIDES."""
        if not self.listings:
            return "division" if self.projects else "both"
        return None if self.projects else "eplan"

    @property
    def nothing_differs(self) -> str:
        """What stands where no difference was found, in both languages."""
        return " / ".join(formats.nothing_differs(self.missing_side))

    @property
    def not_sent(self) -> list[str]:
        """The awaited divisions of which there is no form that could be used."""
        sent = {row["division"] for row in self.listings}
        return [division for division in self.awaited if division not in sent]

    @property
    def draft_th(self) -> str:
        return draft_th(self.critical, self.decisions, self.missing_side)

    def headlines(self) -> list[Headline]:
        """The figures of the summary, in the order of the e-PlanNACC summary."""
        s = self.summary
        project, baht, pct = "โครงการ", "บาท", "ร้อยละ"
        return [
            Headline(
                "ร้อยละการนำแผนฯ ไปปฏิบัติ (คิดจากโครงการขั้นต่ำ)",
                "implementation percent",
                s["implementation_pct"],
                "percent",
                pct,
                bool(s["implementation_is_capped"]),
                s["implementation_level"] or "",
            ),
            Headline(
                "ระดับการนำแผนฯ ไปปฏิบัติ",
                "implementation level",
                s["implementation_level_th"],
                fill=s["implementation_level"] or "",
            ),
            Headline("เบิกจ่ายงบประมาณทุกโครงการ", "disbursed", s["disbursed_baht"], "baht", baht),
            Headline("คิดเป็นร้อยละของงบประมาณ", "disbursed percent of budget", s["disbursed_pct"], "percent", pct),
            Headline("งบประมาณทุกโครงการ", "budget", s["budget_baht"], "baht", baht),
            Headline("โครงการตั้งต้นตามแผน", "initial projects", s["initial_projects"], "count", project),
            Headline("โครงการเพิ่มเติม", "additional projects", s["additional_projects"], "count", project),
            Headline("รอรายงาน", "awaiting report", s["awaiting_report"], "count", project),
            Headline("อยู่ระหว่างดำเนินการ", "in progress", s["in_progress"], "count", project),
            Headline("ดำเนินการแล้วเสร็จ", "completed", s["completed"], "count", project),
            Headline("ไม่สามารถดำเนินการได้", "unable", s["unable"], "count", project),
            # A project with no mark or several is in none of the counts above; with it they add up.
            *(
                [Headline("สถานะไม่ชัดเจน", "status unclear", s["status_unclear"], "count", project)]
                if s.get("status_unclear")
                else []
            ),
            Headline("โครงการขั้นต่ำตามที่ ป.ป.ช. กำหนด", "NACC minimum", s["minimum_projects"], "count", project),
            Headline(
                "โครงการตั้งต้นที่แล้วเสร็จ", "initial projects completed", s["initial_completed"], "count", project
            ),
        ]

    def warnings(self) -> list[Notice]:
        """What to know before the figures are used, worst first."""
        notices = []
        if self.summary["minimum_projects"] is None:
            notices.append(
                Notice(
                    "critical",
                    "ไม่ทราบจำนวนโครงการขั้นต่ำของ อปท. ประเภทนี้ จึงไม่มีร้อยละและระดับ",
                    "The NACC minimum of this type of local government is unknown: no percent, no level.",
                    "status",
                )
            )
        if self.missing_side:
            notices.append(Notice("critical", *formats.nothing_differs(self.missing_side), "reconciliation"))
        if self.not_sent:
            number, names = len(self.not_sent), ", ".join(self.not_sent)
            notices.append(
                Notice(
                    "warning",
                    f"ยังไม่มีแบบของหน่วยงานที่ต้องส่ง {number} หน่วยงาน: {names}",
                    f"{number} divisions that are to send a form have sent none that could be used.",
                    "files",
                )
            )
        held = [row for row in self.submissions if row["outcome"] != "accepted" and row["superseded_by"] is None]
        if held:
            names = ", ".join(row["source_file"] for row in held[:5]) + (" …" if len(held) > 5 else "")
            notices.append(
                Notice(
                    "warning",
                    f"มีแฟ้มที่ไม่ได้รับหรือรับบางส่วน {len(held)} แฟ้ม: {names}",
                    f"{len(held)} files were held back wholly or in part.",
                    "files",
                )
            )
        for decision in self.decisions:
            notices.append(Notice("critical", said_th(decision), said_en(decision), "findings"))
        by_severity: dict[str, int] = {}
        for row in self.findings:
            by_severity[row["severity"]] = by_severity.get(row["severity"], 0) + 1
        for severity, number in by_severity.items():
            notices.append(
                Notice(
                    severity,
                    f"ข้อค้นพบระดับ{formats.word(formats.SEVERITIES, severity)} {number} ข้อ",
                    f"{number} findings of severity {severity}.",
                    "findings",
                )
            )
        if self.reconciliation:
            number = len(self.reconciliation)
            notices.append(
                Notice(
                    "warning",
                    f"ข้อมูลของกองกับ e-PlanNACC ต่างกัน {number} จุด",
                    f"The divisions and e-PlanNACC differ in {number} places.",
                    "reconciliation",
                )
            )
        number = sum(row["agrees"] is False for row in self.published)
        if number:
            notices.append(
                Notice(
                    "warning",
                    f"ตัวเลขที่ประกาศไม่ตรงกับที่คำนวณได้ {number} ตัว",
                    f"{number} published figures differ from the computed ones.",
                    "published",
                )
            )
        return sorted(notices, key=lambda notice: formats.severity_rank(notice.severity))


@dataclass(frozen=True)
class RankingData:
    """The ranking of one province in one round and release."""

    release_id: str
    round: Row
    province_code: str
    province: str
    data_as_of: datetime | None
    rows: list[Row]
    # Local governments of the province in the registry.
    registered: int
    critical: int
    decisions: Sequence[Mapping[str, Any]] = ()

    @property
    def draft_th(self) -> str:
        return draft_th(self.critical, self.decisions)

    @property
    def period_th(self) -> str:
        return period_th(self.round)

    @property
    def stamp_th(self) -> str:
        return stamp_th(self.data_as_of, self.release_id)

    @property
    def title_th(self) -> str:
        return f"ผลการนำแผนปฏิบัติการป้องกันการทุจริตไปสู่การปฏิบัติ จังหวัด{self.province}"

    @property
    def among_th(self) -> str:
        """Among how many the ranks were taken: a first of one is no first of a hundred."""
        known = max((row["ranked_in_province"] or 0 for row in self.rows), default=0)
        return (
            f"ลำดับในจังหวัดคิดจาก อปท. {known:,} แห่งที่ทราบผล จากทั้งจังหวัด {self.registered:,} แห่ง "
            "ขึ้น/ลงเทียบเฉพาะแห่งที่ทราบผลทั้งสองรอบ"
        )

    @property
    def created(self) -> datetime:
        """As in RoundData."""
        return self.data_as_of or datetime.combine(self.round["period_end"], time())


def period_th(round_: Row) -> str:
    """รอบ 12 เดือน ปีงบประมาณ พ.ศ. 2566 (1 ต.ค. 2565 ถึง 30 ก.ย. 2566)."""
    start, end = formats.thai_date(round_["period_start"]), formats.thai_date(round_["period_end"])
    return f"รอบ {round_['months']} เดือน ปีงบประมาณ พ.ศ. {round_['fiscal_year_be']} ({start} ถึง {end})"


def stamp_th(data_as_of: datetime | None, release_id: str) -> str:
    """The stamp of every table: when the data is from and which release it was read from."""
    return f"ข้อมูล ณ วันที่ {formats.thai_date(data_as_of)} · รุ่นข้อมูล {release_id}"


def days_left(round_: Row, known_at: datetime) -> int:
    """How many days it was from a moment to the day that the round is due on; negative after that day."""
    due: date = round_["report_due"]
    return (due - known_at.date()).days


def known_as_of(round_: Row, known_at: datetime | None) -> tuple[str, str] | None:
    """Say in Thai and English of what moment a past state is, and how long before or after the due date.

    None of a release: its reports do not depend on the clock.
    """
    if known_at is None:
        return None
    days = days_left(round_, known_at)
    so_many = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    if days > 0:
        th, en = f"เหลือ {days} วันถึงกำหนดส่ง", f"{so_many} before the due date"
    elif days == 0:
        th, en = "ซึ่งเป็นวันครบกำหนดส่ง", "on the due date"
    else:
        th, en = f"เลยกำหนดส่งแล้ว {-days} วัน", f"{so_many} after the due date"
    return f"ตามที่ทราบเมื่อ {formats.thai_time(known_at)} {th}", f"as known on {known_at:%Y-%m-%d %H:%M}, {en}"


# An Excel header takes 255 characters, its codes included.
LONGEST_LINE = 180


def draft_th(critical: int, decisions: Sequence[Mapping[str, Any]] = (), missing: str | None = None) -> str:
    """What every page says of a draft, and of a release published despite something; nothing of any other.

    A draft is what has open critical findings, or nothing of one side (``missing``, of formats.MISSING_SIDES).
    """
    reasons = [f"มีข้อผิดพลาดร้ายแรง {critical} รายการ"] if critical else []
    english = "DRAFT"
    if missing:
        th, en = formats.MISSING_SIDES[missing]
        reasons.append(th)
        english = f"DRAFT: {en}"
    lines = [f"ฉบับร่าง: {' และ'.join(reasons)} / {english}"] if reasons else []
    line = " · ".join([*lines, *(said_th(decision) for decision in decisions)])
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def query(connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any]) -> list[Row]:
    """The rows of a query as dicts, decimals kept exact."""
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def in_numbers(code: str | None) -> list[tuple[int, str]]:
    """Sort key that puts 1.1.2 before 1.1.10."""
    return [(int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", code or "")]


def cell(row: Row, prefix: str = "source_", measure: str = "") -> str:
    """Where a figure stands: file, sheet and cell, or row where the column is not recorded."""
    parts = [row.get(f"{prefix}file"), row.get(f"{prefix}sheet")]
    address = row.get(f"{measure.removesuffix('_baht')}_cell") or row.get(f"{prefix}cell")
    if address:
        parts.append(f"เซลล์ {address}")
    elif row.get(f"{prefix}row") is not None:
        parts.append(f"แถว {row[f'{prefix}row']}")
    return " · ".join(str(part) for part in parts if part)


def source_of(row: Row, measure: str) -> str:
    """Where a figure stands and how it was written there, for the reader who wants to look it up."""
    text = cell(row, measure=measure)
    written = row.get(f"{measure.removesuffix('_baht')}_as_written")
    return f"{text} · เขียนว่า “{written}”" if written is not None else text


def with_status(row: Row) -> Row:
    """The row with one mark per status."""
    return {**row, **{f"is_{status}": row["status"] == status for status in formats.STATUSES}}


def read_names(connection: duckdb.DuckDBPyConnection, round_: Row) -> tuple[dict[str, str], dict[str, str]]:
    """The names of dimensions and missions in the round's plan period, each with its number before it."""
    parameters = {"plan_period": round_["plan_period"]}
    dimensions = query(
        connection, "select dimension, name from core.dim_dimension where plan_period = $plan_period", parameters
    )
    missions = query(
        connection, "select mission, name from core.dim_mission where plan_period = $plan_period", parameters
    )
    return (
        {row["dimension"]: f"{row['dimension']}. {row['name']}" for row in dimensions},
        {row["mission"]: f"{row['mission']} {row['name']}" for row in missions},
    )


def read_listings(
    connection: duckdb.DuckDBPyConnection,
    parameters: dict[str, Any],
    dimensions: dict[str, str],
    missions: dict[str, str],
) -> list[Row]:
    """The division table: one row per listing, in the order of its codes."""
    rows = query(
        connection,
        """
        select b.*, s.status, s.status_as_written, s.status_cell
        from core.fct_budget as b
        left join core.fct_status as s using (line_id)
        where b.round_key = $round_key and b.lgo_code = $lgo_code and b.source = 'division'
        """,
        parameters,
    )
    for row in rows:
        dimension, mission = row["dimension"] or "", row["mission"] or ""
        row["dimension_label"] = dimensions.get(dimension, dimension)
        row["mission_label"] = missions.get(mission, mission)
        row["listing_label"] = f"{row['listing_code'] or ''} {row['name_as_listed']}"
        row["counted"] = row["counts_towards_total"]
        # The published form shows nothing where nothing was transferred.
        row["transfer_in_baht"] = row["transfer_in_baht"] or None
        row["transfer_out_baht"] = row["transfer_out_baht"] or None
    rows.sort(key=lambda row: (in_numbers(row["listing_code"]), row["source_file"], row["source_row"]))
    add_transfer_cells(connection, parameters, rows)
    add_cells(rows)
    return [with_status(row) for row in rows]


# What a line states, in the order of the form.
STATED = (
    "budget_plan_baht", "budget_ordinance_baht", "transfer_in_baht", "transfer_out_baht", "disbursed_baht",
    "remaining_baht", "status",
)  # fmt: skip


def add_cells(rows: list[Row]) -> None:
    """Say of each line in which cell each of its figures and its status stands."""
    for row in rows:
        cells = [(formats.FIELDS[name], row.get(f"{name.removesuffix('_baht')}_cell")) for name in STATED]
        row["cells"] = " · ".join(f"{th} {address}" for th, address in cells if address)


def add_transfer_cells(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any], rows: list[Row]) -> None:
    """Put beside each sum of transfers where its parts were found and how they were written."""
    parts = query(
        connection,
        """
        select
            line_id,
            direction,
            string_agg(cell, ', ' order by transfer_seq) as cells,
            string_agg(as_written, ' … ' order by transfer_seq) as as_written
        from core.fct_budget_movement
        where round_key = $round_key and lgo_code = $lgo_code
        group by line_id, direction
        """,
        parameters,
    )
    found = {(part["line_id"], part["direction"]): part for part in parts}
    for row in rows:
        for direction in ("in", "out"):
            part = found.get((row["line_id"], direction), {})
            row[f"transfer_{direction}_cell"] = part.get("cells")
            row[f"transfer_{direction}_as_written"] = part.get("as_written")


def read_projects(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any]) -> list[Row]:
    """The e-PlanNACC project list in its own order."""
    rows = query(
        connection,
        """
        select b.*, b.name_as_listed as name, s.status, s.status_as_written, s.status_cell, p.is_initial
        from core.fct_budget as b
        left join core.fct_status as s using (line_id)
        left join core.dim_project as p on b.project_id = p.project_id
        where b.round_key = $round_key and b.lgo_code = $lgo_code and b.source = 'eplan'
        order by b.eplan_seq, b.source_row
        """,
        parameters,
    )
    for row in rows:
        row["dimension_as_printed"] = ("" if row["is_initial"] else "*") + (row["dimension"] or "")
    add_cells(rows)
    return [with_status(row) for row in rows]


def read_mart(
    connection: duckdb.DuckDBPyConnection, table: str, parameters: dict[str, Any], order: str
) -> list[Row]:
    """All columns of one mart for one round and local government."""
    sql = f"select * from {table} where round_key = $round_key and lgo_code = $lgo_code order by {order}"
    return query(connection, sql, parameters)


# A file or finding that names no local government, or one without a report of its own, must not get lost.
OWN_OR_NOBODYS = """
    round_key = $round_key
    and (
        lgo_code is null or lgo_code = $lgo_code
        or lgo_code not in (select lgo_code from marts.round_summary where round_key = $round_key)
    )
"""


@cache
def english_titles() -> Mapping[str, str]:
    """The English title of each rule. marts.reconciliation states the Thai one only.

    Source: dbt_project/seeds/finding_rule.csv, from which the warehouse takes its titles.
    """
    with (SEEDS / "finding_rule.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["rule"]: row["title_en"] for row in csv.DictReader(file)}


def add_english_titles(rows: list[Row]) -> None:
    """Put the English title beside the Thai one; None of a rule that only an earlier version knew."""
    for row in rows:
        row["title_en"] = row.get("title_en") or english_titles().get(row["rule"])


def read_findings(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any]) -> list[Row]:
    """The findings, worst first, then by rule and place."""
    rows = query(connection, f"select * from marts.finding where {OWN_OR_NOBODYS}", parameters)
    for row in rows:
        row["severity_th"] = formats.word(formats.SEVERITIES, row["severity"])
        row["place"] = row["source_cell"] or row["source_row"]
    add_english_titles(rows)
    rows.sort(
        key=lambda row: (
            formats.severity_rank(row["severity"]),
            row["rule"],
            row["source_file"] or "",
            row["source_sheet"] or "",
            row["source_row"] or 0,
            row["finding_id"],
        )
    )
    return rows


def read_reconciliation(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any]) -> list[Row]:
    """The differences between the two sides, by rule and then in the order of the e-PlanNACC list."""
    rows = read_mart(
        connection, "marts.reconciliation", parameters, "rule, eplan_seq nulls last, reconciliation_id"
    )
    for row in rows:
        row["unit"] = "baht" if row["measure"].endswith("_baht") else None
        row["division_source"] = cell({**row, "division_source_cell": row["division_cell"]}, "division_source_")
        row["eplan_source"] = cell({**row, "eplan_source_cell": row["eplan_cell"]}, "eplan_source_")
    add_english_titles(rows)
    return rows


def read_published(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any]) -> list[Row]:
    """The figures that the local government's exports and the ranking of its province state."""
    rows = query(
        connection,
        """
        select * from marts.published_figure
        where round_key = $round_key
            and (
                (lgo_code = $lgo_code and province_code is null)
                or province_code = (select province_code from core.dim_lgo where lgo_code = $lgo_code)
            )
        order by figure_order, figure_id
        """,
        parameters,
    )
    for row in rows:
        row["agreement"] = {True: "agrees", False: "differs", None: "unknown"}[row["agrees"]]
        row["agrees_th"] = formats.word(formats.AGREEMENTS, row["agreement"])
        row["source"] = cell(row)
    return rows


def read_submissions(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any]) -> list[Row]:
    """The files received, in the order of their arrival."""
    rows = query(
        connection,
        f"select * from marts.submission_ledger where {OWN_OR_NOBODYS} order by received_at, arrival_id",
        parameters,
    )
    for row in rows:
        row["outcome_th"] = formats.word(formats.OUTCOMES, row["outcome"])
        row["kinds_th"] = formats.kinds(row["kinds"])
        row["received_from_th"] = formats.origin(row["received_from"])
    return rows


def read_corrections(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any]) -> list[Row]:
    """The corrections register of the round, those that could not be applied first."""
    order = "outcome not in ('guard_failed', 'held'), side, what, field, decided_on, correction_id"
    rows = read_mart(connection, "marts.correction", parameters, order)
    for row in rows:
        row["outcome_th"] = formats.word(formats.CORRECTION_OUTCOMES, row["outcome"])
        row["side_th"] = row["division"] or ("e-PlanNACC" if row["side"] == "eplan" else formats.NOTHING)
        row["field_th"] = formats.FIELDS.get(row["field"], row["field"])
        row["unit"] = None if row["field"] == "status" else "baht"
        row["decided_on_th"] = formats.thai_date(row["decided_on"])
        row["valid_until_th"] = formats.thai_date(row["valid_until"]) if row["valid_until"] else "ไม่กำหนด"
        row["target"] = cell(row, "target_")
    return rows


def mark_corrected(rows: list[Row], corrections: list[Row], side: str) -> None:
    """Say in each line of a list what the register replaced: เบิกจ่าย 100.00 → 90.00."""
    words: dict[tuple[str, str | None, int], list[str]] = {}
    for c in corrections:
        if c["outcome"] == "applied" and c["side"] == side:
            old, new = (formats.figure(c[name], c["unit"]) for name in ("found_value", "new_value"))
            place = (c["target_sha256"], c["target_sheet"], c["target_row"])
            words.setdefault(place, []).append(f"{c['field_th']} {old} → {new}")
    for row in rows:
        place = (row["source_sha256"], row["source_sheet"], row["source_row"])
        row["corrected_th"] = "; ".join(words.get(place, []))


def own_or_nobodys(rows: list[Row], lgo_code: str) -> list[Row]:
    """Leave out what is shown here only because its local government has no report: it decides nothing."""
    return [row for row in rows if row["lgo_code"] in (None, lgo_code)]


def newest(submissions: list[Row]) -> datetime | None:
    """When the newest file that gave data was received; of any file where none did."""
    times = [row["received_at"] for row in submissions if row["rows_accepted"]]
    return max(times or [row["received_at"] for row in submissions], default=None)


def read_round(connection: duckdb.DuckDBPyConnection, release_id: str, round_key: str, lgo_code: str) -> RoundData:
    """Everything that the round report of one local government shows.

    Raises LookupError where the release has no such round of that local government.
    """
    parameters = {"round_key": round_key, "lgo_code": lgo_code}
    round_ = read_calendar(connection, round_key)
    lgos = query(connection, "select * from core.dim_lgo where lgo_code = $lgo_code", {"lgo_code": lgo_code})
    summaries = read_mart(connection, "marts.round_summary", parameters, "lgo_code")
    if not lgos or not summaries:
        raise LookupError(f"release {release_id} has no round {round_key} of {lgo_code}")
    dimension_names, mission_names = read_names(connection, round_)
    projects = read_projects(connection, parameters)

    dimensions = read_mart(connection, "marts.dimension_summary", parameters, "dimension")
    for row in dimensions:
        row["dimension_label"] = (
            "รวม" if row["dimension"] == "total" else dimension_names.get(row["dimension"], row["dimension"])
        )
    submissions = read_submissions(connection, parameters)
    corrections = read_corrections(connection, parameters)
    listings = read_listings(connection, parameters, dimension_names, mission_names)
    mark_corrected(listings, corrections, "division")
    mark_corrected(projects, corrections, "eplan")
    summary = summaries[0]
    return RoundData(
        release_id=release_id,
        round=round_,
        lgo=lgos[0],
        data_as_of=newest(own_or_nobodys(submissions, lgo_code)),
        summary=summary,
        listings=listings,
        projects=projects,
        dimensions=dimensions,
        status=[summary],
        findings=read_findings(connection, parameters),
        reconciliation=read_reconciliation(connection, parameters),
        published=read_published(connection, parameters),
        submissions=submissions,
        corrections=corrections,
    )


def read_calendar(connection: duckdb.DuckDBPyConnection, round_key: str) -> Row:
    """The round itself. Raises LookupError where the release does not know it."""
    found = query(
        connection, "select * from core.dim_round where round_key = $round_key", {"round_key": round_key}
    )
    if not found:
        raise LookupError(f"no round {round_key} in core.dim_round")
    return found[0]


def read_lgo_codes(connection: duckdb.DuckDBPyConnection, round_key: str) -> list[str]:
    """The local governments that have a summary of the round."""
    rows = query(
        connection,
        "select distinct lgo_code from marts.round_summary where round_key = $round_key order by lgo_code",
        {"round_key": round_key},
    )
    return [row["lgo_code"] for row in rows]


# More names do not make the sentence any truer; a nation has thousands.
NAMED = 5


def read_no_list(connection: duckdb.DuckDBPyConnection, round_key: str) -> tuple[str, str] | None:
    """Say in Thai and English whose forms are there without an e-PlanNACC list, and what to do about it.

    None where there is nobody.
    """
    rows = query(
        connection,
        """
        select distinct lgo.lgo_code, lgo.lgo_name from core.fct_budget as b
        inner join core.dim_lgo as lgo on b.lgo_code = lgo.lgo_code
        left join marts.round_summary as s on b.round_key = s.round_key and b.lgo_code = s.lgo_code
        where b.round_key = $round_key and s.lgo_code is null
        order by lgo.lgo_code
        """,
        {"round_key": round_key},
    )
    if not rows:
        return None
    names, more = ", ".join(row["lgo_name"] for row in rows[:NAMED]), len(rows) - NAMED
    more_th, more_en = (f" และอีก {more:,} แห่ง", f" and {more:,} more") if more > 0 else ("", "")
    return (
        f"ยังไม่ได้รับแฟ้มส่งออกจาก e-PlanNACC ที่ใช้ได้ของ {names}{more_th} ในรอบนี้ "
        "จึงยังไม่มีร้อยละ ระดับ บันทึกข้อความ ภาคผนวก รายงานรอบ และผลเทียบกับ e-PlanNACC "
        f"ให้ส่งออกรายการโครงการจาก e-PlanNACC วางไว้ใน inbox/{round_key}/ แล้วสั่งงานรอบนี้อีกครั้ง "
        "หากวางแล้ว ให้ดูใน round_status.html ว่าเหตุใดจึงรับไม่ได้",
        f"no usable e-PlanNACC export of {names}{more_en} has arrived for this round: no percent, level, memo, "
        "annexes, round report or comparison with e-PlanNACC yet; "
        f"put the project list that e-PlanNACC exports into inbox/{round_key}/ and run the round again; "
        "where it lies there, round_status.html says why it was refused",
    )


def read_rankings(
    connection: duckdb.DuckDBPyConnection,
    release_id: str,
    round_key: str,
    decisions: Sequence[Mapping[str, Any]] = (),
) -> list[RankingData]:
    """The rankings of the round, one per province, best first and ties in the order of the Thai alphabet."""
    parameters = {"round_key": round_key}
    round_ = read_calendar(connection, round_key)
    rows = query(
        connection,
        """
        select * from marts.provincial_ranking where round_key = $round_key
        order by province_code, rank_in_province nulls last, lgo_name collate th, district, lgo_code
        """,
        parameters,
    )
    received = query(
        connection,
        "select * from marts.submission_ledger where round_key = $round_key order by received_at, arrival_id",
        parameters,
    )
    critical = query(
        connection,
        """
        select lgo.province_code, count(*) as findings from marts.finding as f
        left join core.dim_lgo as lgo on f.lgo_code = lgo.lgo_code
        where f.round_key = $round_key and f.severity = 'critical' and not list_contains($decided, f.rule)
        group by all
        """,
        {**parameters, "decided": [decision["rule"] for decision in decisions]},
    )
    registered = query(
        connection, "select province_code, count(*) as lgos from core.dim_lgo group by province_code", {}
    )
    lgos = {row["province_code"]: row["lgos"] for row in registered}
    for row in rows:
        # Who has not reported has no percent; a dash alone would not say why.
        row["basis_th"] = (
            formats.word(formats.BASES, row["basis"]) if row["has_reported"] else formats.NOT_REPORTED
        )
    rankings = []
    for code in sorted({row["province_code"] for row in rows}):
        own = [row for row in rows if row["province_code"] == code]
        # One that names no local government may be anybody's.
        open_ = sum(row["findings"] for row in critical if row["province_code"] in (code, None))
        rankings.append(
            RankingData(
                release_id,
                round_,
                code,
                own[0]["province"],
                newest(received),
                own,
                lgos.get(code, 0),
                open_,
                decisions,
            )
        )
    return rankings
