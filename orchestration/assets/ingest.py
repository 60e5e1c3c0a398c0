"""From the drop folder to accepted rows: two assets a round, the second with a check per expectation."""

from collections import Counter
from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    TableColumn,
    TableSchema,
    asset,
    multi_asset,
)

from expectations import accepted
from orchestration import intake
from orchestration.checks import judge_submissions, specs
from orchestration.ledger import SUBMISSION, Ledger
from orchestration.partitions import rounds_partitions
from orchestration.resources import Home
from orchestration.spreadsheets.tables import kinds, schema, tables

GROUP = "ingest"
DESCRIPTIONS = {
    "division_listing": "แบบติดตามของกอง/สำนัก: one row per listing of a division's monitoring form.",
    "eplan_project": "รายการโครงการใน e-PlanNACC: one row per project of the export.",
    "eplan_summary": "สรุปผลการขับเคลื่อนแผนฯ: one row per summary of an export.",
    "eplan_dimension": "รายงานตามมิติ: one row per dimension (and total) of an export.",
    "eplan_status": "สถานะโครงการ: one row per status table of an export.",
    "ranking": "ผลระดับจังหวัด: one row per local government of a ranking export.",
    "ranking_count": "จำนวน อปท. ตามระดับ: one row per level below a ranking export.",
    "crosswalk": "Reviewed pairs of listings and e-PlanNACC projects.",
    "transfer": "โอนเพิ่ม/โอนลด: one row per budget transfer found inside a cell.",
    "repair": "What the reader put right and how: one row per cell.",
    "quarantine": "What was refused and what to do: one row per refused row or file.",
    "other_row": "Rows of files that are no data (headings, headers, totals, notes).",
    "expectation_failure": "Rows that fail an expectation which does not refuse the file.",
    "submission": "The ledger: one row per file received and what became of it.",
}


@asset(
    partitions_def=rounds_partitions,
    group_name=GROUP,
    kinds={"python", "file"},
    description="แฟ้มที่ส่งเข้ามา: each new file of the round's drop folder, kept once under its SHA-256 and "
    "written into the ledger. Never changed, never deleted.",
)
def submissions(context: AssetExecutionContext, home: Home) -> MaterializeResult:
    """Receive what is new in inbox/<round>."""
    settings = home.settings()
    arrivals = intake.receive(settings, context.partition_key)
    known = Ledger(settings.ledger).submissions(context.partition_key)
    return MaterializeResult(
        metadata={
            "new": len(arrivals),
            "dagster/row_count": len(known),
            "new files": MetadataValue.md("\n".join(f"- {a.source_file}" for a in arrivals) or "none"),
            "drop folder": MetadataValue.path(str(settings.inbox / context.partition_key)),
        }
    )


def _column_schema(table: str) -> TableSchema:
    arrow = SUBMISSION if table == "submission" else schema(table)
    return TableSchema([TableColumn(field.name, str(field.type)) for field in arrow])


@multi_asset(
    name="accepted",
    specs=[
        AssetSpec(
            AssetKey(["accepted", table]),
            deps=[AssetDep(submissions)],
            group_name=GROUP,
            description=DESCRIPTIONS[table],
            kinds={"parquet"} | ({"table"} if table in kinds() else set()),
            metadata={"dagster/column_schema": _column_schema(table)},
            partitions_def=rounds_partitions,
        )
        for table in [*tables(), "submission"]
    ],
    check_specs=specs(accepted.RULES, blocking=False),
    pool="warehouse",
)
def accepted_rows(context: AssetExecutionContext, home: Home) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Read what is new, judge it, and put what passes where dbt reads. A bad file is named, never fatal."""
    settings, round_key = home.settings(), context.partition_key
    reading = intake.read_submissions(settings, round_key)
    context.log.info("read %d submissions, %d unchanged", reading.read, reading.unchanged)
    judgement = judge_submissions(settings, round_key)
    counts = intake.accept(settings, round_key, judgement.refused, judgement.failures)
    ledger = Ledger(settings.ledger).as_table()
    outcomes = Counter(
        row["outcome"]
        for row in ledger.select(["round_key", "outcome"]).to_pylist()
        if row["round_key"] == round_key
    )
    for table in tables():
        yield MaterializeResult(
            asset_key=["accepted", table],
            metadata={
                "dagster/row_count": counts[table],
                "file": MetadataValue.path(str(intake.accepted_path(settings, table, round_key))),
            },
        )
    yield MaterializeResult(
        asset_key=["accepted", "submission"],
        metadata={"dagster/row_count": sum(outcomes.values())} | dict(outcomes),
    )
    yield from judgement.results
