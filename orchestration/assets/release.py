"""The release: what has passed the publishing gate becomes what readers open."""

import json
from typing import Any

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

from orchestration import releases, upkeep
from orchestration.assets.warehouse import warehouse
from orchestration.checks import approval
from orchestration.decisions import said_th
from orchestration.faults import again_where_it_passes
from orchestration.history import forget_old_runs
from orchestration.lock import hold_until_exit
from orchestration.resources import Home
from orchestration.settings import Settings

REPLACED = "ชุดข้อมูลก่อนหน้าเสียหาย ชุดนี้ใช้แทน / in place of a damaged release"


def descriptions(settings: Settings) -> dict[str, Any]:
    """Return dbt's table and column descriptions and the columns of each key, by "schema.table"."""
    manifest = json.loads((settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    keys = {
        test["attached_node"]: test["test_metadata"]["kwargs"]["unique"][0]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test" and (test.get("test_metadata") or {}).get("name") == "sound"
    }
    return {
        f"{node['schema']}.{node['name']}": {
            "table": node["description"],
            "columns": {name: c["description"] for name, c in node["columns"].items() if c["description"]},
            "key": keys.get(unique_id, []),
        }
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }


@asset(
    deps=[key for key in warehouse.keys if key.path[0] in releases.PUBLISHED_SCHEMAS],
    group_name="release",
    kinds={"duckdb", "parquet"},
    pool="warehouse",
    description="ชุดข้อมูลที่เผยแพร่: the approved build as a directory of its own (warehouse.duckdb, parquet/, "
    "manifest.json); `current` is switched to it in one step. Nothing new, no new release.",
)
@again_where_it_passes
def release(context: AssetExecutionContext, home: Home) -> MaterializeResult:
    """Publish the approved build. Fails with NotApproved where the build has not passed the gate."""
    settings = home.settings()
    hold_until_exit(settings.home, context.log.info)
    approved = approval(settings)
    made = releases.publish(settings, approved.checks, descriptions(settings), approved.decisions)
    context.log.info("%s %s", "new release" if made.is_new else "unchanged, still", made.release_id)
    if made.mends:
        context.log.warning("%s: %s", REPLACED, "; ".join(made.mends))
    hold = releases.held(settings)
    if hold:
        context.log.warning("%s is held (%s): nothing was switched", hold.release_id, hold.because)
    if removed := upkeep.clean_up(settings, say=context.log.warning):
        context.log.info("removed releases that nobody needs: %s", ", ".join(removed))
    if forgotten := forget_old_runs(context.instance, settings):
        context.log.info("%d runs older than %d days are forgotten", len(forgotten), settings.runs_kept_days)
    manifest = made.manifest
    return MaterializeResult(
        metadata={
            "release": made.release_id,
            "new": made.is_new,
            "serving": releases.current(settings).release_id,
            **(
                {
                    "published despite": MetadataValue.md(
                        "\n".join(f"- {said_th(d)}" for d in manifest["decisions"])
                    )
                }
                if manifest.get("decisions")
                else {}
            ),
            **({REPLACED: "; ".join(made.mends)} if made.mends else {}),
            **({"held": f"{hold.release_id}: {hold.because}"} if hold else {}),
            "warehouse": MetadataValue.path(str(made.warehouse)),
            "manifest": MetadataValue.path(str(made.directory / "manifest.json")),
            "dagster/row_count": sum(table["rows"] for table in manifest["tables"].values()),
            "tables": MetadataValue.md(
                "| table | rows |\n|---|---|\n"
                + "\n".join(f"| {name} | {t['rows']} |" for name, t in manifest["tables"].items())
            ),
        }
    )
