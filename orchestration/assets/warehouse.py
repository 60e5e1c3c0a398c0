"""The warehouse: every dbt model, seed and test as assets and checks, built anew from the accepted rows."""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    Failure,
    MaterializeResult,
    MetadataValue,
)
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from orchestration import dbt
from orchestration.lock import hold_until_exit
from orchestration.resources import Home

UNIQUE_ID = "dagster_dbt/unique_id"


class FolderIsGroup(DagsterDbtTranslator):
    """Name the asset group after the model's folder, so that the graph reads in layers."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if dbt_resource_props["resource_type"] == "seed":
            return "reference"
        return dbt_resource_props["fqn"][1]


@dbt_assets(
    manifest=dbt.prepared_manifest(),
    name="warehouse",
    exclude="resource_type:unit_test",
    dagster_dbt_translator=FolderIsGroup(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=False)),
    pool="warehouse",
)
def warehouse(context: AssetExecutionContext, home: Home) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Build every table from nothing into the build file, which no reader opens."""
    settings = home.settings()
    hold_until_exit(settings.home, context.log.info)
    result = dbt.build(settings)
    nodes = {r.node.unique_id: r for r in result.result.results}
    failed = [r for r in nodes.values() if r.status in ("error", "fail")]
    yield from _materializations(context, settings.build_db, nodes)
    yield from _checks(context, nodes)
    if failed:
        raise Failure(
            f"dbt: {len(failed)} nodes failed",
            metadata={r.node.name: MetadataValue.text(str(r.message)) for r in failed},
        )


def _materializations(context: AssetExecutionContext, build_db: Any, nodes: dict[str, Any]) -> Iterator[Any]:
    import duckdb

    with duckdb.connect(str(build_db), read_only=True) as connection:
        keys = {spec.metadata.get(UNIQUE_ID): key for key, spec in context.assets_def.specs_by_key.items()}
        # dbt reports nodes in the order in which it finished them, so parents come first, as Dagster asks.
        for unique_id, run in nodes.items():
            key = keys.get(unique_id)
            if key is None or run.status != "success":
                continue
            relation = connection.sql(f"from {run.node.schema}.{run.node.alias or run.node.name}")
            yield MaterializeResult(
                asset_key=key,
                metadata={
                    "dagster/row_count": relation.count("*").fetchall()[0][0],
                    "dagster/relation_identifier": f"{run.node.schema}.{run.node.name}",
                    "Execution Duration": round(run.execution_time, 3),
                },
            )


def _checks(context: AssetExecutionContext, nodes: dict[str, Any]) -> Iterator[AssetCheckResult]:
    for spec in context.assets_def.check_specs:
        run = nodes.get((spec.metadata or {}).get(UNIQUE_ID, ""))
        if run is None:
            continue
        warns = run.status == "warn" or run.node.config.severity.casefold() == "warn"
        yield AssetCheckResult(
            asset_key=AssetKey(spec.asset_key.path),
            check_name=spec.name,
            passed=run.status == "pass",
            severity=AssetCheckSeverity.WARN if warns else AssetCheckSeverity.ERROR,
            metadata={"status": str(run.status), "failures": run.failures or 0, "message": run.message or ""},
        )
