"""What a run says on the terminal: where things are, the headline figures, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
from dagster import AssetCheckSeverity, ExecuteInProcessResult

from orchestration import releases
from orchestration.as_of import PastState
from orchestration.intake import NOT_RECEIVED
from orchestration.ledger import Ledger
from orchestration.settings import MEMO_OF_THE_SAMPLE, Settings


def summarise(settings: Settings, round_key: str) -> str:
    """Return the summary of a round in the current release as lines of text."""
    from orchestration.reports import formats
    from orchestration.reports.data import read_no_list

    release = releases.current(settings)
    # Where a release is held, what this run found is in the one that waits behind it.
    newest = releases.waiting(settings) or release
    with (
        duckdb.connect(str(release.warehouse), read_only=True) as connection,
        duckdb.connect(str(newest.warehouse), read_only=True) as found,
    ):
        lines = [f"{round_key}  release {release.release_id}", ""]
        for row in _rows(
            connection,
            "select *, exists (select 1 from core.fct_budget as b where b.source = 'division'"
            " and b.round_key = s.round_key and b.lgo_code = s.lgo_code) as has_forms"
            " from marts.round_summary as s join core.dim_lgo using (lgo_code)"
            " where round_key = ? order by lgo_code",
            round_key,
        ):
            lines += [
                f"  {row['lgo_name']}",
                f"    ร้อยละการนำแผนฯ ไปปฏิบัติ / implementation   {_or_dash(row['implementation_pct'])} %"
                f"  ({_or_dash(row['initial_completed'])}/{_or_dash(row['minimum_projects'])})"
                f"  ระดับ {_or_dash(row['implementation_level_th'])}",
                f"    เบิกจ่าย / disbursed   {row['disbursed_baht']:,.2f} จาก / of {row['budget_baht']:,.2f} บาท"
                f"  = {_or_dash(row['disbursed_pct'])} %",
            ]
            if not row["has_forms"]:
                no_form_th, no_form_en = formats.MISSING_SIDES["division"]
                lines += [f"    {no_form_th} จึงยังไม่ได้เทียบ / {no_form_en}: nothing was compared"]
        if no_list := read_no_list(connection, round_key):
            lines += [f"  {said}" for said in no_list]
        lines += nothing_usable(settings, round_key)
        lines += _counted(connection, "แฟ้ม / files", "marts.submission_ledger", "outcome", "outcome", round_key)
        lines += files_to_mend(found, round_key)
        lines += _counted(connection, "ข้อค้นพบ / findings", "marts.finding", "rule", "title_th", round_key)
        lines += _counted(
            connection, "ส่วนต่าง / differences", "marts.reconciliation", "rule", "title_th", round_key
        )
        agree = _rows(
            connection,
            "select count(*) as stated, count(computed_value) as computed,"
            " count(*) filter (where agrees) as agreeing from marts.published_figure where round_key = ?",
            round_key,
        )[0]
        lines += [
            "",
            f"  ตัวเลขที่ประกาศ / published figures: {agree['stated']}, computed {agree['computed']}, "
            f"agreeing {agree['agreeing']}",
        ]
    if waiting := releases.waiting(settings):
        hold = releases.held(settings)
        lines += [
            "",
            f"  ชุดข้อมูลที่ใช้อยู่ถูกตรึงไว้ ชุดใหม่ยังไม่เผยแพร่ / held: {hold.because if hold else ''}",
            f"  ชุดใหม่ / new, not served: {waiting.release_id}; รายงาน / reports: "
            f"{settings.reports / round_key / waiting.release_id}",
            "  เมื่อตรวจแล้วสั่ง / when looked at: python -m orchestration resume",
        ]
    reports = sorted((settings.reports / round_key / releases.CURRENT).iterdir())
    lines += [
        "",
        f"  warehouse  {settings.releases / releases.CURRENT / 'warehouse.duckdb'}",
        *(f"  report     {path}" for path in reports),
    ]
    if any(path.name.startswith("memo_") for path in reports) and settings.memo_is_the_samples():
        lines += ["", f"  {MEMO_OF_THE_SAMPLE}"]
    return "\n".join(lines)


def of_past_state(state: PastState, until: datetime, round_key: str) -> str:
    """Return what a round was as known at a moment as lines of text: where things are, what was missing."""
    from orchestration.reports.data import read_no_list

    lines = [f"{round_key} as known on {until:%Y-%m-%d %H:%M} (Bangkok)"]
    with duckdb.connect(str(state.release.warehouse), read_only=True) as connection:
        lines += [f"  {said}" for said in read_no_list(connection, round_key) or ()]
    lines += [f"  warehouse  {state.release.warehouse}", *(f"  report     {path}" for path in state.reports)]
    return "\n".join(lines)


# More are in the tables.
MOST_FILES = 20
REFUSED = "แฟ้มที่ยังไม่ได้รับเข้าระบบ / files that were refused"
LEFT_OUT = "แถวที่ยังไม่นับ แถวอื่นของแฟ้มนับแล้ว / rows that do not count yet; the others of the file do"
# What a failed check says a person can do, in this order.
TO_DO = ("observed", "accepted_changes.csv", "if the change is real", "publish despite it", "data docs")


def refused_files(settings: Settings, round_key: str) -> list[str]:
    """Return the files of a round that are refused, each with why and what to do, as lines of text.

    Without a release, which knows better what stands: see `files_to_mend`.
    """
    refused = Ledger(settings.ledger).refused(round_key) if settings.ledger.exists() else []
    return _said(REFUSED, refused, "marts.submission_ledger")


def files_to_mend(connection: duckdb.DuckDBPyConnection, round_key: str) -> list[str]:
    """Return what does not count of a round's files, each with why and what to do, as lines of text.

    What a later file stands for is no longer asked for.
    """
    found = _rows(
        connection,
        "select rule = 'file_quarantined' as is_whole, concat_ws(' · ', source_file, source_sheet) as place,"
        " source_file, message_th, message_en from marts.finding where round_key = ? and rule in"
        " ('file_quarantined', 'row_quarantined', 'export_row_quarantined', 'figure_withdrawn_by_refusal')"
        " order by source_file, source_sheet, source_row, finding_id",
        round_key,
    )
    files = [(str(r["source_file"]), str(r["message_th"]), str(r["message_en"])) for r in found if r["is_whole"]]
    rows = [(str(r["place"]), str(r["message_th"]), str(r["message_en"])) for r in found if not r["is_whole"]]
    return _said(REFUSED, files, "marts.finding") + _said(LEFT_OUT, rows, "marts.finding")


def _said(title: str, what: Sequence[tuple[str, str, str]], where: str) -> list[str]:
    """Return (place, message_th, message_en) below a title as lines of text; nothing of nothing."""
    if not what:
        return []
    lines = ["", f"  {title}"]
    for place, message_th, message_en in what[:MOST_FILES]:
        lines += [f"    {place}", f"      {message_th}", f"      {message_en}"]
    more = len(what) - MOST_FILES
    return lines + ([f"    … และอีก / and {more:,} more: {where}"] if more > 0 else [])


def nothing_usable(settings: Settings, round_key: str) -> list[str]:
    """Return where to put files, as lines of text, while a round has none that counts."""
    outcomes = Ledger(settings.ledger).outcomes(round_key) if settings.ledger.exists() else {}
    if outcomes.keys() - {"quarantined"}:
        return []
    if outcomes:
        th = "ยังไม่มีแฟ้มที่ใช้ได้ ให้แก้ตามข้อความของแต่ละแฟ้ม แล้ววางแฟ้มใหม่ไว้ใน"
        en = "no file can be used; mend each as is said of it, and put the new ones into"
    else:
        th = "ยังไม่ได้รับแฟ้มใด ให้วางแบบของหน่วยงานและแฟ้มส่งออกจาก e-PlanNACC ไว้ใน"
        en = "nothing has been received yet; put the forms of divisions and the export of e-PlanNACC into"
    return [
        "",
        f"  {round_key}: {th}",
        f"  {en}",
        f"    {settings.inbox / round_key}",
        f"  แล้วสั่ง / then: python -m orchestration round {round_key}",
    ]


def not_received(result: ExecuteInProcessResult) -> list[str]:
    """Return what lies in the drop folder and was not received, each with why, as lines of text.

    Nothing else says so on the terminal: a run by hand does not print the log.
    """
    return [
        line
        for made in result.asset_materializations_for_node("submissions")
        if NOT_RECEIVED in made.metadata
        for line in [
            "",
            f"  {NOT_RECEIVED}",
            *(f"    {said}" for said in str(made.metadata[NOT_RECEIVED].value).split("\n")),
        ]
    ]


def failures(result: ExecuteInProcessResult) -> list[str]:
    """Return why a run failed as lines of text: critical checks with what to do about them, then failed steps.

    Only of what nobody foresaw with its stack trace.
    """
    lines = []
    for check in result.get_asset_check_evaluations():
        # Without a word it was not judged, because something before it failed.
        if check.passed or check.severity != AssetCheckSeverity.ERROR or not check.description:
            continue
        lines += ["", f"{check.asset_key.to_user_string()}: {check.check_name}: {check.description}"]
        found = {name: str(value.value) for name, value in check.metadata.items() if name in TO_DO}
        lines += [f"  {name}: {found[name]}" for name in TO_DO if name in found]
    for event in result.get_step_failure_events():
        data = event.step_failure_data
        # Its cause is among the checks.
        if data.error and data.error.cls_name == "DagsterAssetCheckFailedError":
            continue
        said = data.user_failure_data
        lines += ["", f"{event.step_key}: {said.description if said else data.error_display_string}"]
        lines += [f"  {name}: {value.value}" for name, value in (said.metadata if said else {}).items()]
    return lines


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: str) -> list[dict[str, Any]]:
    result = connection.execute(sql, list(values))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _counted(
    connection: duckdb.DuckDBPyConnection, title: str, table: str, code: str, thai: str, round_key: str
) -> list[str]:
    """Return how many rows of a round have each code, worst first; nothing of nothing.

    `code` and `thai` are columns: what a query asks for, and what a person reads.
    """
    from orchestration.reports.formats import OUTCOMES, SEVERITIES, severity_rank, word

    severity = "null" if table == "marts.submission_ledger" else "severity"
    rows = _rows(
        connection,
        f"select {severity} as severity, {code} as code, {thai} as thai, count(*) as n from {table}"
        " where round_key = ? group by all",
        round_key,
    )
    lines = []
    for row in sorted(rows, key=lambda row: (severity_rank(row["severity"]), str(row["code"]))):
        said_th, said_en = word(OUTCOMES, row["thai"]), row["code"]
        if row["severity"]:
            said_th, said_en = f"{word(SEVERITIES, row['severity'])}: {said_th}", f"{row['severity']} {said_en}"
        lines.append(f"    {row['n']:>4}  {said_th} / {said_en}")
    return ["", f"  {title}", *lines] if lines else []


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)
