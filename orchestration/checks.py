"""The two gates: which submissions are accepted, and whether the build may be published.

Each expectation is a Dagster asset check of its own, with its failing rows in the metadata.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from dagster import (
    Array,
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    Failure,
    Field,
    MetadataValue,
    Shape,
    TableColumn,
    TableMetadataValue,
    TableRecord,
    TableSchema,
    multi_asset_check,
)

from expectations import accepted, against_last_release, published
from expectations.rules import Result, Rule
from orchestration import baseline, decisions, releases
from orchestration.atomic import write_atomically
from orchestration.decisions import Asked, Decision
from orchestration.faults import again_where_it_passes
from orchestration.judged import judge, judge_frames
from orchestration.pages import url_of
from orchestration.paths import SEEDS
from orchestration.releases import NoRelease, Release
from orchestration.resources import Home
from orchestration.rounds import BANGKOK
from orchestration.settings import Settings
from orchestration.spreadsheets.layouts import messages
from orchestration.spreadsheets.tables import SOURCE, schema

MOST_ROWS_SHOWN = 50
PARTITION = "dagster/partition"
SOURCE_COLUMNS = [name for name, _ in SOURCE]


def specs(rules: Iterable[Rule], *, blocking: bool) -> list[AssetCheckSpec]:
    """Return a Dagster check per rule, on the asset of its table."""
    return [
        AssetCheckSpec(
            name=rule.name,
            asset=asset_key(rule.table),
            description=f"{rule.th}\n\nEvery row must {rule.en}. Severity: {rule.severity}.",
            blocking=blocking and rule.severity == "critical",
            metadata={"severity": rule.severity, "expectation": rule.expectation},
        )
        for rule in rules
    ]


def asset_key(table: str) -> AssetKey:
    """Return the asset of a table: `marts.finding` is marts/finding, a kind of table is accepted/<kind>."""
    return AssetKey(table.split(".")) if "." in table else AssetKey(["accepted", table])


def check_result(
    result: Result, frame: pd.DataFrame, rows: int | None = None, before: int = 0
) -> AssetCheckResult:
    """Return a rule's result for Dagster, with the rows of the frame that fail it.

    `rows` is how many were judged where the frame does not hold them all, `before` how many of them by an
    earlier run, whose verdict was kept (judged.py).
    """
    rule = result.rule
    metadata: dict[str, Any] = {"rows": len(frame) if rows is None else rows, "failing rows": len(result.rows)}
    if before:
        metadata["rows judged before"] = before
    if result.observed:
        metadata["observed"] = result.observed
    if result.rows:
        shown = frame.iloc[list(result.rows[:MOST_ROWS_SHOWN])]
        columns = [name for name in dict.fromkeys([*SOURCE_COLUMNS, *rule.needs]) if name in frame.columns]
        columns = [name for name in columns if name != "source_sha256"] or columns
        metadata["which rows"] = TableMetadataValue(
            records=[
                TableRecord({str(name): _plain(value) for name, value in record.items()})
                for record in shown[columns].to_dict("records")
            ],
            schema=TableSchema([TableColumn(name, "string") for name in columns]),
        )
    return AssetCheckResult(
        asset_key=asset_key(rule.table),
        check_name=rule.name,
        passed=result.success,
        severity=AssetCheckSeverity.ERROR if rule.severity == "critical" else AssetCheckSeverity.WARN,
        description=None if result.success else f"{rule.th} / must {rule.en}",
        metadata=metadata,
    )


def _plain(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


# -- the acceptance gate


@dataclass(frozen=True)
class Judgement:
    """What the acceptance gate found in the parsed rows of a round.

    `refused` holds, by SHA-256, the quarantine row of each submission that fails a critical rule; `failures`
    are the rows that fail a lesser one.
    """

    refused: dict[str, dict[str, Any]]
    failures: list[dict[str, Any]]
    results: list[AssetCheckResult]


def judge_submissions(settings: Settings, round_key: str) -> Judgement:
    """Judge the parsed rows of a round by expectations.accepted.

    Raises GateError where a rule cannot be judged.
    """
    columns = {table: _judged_columns(table) for table in dict.fromkeys(rule.table for rule in accepted.RULES)}
    judgement = Judgement({}, [], [])
    for judged_rule in judge(settings, round_key, accepted.RULES, columns):
        rule, failing = judged_rule.rule, judged_rule.failing
        for row in failing:
            if rule.severity == "critical":
                judgement.refused.setdefault(row["source_sha256"], _refusal(rule, row))
            else:
                judgement.failures.append(_failure(rule, row))
        result = Result(rule, not failing, tuple(range(len(failing))))
        shown = pd.DataFrame(failing[:MOST_ROWS_SHOWN])
        judgement.results.append(check_result(result, shown, judged_rule.rows, judged_rule.before))
    return judgement


def _judged_columns(table: str) -> list[str]:
    """Return what the rules of a table look at and what names a failing row: some 10 of its 50 columns."""
    rules = [rule for rule in accepted.RULES if rule.table == table]
    wanted = {name for rule in rules for name in rule.needs} | {*SOURCE_COLUMNS, "division"}
    wanted |= {f"{rule.column}_{suffix}" for rule in rules for suffix in ("cell", "as_written")}
    return [name for name in schema(table).names if name in wanted]


def _written(rule: Rule, row: pd.Series) -> tuple[str | None, str | None]:
    """Return (cell, text as written) of the column that a rule is about."""
    cell = row.get(f"{rule.column}_cell")
    written = row.get(f"{rule.column}_as_written", row.get(rule.column or ""))
    return (cell if isinstance(cell, str) else None), (None if pd.isna(written) else str(written))


def _origin(row: pd.Series) -> dict[str, Any]:
    return {name: _none_for_missing(row[name]) for name in SOURCE_COLUMNS}


def _none_for_missing(value: Any) -> Any:
    return None if value is None or pd.isna(value) else value


def _refusal(rule: Rule, row: pd.Series) -> dict[str, Any]:
    cell, written = _written(rule, row)
    message = messages()["gate_failed"]
    said = {"found": f"«{written or '-'}»", "sheet": row["source_sheet"], "row": row["source_row"]}
    return _origin(row) | {
        "division": _none_for_missing(row.get("division")),
        "cell": cell,
        "rule": rule.name,
        "scope": "file",
        "value_as_written": written,
        "expected": rule.th,
        "message_th": message.th.format(expected=rule.th, **said),
        "message_en": message.en.format(expected=f"every row must {rule.en}", **said),
        "row_text": None,
    }


def _failure(rule: Rule, row: pd.Series) -> dict[str, Any]:
    cell, written = _written(rule, row)
    return _origin(row) | {
        "table": rule.table,
        "rule": rule.name,
        "severity": rule.severity,
        "cell": cell,
        "value_as_written": written,
        "message_th": rule.th,
        "message_en": f"The row must {rule.en}.",
    }


# -- the publishing gate


class NotApproved(Exception):
    """The build has not passed the publishing gate, or is not the one that passed it."""


def approval_path(settings: Settings) -> Path:
    return settings.build / "approval.json"


def fingerprint(build_db: Path) -> str:
    """Return the SHA-256 of the build file: an approval is of these bytes and no others."""
    with build_db.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def serving(settings: Settings) -> Release | None:
    """Return the release that a new one is compared with; None before the first."""
    try:
        return releases.current(settings)
    except NoRelease:
        return None


@dataclass(frozen=True)
class Verdict:
    """What became of one rule: its result after what people have accepted, on which frame.

    `accepted` are the acceptances that turned failing rows into real changes; `skipped` says why there was
    nothing to judge; `decision` lets a critical failure through. `is_kept` says that an earlier run judged the
    very same frame.
    """

    result: Result
    frame: pd.DataFrame
    accepted: Sequence[baseline.Acceptance] = field(default=())
    skipped: str | None = None
    decision: Decision | None = None
    is_kept: bool = False

    @property
    def is_critical(self) -> bool:
        return not self.result.success and self.result.rule.severity == "critical"

    @property
    def stops(self) -> bool:
        return self.is_critical and self.decision is None

    @property
    def rows_sha256(self) -> str:
        """What a decision is about: the failing rows, or what was observed of a table as a whole."""
        rows = self.frame.iloc[list(self.result.rows)].values.tolist()
        return decisions.digest(rows or [[self.result.observed]])


NO_BASELINE = "ยังไม่มีรุ่นก่อนให้เทียบ ข้ามการตรวจนี้ / no earlier release to compare with, skipped"


def judge_build(
    settings: Settings,
    compared_with: Release | None,
    asked: Iterable[Mapping[str, str]] = (),
    round_key: str = "",
    run_id: str = "",
) -> list[AssetCheckResult]:
    """Judge the build; where nothing critical fails undecided, approve exactly this build.

    `compared_with` is the serving release, None for the first build and for a state of the past, which is
    older than what serves and must not be held against it. `asked` are decisions to publish despite a rule, with
    the keys of decisions.Asked; those about findings are of `round_key`. Writes the outcome as a page
    (data_docs_path). Raises WrongDecision where something asked for cannot be decided.
    """
    approval_path(settings).unlink(missing_ok=True)
    wanted = decisions.checked(asked, decidable(), NEVER_DECIDED)
    verdicts, problems = judged(settings, compared_with)
    critical = critical_findings(settings.build_db)
    failing = {(v.result.rule.name, ""): (len(v.result.rows), v.rows_sha256) for v in verdicts if v.is_critical}
    holding = _decided(settings, failing | critical, wanted, round_key, run_id)
    verdicts = [
        replace(v, decision=holding.get((v.result.rule.name, ""))) if v.is_critical else v for v in verdicts
    ]
    build_sha256 = fingerprint(settings.build_db)
    if not any(verdict.stops for verdict in verdicts):
        checks = [
            {
                "name": v.result.rule.name,
                "table": v.result.rule.table,
                "severity": v.result.rule.severity,
                "passed": v.result.success,
                "failing_rows": len(v.result.rows),
            }
            | ({"skipped": v.skipped} if v.skipped else {})
            | ({"accepted": [vars(accepted) for accepted in v.accepted]} if v.accepted else {})
            | ({"despite": v.decision.as_dict()} if v.decision else {})
            for v in verdicts
        ]
        approval = {
            "build_sha256": build_sha256,
            "checks": checks,
            "decisions": [decision.as_dict() for decision in holding.values()],
        }
        text = json.dumps(approval, indent=2, ensure_ascii=False)
        write_atomically(approval_path(settings), lambda path: path.write_text(text, encoding="utf-8"))
    page = write_data_docs(settings, build_sha256, verdicts, problems)
    return [_shown(settings, verdict, problems, page) for verdict in verdicts]


NEVER_DECIDED = frozenset(
    rule.name for rule in against_last_release.RULES if rule.measure == against_last_release.WITHIN_ONE_BUILD
)


def decidable() -> set[str]:
    """Return the names of the gate's critical rules, and of the critical findings that make a report a draft."""
    with (SEEDS / "finding_rule.csv").open(encoding="utf-8-sig", newline="") as file:
        of_findings = {row["rule"] for row in csv.DictReader(file) if row["severity"] == "critical"}
    of_gate = {r.name for r in [*published.RULES, *against_last_release.RULES] if r.severity == "critical"}
    return (of_gate - NEVER_DECIDED) | of_findings


def critical_findings(build_db: Path) -> dict[tuple[str, str], tuple[int, str]]:
    """Return how many critical findings stand in the build and their digest, by rule and round."""
    with duckdb.connect(str(build_db), read_only=True) as connection:
        rows = connection.execute(
            "select rule, round_key, list(finding_id) from marts.finding where severity = 'critical' group by all"
        ).fetchall()
    return {(rule, key): (len(ids), decisions.digest([[i] for i in ids])) for rule, key, ids in rows}


def _decided(
    settings: Settings,
    failing: Mapping[tuple[str, str], tuple[int, str]],
    wanted: list[Asked],
    round_key: str,
    run_id: str,
) -> dict[tuple[str, str], Decision]:
    """Return the decision that covers each failing rule of a round, with the new ones kept."""
    holding, new = {}, []
    before = decisions.kept(settings)
    now = datetime.now(BANGKOK).isoformat(timespec="seconds")
    for (rule, of_round), (rows, sha256) in failing.items():
        known = [d for d in before if d.is_about(rule, of_round, sha256)]
        asked = [a for a in wanted if a.rule == rule and of_round in ("", round_key)]
        if known:
            holding[rule, of_round] = known[-1]
        elif asked:
            made = Decision(rule, of_round, rows, sha256, asked[-1].reason, asked[-1].decided_by, now, run_id)
            holding[rule, of_round] = made
            new.append(made)
    decisions.keep(settings, new)
    return holding


def judged(settings: Settings, compared_with: Release | None) -> tuple[list[Verdict], list[str]]:
    """Return a verdict per rule, and what of accepted_changes.csv was not understood."""
    frames = {}
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        for table in dict.fromkeys(rule.table for rule in published.RULES):
            needed = {name for rule in published.RULES if rule.table == table for name in rule.needs}
            there = connection.table(table).columns
            wanted = [name for name in there if name in needed or name in SOURCE_COLUMNS]
            frames[table] = connection.table(table).select(*wanted).df()
    frames |= baseline.measured(settings.build_db, compared_with.warehouse if compared_with else None)
    rules = [*published.RULES, *against_last_release.RULES]
    found, kept = judge_frames(settings, frames, [rule for rule in rules if rule.frame in frames])
    results = {result.rule.name: result for result in found}
    holding, problems = baseline.acceptances(settings, datetime.now(BANGKOK).date())
    return [
        replace(_after_acceptance(results[rule.name], frames[rule.frame], holding), is_kept=rule.frame in kept)
        if rule.name in results
        else Verdict(Result(rule, True), pd.DataFrame(), skipped=NO_BASELINE)
        for rule in rules
    ], problems


def acceptable(rule: Rule) -> bool:
    """Tell whether a failure can be a real change. Tables of one build that contradict each other never are."""
    return rule.measure in baseline.MEASURES


def _after_acceptance(
    result: Result, frame: pd.DataFrame, holding: dict[tuple[str, ...], baseline.Acceptance]
) -> Verdict:
    if not acceptable(result.rule) or not result.rows:
        return Verdict(result, frame)
    failing = {position: frame.iloc[position] for position in result.rows}
    keys = {
        position: (
            result.rule.name,
            *(baseline.figure(row[name]) for name in against_last_release.COLUMNS),
        )
        for position, row in failing.items()
    }
    left = tuple(position for position, key in keys.items() if key not in holding)
    used = tuple(holding[key] for key in keys.values() if key in holding)
    return Verdict(replace(result, success=not left, rows=left), frame, used)


def _shown(settings: Settings, verdict: Verdict, problems: list[str], page: Path) -> AssetCheckResult:
    """Return a verdict for Dagster: with how to let a real change through, and the page of them all."""
    before = len(verdict.frame) if verdict.is_kept else 0
    shown = check_result(verdict.result, verdict.frame, before=before)
    more: dict[str, Any] = {"data docs": MetadataValue.url(url_of(settings, page))}
    if verdict.skipped:
        more["skipped"] = verdict.skipped
    if verdict.accepted:
        more["accepted changes"] = MetadataValue.md(
            "\n".join(
                f"- {a.round_key} {a.subject}: {a.before} → {a.now}. {a.reason}"
                f" ({a.decided_by}, until {a.valid_until})"
                for a in verdict.accepted
            )
        )
    if verdict.decision:
        more["published despite"] = MetadataValue.md(
            f"{decisions.said_th(verdict.decision.as_dict())}\n\n{decisions.said_en(verdict.decision.as_dict())}"
        )
        shown = shown._replace(severity=AssetCheckSeverity.WARN)
    elif verdict.stops and verdict.result.rule.name not in NEVER_DECIDED:
        more["publish despite it"] = MetadataValue.md(DESPITE.format(rule=verdict.result.rule.name))
    if acceptable(verdict.result.rule) and not verdict.result.success and not verdict.decision:
        if problems:
            more["accepted_changes.csv"] = MetadataValue.md("\n".join(f"- {problem}" for problem in problems))
        more["if the change is real"] = MetadataValue.md(
            "เพิ่มบรรทัดเหล่านี้ใน accepted_changes.csv พร้อมเหตุผล ตำแหน่งผู้อนุมัติ และวันหมดอายุ / add to accepted_changes.csv "
            f"with reason, post and day:\n\n```\n{acceptance_lines(verdict)}\n```"
        )
    return shown._replace(metadata={**shown.metadata, **more})


DESPITE = """\
หากต้องเผยแพร่ทั้งที่ไม่ผ่าน ให้เปิด run นี้ใน launchpad แล้วเติม (เหตุผลและตำแหน่งจะอยู่ในทะเบียน ในชุดข้อมูล และในรายงาน) /
to publish despite it, open the run in the launchpad and add (reason and post go on record, into the release and
into the reports):

```yaml
ops:
  publishing_gate:
    config:
      publish_despite:
        - rule: {rule}
          reason: "…"
          decided_by: "…"
```

บรรทัดคำสั่ง / on the command line:
python -m orchestration round <round> --despite {rule} --because "…" --decided-by "…"\
"""


def acceptance_lines(verdict: Verdict) -> str:
    rows = verdict.frame.iloc[list(verdict.result.rows[:MOST_ROWS_SHOWN])].to_dict("records")
    return baseline.to_accept(verdict.result.rule.name, [{str(k): v for k, v in row.items()} for row in rows])


def data_docs_path(settings: Settings, build_sha256: str) -> Path:
    return settings.home / "checks" / f"{build_sha256[:16]}.html"


def write_data_docs(settings: Settings, build_sha256: str, verdicts: list[Verdict], problems: list[str]) -> Path:
    """Write what the publishing gate found as one page without scripts or requests; return its path.

    Great Expectations' own Data Docs load a dozen scripts and style sheets from other people's servers, which a
    closed network does not reach, so the page is made here from the same results.
    """
    from orchestration.reports.page import render

    rows = [
        {
            "rule": v.result.rule,
            "outcome": "skipped"
            if v.skipped
            else "despite"
            if v.decision
            else "accepted"
            if v.accepted and v.result.success
            else "passed"
            if v.result.success
            else v.result.rule.severity,
            "judged": len(v.frame),
            "failing": [
                {
                    str(name): "" if value is None or value != value else baseline.figure(value)
                    for name, value in record.items()
                    if name != "source_sha256"
                }
                for record in v.frame.iloc[list(v.result.rows[:MOST_ROWS_SHOWN])].to_dict("records")
            ],
            "more": max(0, len(v.result.rows) - MOST_ROWS_SHOWN),
            "observed": v.result.observed,
            "accepted": v.accepted,
            "skipped": v.skipped,
            "despite": decisions.said_th(v.decision.as_dict()) if v.decision else "",
            "lines": acceptance_lines(v) if acceptable(v.result.rule) and not v.result.success else "",
        }
        for v in verdicts
    ]
    rows.sort(key=lambda row: ORDER.index(str(row["outcome"])))
    path = data_docs_path(settings, build_sha256)
    write_atomically(
        path,
        lambda temporary: render(
            "publishing_gate.html",
            temporary,
            rows=rows,
            problems=problems,
            build=build_sha256[:16],
            stopped=any(v.stops for v in verdicts),
            order=ORDER,
        ),
    )
    pages = sorted(path.parent.glob("*.html"), key=lambda page: page.stat().st_mtime_ns)
    for old in pages[:-PAGES_KEPT]:
        old.unlink(missing_ok=True)
    return path


PAGES_KEPT = 100
ORDER = ("critical", "despite", "warning", "info", "accepted", "passed", "skipped")


@dataclass(frozen=True)
class Approval:
    """What goes with a build into its release: the outcome of each check, and decisions that let it through."""

    checks: list[dict[str, Any]]
    decisions: list[dict[str, Any]]


def approved_checks(settings: Settings) -> list[dict[str, Any]]:
    """Return the checks that the present build passed. Raises NotApproved where it has not passed the gate."""
    return approval(settings).checks


def approval(settings: Settings) -> Approval:
    """Return the approval of the present build. Raises NotApproved where it has not passed the gate."""
    path = approval_path(settings)
    if not path.exists():
        raise NotApproved("the build has not passed the publishing gate; run the job round_report")
    found = json.loads(path.read_text(encoding="utf-8"))
    if found["build_sha256"] != fingerprint(settings.build_db):
        raise NotApproved("the build has changed since it passed the publishing gate; run the job round_report")
    return Approval(found["checks"], found.get("decisions", []))


@multi_asset_check(
    name="publishing_gate",
    specs=specs([*published.RULES, *against_last_release.RULES], blocking=True),
    description="Great Expectations on the marts of the build: a critical failure stops the release, unless the "
    "config decides to publish despite it.",
    config_schema={
        "publish_despite": Field(
            Array(
                Shape(  # type: ignore[no-untyped-call]
                    {
                        "rule": Field(str, description="ชื่อข้อที่ไม่ผ่าน / the critical check or finding"),
                        "reason": Field(str, description="เหตุผล / why, for the report and the record"),
                        "decided_by": Field(str, description="ตำแหน่ง ไม่ใช่ชื่อ / a post, not a name"),
                    }
                )
            ),
            default_value=[],
            description="เผยแพร่ทั้งที่ไม่ผ่าน พร้อมเหตุผล / publish despite a critical check or finding. It is kept in "
            "publishing_decisions.csv, in the release's manifest and in the report, and holds for the failing "
            "rows as they are now.",
        )
    },
)
@again_where_it_passes
def publishing_gate(context: AssetCheckExecutionContext, home: Home) -> Iterator[AssetCheckResult]:
    """Judge every rule of expectations.published and against_last_release on the build."""
    settings = home.settings()
    asked = context.op_execution_context.op_config["publish_despite"]
    round_key = context.run.tags.get(PARTITION, "")
    try:
        results = judge_build(settings, serving(settings), asked, round_key, context.run.run_id)
    except decisions.WrongDecision as error:
        raise Failure(str(error), allow_retries=False) from error
    holding = {decision["rule"] for decision in approval(settings).decisions} if not stopped(results) else set()
    for one in asked:
        if one["rule"] not in holding:
            context.log.warning("%s did not fail here: nothing was decided about it", one["rule"])
    yield from results


def stopped(results: Iterable[AssetCheckResult]) -> bool:
    """Tell whether the gate stays shut."""
    return any(not r.passed and r.severity is AssetCheckSeverity.ERROR for r in results)
