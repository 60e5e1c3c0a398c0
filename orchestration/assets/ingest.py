"""From e-PlanNACC and the drop folder to accepted rows: three assets a round, with a check per expectation."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
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
from orchestration.faults import again_where_it_passes
from orchestration.ledger import MOMENT, SCOPE, SUBMISSION, Ledger
from orchestration.lock import hold_until_exit
from orchestration.partitions import rounds_partitions
from orchestration.resources import Home
from orchestration.rounds import BANGKOK, calendar
from orchestration.settings import Settings, SettingsError
from orchestration.spreadsheets.tables import kinds, schema, tables

GROUP = "ingest"
MOST_NAMES_SHOWN = 100
DESCRIPTIONS = {
    "division_listing": "แบบติดตามของกอง/สำนัก: one row per listing of a division's monitoring form.",
    "eplan_project": "รายการโครงการใน e-PlanNACC: one row per project of the export.",
    "eplan_summary": "สรุปผลการขับเคลื่อนแผนฯ: one row per summary of an export.",
    "eplan_dimension": "รายงานตามมิติ: one row per dimension (and total) of an export.",
    "eplan_status": "สถานะโครงการ: one row per status table of an export.",
    "ranking": "ผลระดับจังหวัด: one row per local government of a ranking export.",
    "ranking_count": "จำนวน อปท. ตามระดับ: one row per level below a ranking export.",
    "crosswalk": "Reviewed pairs of listings and e-PlanNACC projects.",
    "correction": "ทะเบียนแก้ไข: one row per reviewed correction of a single figure.",
    "transfer": "โอนเพิ่ม/โอนลด: one row per budget transfer found inside a cell.",
    "repair": "What the reader put right and how: one row per cell.",
    "quarantine": "What was refused and what to do: one row per refused row or file.",
    "other_row": "Rows of files that are no data (headings, headers, totals, notes).",
    "expectation_failure": "Rows that fail an expectation which does not refuse the file.",
    "submission": "The ledger: one row per file received and what became of it.",
    "moment": "The day that the accepted rows are the state of: it decides which corrections have expired.",
    "scope": "อปท. ที่รับแฟ้ม: one row per local government whose files this deployment takes.",
}


CAPTURE_CHECK = "eplannacc_capture_succeeded"
NOTHING_CAPTURED = (
    "รอบนี้เปิดอยู่ แต่ยังไม่เคยรับแฟ้มใดจาก e-PlanNACC ได้เลย กรุณาแก้ตามข้อความข้างล่าง หรือวางแฟ้มที่ส่งออกเองใน inbox "
    "ของรอบ / The round is open and nothing has been captured from e-PlanNACC yet. Do what is said below, or drop "
    "the exports into the round's inbox by hand."
)


def fetched_files(settings: Settings, round_key: str) -> dict[str, str]:
    """Return the SHA-256 of what was fetched for a round by source_file."""
    if not settings.eplannacc_state.exists():
        return {}
    # Not above: the HTTP client takes long to load, and most installations have none.
    from orchestration.eplannacc import fetched

    return fetched(settings.eplannacc_state, round_key)


@asset(
    partitions_def=rounds_partitions,
    group_name=GROUP,
    kinds={"python", "file"},
    check_specs=[
        AssetCheckSpec(
            name=CAPTURE_CHECK,
            asset="eplannacc_capture",
            description="รับแฟ้มจาก e-PlanNACC ได้ครบทุกรายการ\n\nEvery export that sucharit.toml names was fetched. "
            "The round goes on with what lies in the drop folder; a failure is an error while the round is open "
            "and nothing has been captured for it yet, else a warning.",
        )
    ],
    description="รับแฟ้มจาก e-PlanNACC: the exports that [eplannacc] of sucharit.toml names, put whole into "
    "inbox/<round>/e-PlanNACC. Does nothing where no address is configured.",
)
def eplannacc_capture(context: AssetExecutionContext, home: Home) -> MaterializeResult:
    """Fetch the round's exports over HTTP. A failure never stops the round: people can drop the files."""
    settings, round_ = home.settings(), calendar()[context.partition_key]
    metadata: dict[str, Any] = {}
    failures = []
    try:
        source = settings.eplannacc()
        if source is None:
            metadata["capture"] = "ไม่ได้ตั้ง base_url ใช้โฟลเดอร์รับแฟ้ม / no address configured; the drop folder is used"
        else:
            from orchestration.eplannacc import Capture

            results = Capture(source, round_, settings.inbox / round_.round_key, settings.eplannacc_state).run()
            metadata |= {"new": 0, "unchanged": 0, "failed": 0} | Counter(r.outcome for r in results)
            metadata["files"] = MetadataValue.md("\n".join(f"- {r.file_name}: {r.outcome}" for r in results))
            failures = [f"{r.file_name}: {r.error}" for r in results if r.error]
    except SettingsError as error:
        failures = [str(error)]
    if failures:
        metadata["capture"] = "failed; the round goes on with the drop folder"
        metadata["failures"] = MetadataValue.md("\n".join(f"- {failure}" for failure in failures))
        for failure in failures:
            context.log.warning(failure)
    is_open = round_.is_open(datetime.now(BANGKOK).date())
    nothing_yet = bool(failures) and is_open and not fetched_files(settings, round_.round_key)
    return MaterializeResult(
        metadata=metadata,
        check_results=[
            AssetCheckResult(
                check_name=CAPTURE_CHECK,
                passed=not failures,
                severity=AssetCheckSeverity.ERROR if nothing_yet else AssetCheckSeverity.WARN,
                description="\n".join([*([NOTHING_CAPTURED] if nothing_yet else []), *failures]) or None,
            )
        ],
    )


@asset(
    deps=[eplannacc_capture],
    partitions_def=rounds_partitions,
    group_name=GROUP,
    kinds={"python", "file"},
    description="แฟ้มที่ส่งเข้ามา: each new file of the round's drop folder, kept once under its SHA-256 and "
    "written into the ledger. Never changed, never deleted.",
)
@again_where_it_passes
def submissions(context: AssetExecutionContext, home: Home) -> MaterializeResult:
    """Receive what is new in inbox/<round>."""
    settings = home.settings()
    not_received: list[str] = []

    def warn(text: str) -> None:
        context.log.warning(text)
        not_received.append(text)

    hold_until_exit(settings.home, context.log.info)
    fetched = fetched_files(settings, context.partition_key)
    arrivals = intake.receive(
        settings,
        context.partition_key,
        received_from=lambda name, sha256: intake.OVER_HTTP if fetched.get(name) == sha256 else intake.DROP_FOLDER,
        warn=warn,
    )
    if beside := intake.outside_rounds(settings.inbox, context.partition_key):
        warn(beside)
    known = Ledger(settings.ledger).submissions(context.partition_key)
    return MaterializeResult(
        metadata={
            "new": len(arrivals),
            "dagster/row_count": len(known),
            "new files": MetadataValue.md(_some(a.source_file for a in arrivals)),
            "drop folder": MetadataValue.path(str(settings.inbox / context.partition_key)),
            **({intake.NOT_RECEIVED: MetadataValue.md(_some(not_received))} if not_received else {}),
        }
    )


def _some(names: Iterable[str]) -> str:
    """Return names as a list that a page can show."""
    lines = [f"- {name}" for name in names]
    more = len(lines) - MOST_NAMES_SHOWN
    return "\n".join([*lines[:MOST_NAMES_SHOWN], *([f"- … + {more:,}"] if more > 0 else [])]) or "none"


def _column_schema(table: str) -> TableSchema:
    arrow = {"submission": SUBMISSION, "moment": MOMENT, "scope": SCOPE}.get(table) or schema(table)
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
        for table in [*tables(), "submission", "moment", "scope"]
    ],
    check_specs=specs(accepted.RULES, blocking=False),
    pool="warehouse",
)
@again_where_it_passes
def accepted_rows(context: AssetExecutionContext, home: Home) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Read what is new, judge it, and put what passes where dbt reads. A bad file is named, never fatal."""
    settings, round_key = home.settings(), context.partition_key
    hold_until_exit(settings.home, context.log.info)
    reading = intake.read_submissions(settings, round_key, context.log.info)
    context.log.info("read %d submissions, %d unchanged", reading.read, reading.unchanged)
    judgement = judge_submissions(settings, round_key)
    counts = intake.accept(settings, round_key, judgement.refused, judgement.failures)
    ledger = Ledger(settings.ledger)
    outcomes = ledger.outcomes(round_key)
    for table in tables():
        yield MaterializeResult(
            asset_key=["accepted", table],
            metadata={
                "dagster/row_count": counts[table],
                "folder": MetadataValue.path(str(settings.accepted / table)),
            },
        )
    yield MaterializeResult(
        asset_key=["accepted", "submission"],
        metadata={
            "dagster/row_count": sum(outcomes.values()),
            **outcomes,
            "refused files": MetadataValue.md(
                _some(f"{name}: {th} / {en}" for name, th, en in ledger.refused(round_key))
            ),
        },
    )
    yield MaterializeResult(asset_key=["accepted", "moment"], metadata={"dagster/row_count": 1})
    yield MaterializeResult(asset_key=["accepted", "scope"], metadata={"dagster/row_count": len(settings.scope())})
    yield from judgement.results
