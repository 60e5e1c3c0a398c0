"""The explorer: one HTML file per round in which every figure opens what it is made of, down to the cell.

Self-contained: data (compressed), charts' library (Vega, from vl-convert), fonts and code are inside; no request
leaves the page. The page's own policy runs only the scripts written here, by their hashes. It decides nothing:
figures, levels and ranks are the warehouse's; it adds up parts only to show that they make the figure.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache as remembered
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import Markup

from orchestration.decisions import said_en, said_th
from orchestration.reports import formats
from orchestration.reports.data import add_english_titles, query, read_calendar
from orchestration.reports.page import environment

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
FACES = ((400, "SucharitSarabun-Regular.ttf"), (700, "SucharitSarabun-Bold.ttf"))

# A project's ordinance comes from its first listing or from its parts, as in dimension_summary; a listing goes to
# the first initial project that claims it, to a starred one only where no initial one does.
LINES = """
    with bridge as (
        -- The reports of an earlier version's release, which knows no parts, are written when it is served again.
        from core.bridge_listing_project union all by name (select null::boolean as is_part where false)
    ),
    claimed as (
        select bridge.project_id, line.line_id
        from bridge
        inner join core.dim_project as project on bridge.project_id = project.project_id
        inner join core.fct_budget as line
            on line.source = 'division' and not line.is_repeated_line
            and line.round_key = bridge.round_key and line.lgo_code = bridge.lgo_code
            and line.listing_code = bridge.listing_code
        where (bridge.is_primary_listing or bridge.is_part) and project.eplan_seq is not null
            and bridge.round_key = $round_key
        qualify row_number() over (
            partition by bridge.round_key, bridge.lgo_code, bridge.listing_code
            order by project.is_initial desc, project.eplan_seq
        ) = 1
    )
    select
        b.line_id, b.lgo_code, b.source, b.project_id, project.is_initial, b.listing_code, b.eplan_seq, b.division,
        coalesce(project.dimension, b.dimension) as dimension, b.mission,
        coalesce(b.name_as_listed, b.name_as_written, project.name) as name,
        b.budget_plan_baht, b.budget_ordinance_baht, b.transfer_in_baht, b.transfer_out_baht, b.disbursed_baht,
        b.remaining_baht, b.remaining_computed_baht, b.counts_towards_total, b.is_same_money_again, b.no_budget,
        b.remark, s.status, b.source_file, b.source_sheet, b.source_row,
        b.name_cell, b.budget_plan_cell, b.budget_plan_as_written, b.budget_ordinance_cell,
        b.budget_ordinance_as_written, b.disbursed_cell, b.disbursed_as_written, b.remaining_cell,
        b.remaining_as_written, s.status_cell, s.status_as_written, b.corrected_fields,
        claimed.line_id is not null as is_ordinance_of_project
    from core.fct_budget as b
    inner join core.fct_status as s on b.line_id = s.line_id
    left join core.dim_project as project on b.project_id = project.project_id
    left join claimed on b.line_id = claimed.line_id and b.project_id = claimed.project_id
    where b.round_key = $round_key
    order by b.lgo_code, b.source desc, b.eplan_seq, b.listing_code, b.line_id
"""
TABLES = {
    "round": "select * from core.dim_round where round_key = $round_key",
    "lgo": """
        select r.* exclude (ranking_id, round_key), s.* exclude (round_key, lgo_code, implementation_pct)
        from marts.provincial_ranking as r
        left join marts.round_summary as s on r.round_key = s.round_key and r.lgo_code = s.lgo_code
        where r.round_key = $round_key
        order by r.province_code, r.rank_in_province nulls last, r.lgo_code
    """,
    "dimension": """
        select * exclude (round_key) from marts.dimension_summary where round_key = $round_key order by all
    """,
    "mission": "select * exclude (round_key) from marts.mission_summary where round_key = $round_key order by all",
    "project_mission": """
        select project_id, dimension, mission from core.bridge_project_mission
        where round_key = $round_key and counts_once order by all
    """,
    "line": LINES,
    "movement": """
        select line_id, direction, amount_baht, cell, as_written
        from core.fct_budget_movement where round_key = $round_key order by line_id, transfer_seq
    """,
    "change": """
        select * exclude (round_key) from marts.round_over_round where round_key = $round_key and has_earlier
        order by lgo_code, comparison
    """,
    "finding": """
        select finding_id, rule, severity, title_th, title_en, lgo_code, division, listing_code, eplan_seq,
            message_th, message_en, source_file, source_sheet, source_row, source_cell, value_as_written
        from marts.finding where round_key = $round_key
        -- As in the round report: by rule and place.
        order by
            rule, coalesce(source_file, ''), coalesce(source_sheet, ''), coalesce(source_row, 0), finding_id
    """,
    "reconciliation": """
        select reconciliation_id, rule, severity, title_th, lgo_code, division, project_id, listing_code,
            eplan_seq, measure, division_value, eplan_value, difference_baht, message_th, message_en,
            division_source_file, division_source_sheet, division_source_row, division_cell,
            division_value_as_written, eplan_source_file, eplan_source_sheet, eplan_source_row, eplan_cell,
            eplan_value_as_written
        from marts.reconciliation where round_key = $round_key
        order by lgo_code, rule, eplan_seq nulls last, reconciliation_id
    """,
    "published": """
        select figure_id, figure_order, lgo_code, section, label, label_th, unit, published_value, computed_value,
            agrees, explanation, explanation_en, source_file, source_sheet, source_row, source_cell,
            value_as_written
        from marts.published_figure where round_key = $round_key order by figure_order, figure_id, lgo_code
    """,
    "file": """
        select source_file, outcome, lgo_code, division, kinds, received_at, is_late, is_current, superseded_by,
            rows_accepted, rows_quarantined, message_th, message_en
        from marts.submission_ledger where round_key = $round_key order by source_file, received_at
    """,
}


def read(connection: duckdb.DuckDBPyConnection, round_key: str) -> dict[str, Any]:
    """Return every table of the explorer as {"columns": […], "rows": [[…]]}; money in baht, dates as text."""
    tables: dict[str, Any] = {}
    for name, sql in TABLES.items():
        rows = query(connection, sql, {"round_key": round_key})
        if name == "reconciliation":
            add_english_titles(rows)
        columns = list(rows[0]) if rows else []
        tables[name] = {"columns": columns, "rows": [[_plain(row[c]) for c in columns] for row in rows]}
    return tables


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return value


def thresholds(plan_period: str, months: int) -> list[float]:
    """The lower bounds of medium and high in percent, for drawing the bands (seeds/implementation_level.csv)."""
    from orchestration.reports.ranking import thresholds as of_round

    return list(of_round(plan_period, months))


@remembered
def charts_library(cache: Path | None) -> str:
    """Return Vega, Vega-Lite and vega-embed as one script. Bundling takes seconds, so it is kept in ``cache``."""
    import vl_convert

    kept = cache / f"vega-{version('vl-convert-python')}.js" if cache else None
    if kept and kept.exists():
        return kept.read_text(encoding="utf-8")
    script: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_suffix(".draft")
        draft.write_text(script, encoding="utf-8")
        draft.replace(kept)
    return script


def write_explorer(
    connection: duckdb.DuckDBPyConnection,
    release_id: str,
    round_key: str,
    path: Path,
    cache: Path | None = None,
    decisions: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write the explorer of a round to ``path``. The same release gives the same bytes.

    Raises LookupError where the release does not know the round.
    """
    round_ = read_calendar(connection, round_key)
    tables = read(connection, round_key)
    critical = 0
    if tables["finding"]["rows"]:
        severity, rule = (tables["finding"]["columns"].index(name) for name in ("severity", "rule"))
        decided = {decision["rule"] for decision in decisions}
        critical = sum(
            row[severity] == "critical" and row[rule] not in decided for row in tables["finding"]["rows"]
        )
    data = {
        "release": release_id,
        "round_key": round_key,
        "critical": critical,
        "despite": [[said_th(decision), said_en(decision)] for decision in decisions],
        "bands": thresholds(round_["plan_period"], round_["months"]),
        "words": _words(),
        "tables": tables,
    }
    packed = gzip.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0)
    scripts = [charts_library(cache), (TEMPLATES / "explorer.js").read_text(encoding="utf-8")]
    # A library's text must not close the element that it stands in.
    scripts = [script.replace("</script", "<\\/script").replace("\r\n", "\n") for script in scripts]
    hashes = " ".join(f"'sha256-{_base64(hashlib.sha256(script.encode()).digest())}'" for script in scripts)
    faces = "".join(
        f"@font-face{{font-family:'Sucharit Sarabun';font-weight:{weight};"
        f"src:url(data:font/ttf;base64,{_base64((FONTS / name).read_bytes())})}}"
        for weight, name in FACES
    )
    page = environment().get_template("explorer.html")
    text = page.render(
        round_key=round_key,
        release_id=release_id,
        script_hashes=Markup(hashes),
        faces=Markup(faces),
        style=Markup((TEMPLATES / "explorer.css").read_text(encoding="utf-8")),
        packed=_base64(packed),
        scripts=[Markup(script) for script in scripts],
    )
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _words() -> dict[str, Any]:
    """The words for codes, Thai and English, that all reports share."""
    return {
        "status": formats.STATUSES,
        "severity": formats.SEVERITIES,
        "level": formats.LEVELS,
        "outcome": formats.OUTCOMES,
        "missing": formats.MISSING_SIDES,
    }
