"""The two gates: which submissions are accepted, and whether the build may be published.

Each expectation is a Dagster asset check of its own, with its failing rows in the metadata.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    TableColumn,
    TableMetadataValue,
    TableRecord,
    TableSchema,
    multi_asset_check,
)

from expectations import accepted, published
from expectations.rules import Result, Rule
from orchestration.intake import read_parsed, write_atomically
from orchestration.resources import Home
from orchestration.settings import Settings
from orchestration.spreadsheets.layouts import messages
from orchestration.spreadsheets.tables import SOURCE

MOST_ROWS_SHOWN = 50
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


def check_result(result: Result, frame: pd.DataFrame) -> AssetCheckResult:
    """Return a rule's result for Dagster, with the rows of the frame that fail it."""
    rule = result.rule
    metadata: dict[str, Any] = {"rows": len(frame), "failing rows": len(result.rows)}
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


class GateError(Exception):
    """A rule could not be judged, so the gate stays shut."""


def judge_submissions(settings: Settings, round_key: str) -> Judgement:
    """Judge the parsed rows of a round by expectations.accepted.

    Raises GateError where a rule cannot be judged.
    """
    from expectations.bridge import validate

    frames = {
        table: read_parsed(settings, round_key, table).to_pandas()
        for table in dict.fromkeys(rule.table for rule in accepted.RULES)
    }
    judgement = Judgement({}, [], [])
    for result in validate(frames, accepted.RULES):
        frame = frames[result.rule.table]
        if not result.success and not result.rows:
            raise GateError(f"{result.rule.name}: {result.observed}")
        for position in result.rows:
            failing = frame.iloc[position]
            if result.rule.severity == "critical":
                judgement.refused.setdefault(failing["source_sha256"], _refusal(result.rule, failing))
            else:
                judgement.failures.append(_failure(result.rule, failing))
        judgement.results.append(check_result(result, frame))
    return judgement


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


def judge_build(settings: Settings) -> list[AssetCheckResult]:
    """Judge the build by expectations.published; where nothing critical fails, approve exactly this build."""
    from expectations.bridge import validate

    approval_path(settings).unlink(missing_ok=True)
    frames = {}
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        for table in dict.fromkeys(rule.table for rule in published.RULES):
            needed = {name for rule in published.RULES if rule.table == table for name in rule.needs}
            there = connection.table(table).columns
            wanted = [name for name in there if name in needed or name in SOURCE_COLUMNS]
            frames[table] = connection.table(table).select(*wanted).df()
    results = validate(frames, published.RULES)
    if all(result.success or result.rule.severity != "critical" for result in results):
        checks = [
            {
                "name": result.rule.name,
                "table": result.rule.table,
                "severity": result.rule.severity,
                "passed": result.success,
                "failing_rows": len(result.rows),
            }
            for result in results
        ]
        text = json.dumps({"build_sha256": fingerprint(settings.build_db), "checks": checks}, indent=2)
        write_atomically(approval_path(settings), lambda path: path.write_text(text, encoding="utf-8"))
    return [check_result(result, frames[result.rule.table]) for result in results]


def approved_checks(settings: Settings) -> list[dict[str, Any]]:
    """Return the checks that the present build passed. Raises NotApproved where it has not passed the gate."""
    path = approval_path(settings)
    if not path.exists():
        raise NotApproved("the build has not passed the publishing gate; run the job round_report")
    approval = json.loads(path.read_text(encoding="utf-8"))
    if approval["build_sha256"] != fingerprint(settings.build_db):
        raise NotApproved("the build has changed since it passed the publishing gate; run the job round_report")
    return approval["checks"]


@multi_asset_check(
    name="publishing_gate",
    specs=specs(published.RULES, blocking=True),
    description="Great Expectations on the marts of the build: a critical failure stops the release.",
)
def publishing_gate(context: AssetCheckExecutionContext, home: Home) -> Iterator[AssetCheckResult]:
    """Judge every rule of expectations.published against the build."""
    yield from judge_build(home.settings())
