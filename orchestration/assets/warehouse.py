"""The warehouse: every dbt model, seed and test as assets and checks, built anew from the accepted rows."""

import errno
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    TableColumn,
    TableMetadataValue,
    TableRecord,
    TableSchema,
)
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets

from orchestration import dbt, lineage, memory
from orchestration.checks import MOST_ROWS_SHOWN
from orchestration.faults import again_where_it_passes, says_passing
from orchestration.lock import hold_until_exit
from orchestration.pages import url_of
from orchestration.resources import Home
from orchestration.settings import for_the_graph

UNIQUE_ID = "dagster_dbt/unique_id"
COLUMNS, LINEAGE = "dagster/column_schema", "dagster/column_lineage"
SHOWN = for_the_graph()


class FolderIsGroup(DagsterDbtTranslator):
    """Name the asset group after the model's folder, so that the graph reads in layers."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if dbt_resource_props["resource_type"] == "seed":
            return "reference"
        return dbt_resource_props["fqn"][1]

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        kind, unique_id = dbt_resource_props["resource_type"], dbt_resource_props["unique_id"]
        page = url_of(SHOWN, dbt.docs_page(SHOWN)) + f"#!/{kind}/{unique_id}"
        metadata = dict(super().get_metadata(dbt_resource_props))
        if COLUMNS in metadata:
            table = f"{dbt_resource_props['schema']}.{dbt_resource_props['name']}"
            metadata[COLUMNS] = with_lineage(metadata[COLUMNS], lineage.kept().get(table, {}))
            # Here, not with every materialization: it would be most of what a run leaves in the event log.
            if made_of := lineage.for_dagster(table):
                metadata[LINEAGE] = made_of
        return {**metadata, "dbt docs (make docs)": MetadataValue.url(page)}

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        test = manifest["nodes"][unique_id].get("test_metadata") or {}
        if spec is None or test.get("name") != "sound":
            return spec
        return spec._replace(description=what_is_sound(test["kwargs"]))


def what_is_sound(asked: Mapping[str, Any]) -> str:
    """Return what dbt's test `sound` asks of a table, by its arguments, in Thai and English."""
    keys = [_in_words(key) for key in asked["unique"]]
    may_be_blank = asked.get("nullable", [])
    filled = _in_words(dict.fromkeys(c for key in asked["unique"] for c in key if c not in may_be_blank))
    there = {column: target.partition(".")[0] for column, target in asked.get("points_at", {}).items()}
    known = {column: ", ".join(codes) for column, codes in asked.get("known", {}).items()}
    th = [f"ต้องไม่มีสองแถวที่ {key} ซ้ำกัน" for key in keys] + [f"{filled} ต้องไม่ว่าง"]
    th += [f"`{column}` ต้องมีอยู่ใน `{target}`" for column, target in there.items()]
    th += [f"`{column}` ต้องเป็นค่าใดค่าหนึ่งใน {codes}" for column, codes in known.items()]
    en = [f"no two rows may have the same {key}" for key in keys] + [f"{filled} must not be blank"]
    en += [f"`{column}` must be in `{target}`" for column, target in there.items()]
    en += [f"`{column}` must be one of {codes}" for column, codes in known.items()]
    return "\n".join(f"- {in_thai} / {in_english}" for in_thai, in_english in zip(th, en, strict=True))


def _in_words(columns: Iterable[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def with_lineage(columns: TableSchema, made_of: Mapping[str, list[str]]) -> TableSchema:
    """Say in each column's description what it is made of: the open-source UI draws no lineage of columns."""
    return TableSchema(
        [
            TableColumn(
                name=column.name,
                type=column.type,
                description="\n\n".join(
                    filter(None, [column.description, lineage.in_words(made_of.get(column.name))])
                ),
                constraints=column.constraints,
                tags=column.tags,
            )
            for column in columns.columns
        ],
        columns.constraints,
    )


@dbt_assets(
    manifest=dbt.prepared_manifest(),
    name="warehouse",
    exclude="resource_type:unit_test",
    dagster_dbt_translator=FolderIsGroup(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=False)),
    pool="warehouse",
)
@again_where_it_passes
def warehouse(context: AssetExecutionContext, home: Home) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Build every table from nothing into the build file, which no reader opens."""
    settings = home.settings()
    hold_until_exit(settings.home, context.log.info)
    result = dbt.build(settings)
    nodes = {r.node.unique_id: r for r in result.result.results}
    failed = [r for r in nodes.values() if r.status in ("error", "fail")]
    yield from _materializations(context, settings.build_db, nodes)
    there = None if settings.spark else settings.build_db
    yield from _checks(context, there, nodes)
    for message in (str(r.message) for r in failed):
        if says_passing(message):
            raise OSError(errno.EAGAIN, message)
    if failed:
        advice = next(filter(None, (memory.advice(str(r.message)) for r in failed)), None)
        raise Failure(
            advice or f"dbt: {len(failed)} nodes failed",
            metadata={r.node.name: MetadataValue.text(said_of(r, there)) for r in failed},
            allow_retries=False,
        )


# Of the rows that a test found, so many are named on the terminal; the asset's check has more.
MOST_ROWS_NAMED = 5


def said_of(failed: Any, build_db: Path | None) -> str:
    """Return what dbt says of a node that failed: of a test also what it is there for, and which rows it found.

    The rows are asked of `build_db`, where there is one.
    """
    if failed.node.resource_type != "test":
        return str(failed.message)
    lines = [failed.node.config.meta.get("description"), str(failed.message)]
    if build_db and failed.status == "fail":
        rows = failing_rows(build_db, failed.node.compiled_code).records
        for row in rows[:MOST_ROWS_NAMED]:
            lines.append(", ".join(f"{name}: {value}" for name, value in row.data.items()))
        lines += ["…"] if len(rows) > MOST_ROWS_NAMED else []
    return "\n".join(filter(None, lines))


def _materializations(context: AssetExecutionContext, build_db: Path, nodes: dict[str, Any]) -> Iterator[Any]:
    with duckdb.connect(str(build_db), read_only=True) as connection:
        keys = {spec.metadata.get(UNIQUE_ID): key for key, spec in context.assets_def.specs_by_key.items()}
        # Counting a view is doing its work once more: what it is made of is counted, and who reads it.
        there = set(connection.sql("select schema_name, table_name from duckdb_tables()").fetchall())
        # dbt reports nodes in the order in which it finished them, so parents come first, as Dagster asks.
        for unique_id, run in nodes.items():
            key = keys.get(unique_id)
            if key is None or run.status != "success":
                continue
            # On Spark a schema has a longer name, and views stay there.
            schema, table = run.node.config.schema, run.node.alias or run.node.name
            here = (schema, table) in there
            rows = connection.execute(f"select count(*) from {schema}.{table}").fetchall()[0][0] if here else None
            yield MaterializeResult(
                asset_key=key,
                metadata={
                    **({"dagster/row_count": rows} if here else {}),
                    "dagster/relation_identifier": f"{schema}.{run.node.name}",
                    "Execution Duration": round(run.execution_time, 3),
                },
            )


def _checks(
    context: AssetExecutionContext, build_db: Path | None, nodes: dict[str, Any]
) -> Iterator[AssetCheckResult]:
    """Say what became of dbt's tests, with the rows that one found where there is a `build_db` to ask."""
    for spec in context.assets_def.check_specs:
        run = nodes.get((spec.metadata or {}).get(UNIQUE_ID, ""))
        if run is None:
            continue
        warns = run.status == "warn" or run.node.config.severity.casefold() == "warn"
        metadata = {"status": str(run.status), "failures": run.failures or 0, "message": run.message or ""}
        if build_db and run.status in ("fail", "warn") and run.node.compiled_code:
            metadata["which rows"] = failing_rows(build_db, run.node.compiled_code)
        yield AssetCheckResult(
            asset_key=AssetKey(spec.asset_key.path),
            check_name=spec.name,
            passed=run.status == "pass",
            severity=AssetCheckSeverity.WARN if warns else AssetCheckSeverity.ERROR,
            metadata=metadata,
        )


def failing_rows(build_db: Path, sql: str) -> TableMetadataValue:
    """Return the rows that a dbt test found, as many as a gate shows: dbt itself keeps only their number."""
    with duckdb.connect(str(build_db), read_only=True) as connection:
        found = connection.sql(f"select * from ({sql}) limit {MOST_ROWS_SHOWN}")
        names = list(found.columns)
        records = [
            TableRecord({name: "" if v is None else str(v) for name, v in zip(names, row, strict=True)})
            for row in found.fetchall()
        ]
    return TableMetadataValue(records=records, schema=TableSchema([TableColumn(n, "string") for n in names]))
