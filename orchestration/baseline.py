"""The build beside the serving release: what the publishing gate compares, and what people have accepted.

Measures are frames with the columns round_key, subject, before, now, change and kept_pct. A round or subject that
the serving release does not know has nothing to be compared with and is no row. The thresholds are
expectations/against_last_release.csv.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from orchestration import releases
from orchestration.settings import Settings
from orchestration.spreadsheets.corrections import day_or_none
from orchestration.spreadsheets.thai import names_person

BUILD, SERVING = "build", "serving"
# Lines per table and round. Findings are not among them: fewer of those are good news.
COUNTED = (
    "core.dim_project",
    "core.fct_budget",
    "core.fct_status",
    "marts.dimension_summary",
    "marts.published_figure",
)

# Each measure as round_key, subject, value over the tables of one database.
MEASURES = {
    "ledger": (
        "select round_key, 'submission_ledger' as subject, count(*) as value"
        " from {db}.marts.submission_ledger group by all"
    ),
    "rows": " union all ".join(
        f"select round_key, '{table}' as subject, count(*) as value from {{db}}.{table} group by all"
        for table in COUNTED
    ),
    "reporting": (
        "select round_key, province_code as subject, count(*) as value from {db}.marts.provincial_ranking"
        " where basis is not null group by all"
    ),
    "dimension": (
        "select round_key, concat(lgo_code, ':', dimension) as subject, count(*) as value"
        " from {db}.core.dim_project where eplan_seq is not null and dimension is not null group by all"
    ),
    "percent": "select round_key, lgo_code as subject, implementation_pct as value from {db}.marts.round_summary",
    "disbursed": "select round_key, lgo_code as subject, disbursed_baht as value from {db}.marts.round_summary",
    "findings": (
        "select round_key, lgo_code as subject, count(*) as value from {db}.marts.finding"
        " where severity <> 'info' and lgo_code is not null group by all"
    ),
}
# What is not there any more counts as nothing, what was nothing cannot shrink.
COMPARED = """
    select
        earlier.round_key, earlier.subject,
        cast(earlier.value as double) as before,
        cast(coalesce(later.value, 0) as double) as now,
        cast(coalesce(later.value, 0) - earlier.value as double) as change,
        cast(100 * coalesce(later.value, 0) / nullif(earlier.value, 0) as double) as kept_pct
    from ({earlier}) as earlier
    left join ({later}) as later using (round_key, subject)
    where earlier.value is not null
    order by all
"""

# How many lines either side has in each round: none at all is a build of nothing.
LINES = "select round_key, source, count(*) as lines from build.core.fct_budget group by all order by all"

# Two tables of the build that must say the same: subject, round_key, one side, the other side.
EPLAN = "from build.core.fct_budget where source = 'eplan' and counts_towards_total group by all"
TOTALS = {
    "round_summary.disbursed_baht = fct_budget": (
        "select round_key, lgo_code, disbursed_baht as value from build.marts.round_summary",
        f"select round_key, lgo_code, coalesce(sum(disbursed_baht), 0) as value {EPLAN}",
    ),
    "round_summary.budget_baht = fct_budget": (
        "select round_key, lgo_code, budget_baht as value from build.marts.round_summary",
        f"select round_key, lgo_code, coalesce(sum(budget_plan_baht), 0) as value {EPLAN}",
    ),
    "round_summary projects = dim_project": (
        "select round_key, lgo_code, awaiting_report + in_progress + completed + unable + status_unclear as value"
        " from build.marts.round_summary",
        "select round_key, lgo_code, count(*) as value from build.core.dim_project"
        " where eplan_seq is not null group by all",
    ),
    # Of each list that counts, whatever its figures are: 1.
    "round_summary rows = lists of fct_project_state": (
        "select round_key, lgo_code, count(*) as value from build.marts.round_summary group by all",
        "select distinct round_key, lgo_code, 1 as value from build.core.fct_project_state"
        " where is_current and source = 'eplan'",
    ),
    "dimension_summary total = round_summary.initial_projects": (
        "select round_key, lgo_code, planned_projects as value from build.marts.dimension_summary"
        " where dimension = 'total'",
        "select round_key, lgo_code, initial_projects as value from build.marts.round_summary",
    ),
    "dimension_summary total = initial projects of fct_budget (disbursed)": (
        "select round_key, lgo_code, disbursed_baht as value from build.marts.dimension_summary"
        " where dimension = 'total'",
        "select b.round_key, b.lgo_code, coalesce(sum(b.disbursed_baht), 0) as value"
        " from build.core.fct_budget as b join build.core.dim_project as p using (project_id)"
        " where b.source = 'eplan' and b.counts_towards_total and p.is_initial group by all",
    ),
    "fct_status lines = fct_budget lines": (
        "select round_key, lgo_code, count(*) as value from build.core.fct_status group by all",
        "select round_key, lgo_code, count(*) as value from build.core.fct_budget group by all",
    ),
    "fct_project_state as of now = fct_budget (disbursed)": (
        "select round_key, lgo_code, sum(disbursed_baht) as value from build.core.fct_project_state"
        " where is_current and source = 'eplan' group by all",
        "select round_key, lgo_code, sum(disbursed_baht) as value from build.core.fct_budget"
        " where not is_repeated_line and source = 'eplan' group by all",
    ),
}
BALANCED = """
    select
        coalesce(one.round_key, other.round_key) as round_key,
        concat(coalesce(one.lgo_code, other.lgo_code), ': ', '{subject}') as subject,
        cast(one.value as double) as before,
        cast(other.value as double) as now,
        cast(coalesce(other.value, 0) - coalesce(one.value, 0) as double) as change,
        cast(null as double) as kept_pct
    from ({one}) as one
    full outer join ({other}) as other using (round_key, lgo_code)
"""


def measured(build_db: Path, serving_db: Path | None) -> dict[str, pd.DataFrame]:
    """Return the measures of the build against the serving release; only its own where there is none.

    A measure whose tables or columns the serving release does not have yet is left out.
    """
    with duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '{releases.MEMORY}'")
        connection.execute(f"attach '{_quoted(build_db)}' as {BUILD} (read_only)")
        frames = {
            "lines": connection.sql(LINES).df(),
            "totals": connection.sql(
                " union all ".join(
                    BALANCED.format(subject=subject, one=one, other=other)
                    for subject, (one, other) in TOTALS.items()
                )
                + " order by all"
            ).df(),
        }
        if serving_db is None:
            return frames
        connection.execute(f"attach '{_quoted(serving_db)}' as {SERVING} (read_only)")
        for name, sql in MEASURES.items():
            try:
                frames[name] = connection.sql(
                    COMPARED.format(earlier=sql.format(db=SERVING), later=sql.format(db=BUILD))
                ).df()
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                if f"{SERVING}." not in str(error) and "Referenced column" not in str(error):
                    raise
    return frames


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


# -- what people have accepted


@dataclass(frozen=True)
class Acceptance:
    """A reviewed row: this change is real and may be published.

    It covers one rule on one subject of one round going from exactly `before` to exactly `now`, until the end of
    `valid_until` (2023-10-31 or 2566-10-31). `decided_by` is a post, not a name.
    """

    rule: str
    round_key: str
    subject: str
    before: str
    now: str
    reason: str
    decided_by: str
    valid_until: str

    @property
    def key(self) -> tuple[str, ...]:
        return self.rule, self.round_key, self.subject, self.before, self.now


HEADER = [field.name for field in fields(Acceptance)]


def acceptances_path(settings: Settings) -> Path:
    return settings.home / "accepted_changes.csv"


def figure(value: object) -> str:
    """Return a number as it stands in accepted_changes.csv: 34 or 91.43."""
    return f"{value:.2f}".removesuffix(".00") if isinstance(value, float) else str(value)


def acceptances(settings: Settings, today: date) -> tuple[dict[tuple[str, ...], Acceptance], list[str]]:
    """Return the acceptances that hold on a day by their key, and what of the file was not understood."""
    path = acceptances_path(settings)
    if not path.exists():
        return {}, []
    holding: dict[tuple[str, ...], Acceptance] = {}
    problems = []
    from orchestration.spreadsheets.readers import Unreadable, decode

    try:
        # Excel in Thai writes a CSV in CP874.
        text = decode(path.read_bytes())
    except Unreadable:
        return {}, [f"{path.name}: อ่านไม่ได้ ให้บันทึกเป็น CSV UTF-8 / cannot be read, save it as CSV UTF-8"]
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if reader.fieldnames != HEADER:
        return {}, [f"{path.name}: หัวตารางต้องเป็น / the header must be {','.join(HEADER)}"]
    for number, row in enumerate(reader, start=2):
        where = f"{path.name} บรรทัด / line {number}"
        accepted = Acceptance(**{name: (row[name] or "").strip() for name in HEADER})
        until = day_or_none(accepted.valid_until)
        if until is None:
            problems.append(
                f"{where}: valid_until ต้องเป็นวันที่ เช่น 2569-11-30 แต่พบ / must be a day such as 2026-11-30, found: "
                f"«{accepted.valid_until}»"
            )
        elif not (accepted.reason and accepted.decided_by):
            problems.append(f"{where}: ต้องเขียน reason และ decided_by / reason and decided_by must be written")
        elif names_person(accepted.decided_by):
            problems.append(
                f"{where}: decided_by ต้องเป็นตำแหน่ง ไม่ใช่ชื่อบุคคลหรืออีเมล / must be a post, no person and no mailbox"
            )
        elif date.fromisoformat(until) >= today:
            holding[accepted.key] = accepted
    return holding, problems


def to_accept(rule: str, rows: Iterable[dict[str, object]]) -> str:
    """Return the lines that accept failing rows once a reason, a post and a day are written behind them."""
    return "\n".join(
        ",".join(
            f'"{text}"' if "," in text else text
            for text in (rule, *(figure(row[name]) for name in ("round_key", "subject", "before", "now")))
        )
        + ",<reason>,<post>,<until>"
        for row in rows
    )
