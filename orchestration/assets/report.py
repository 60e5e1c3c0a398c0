"""The final assets: the round report, the provincial ranking and what goes back to the divisions.

All figures come from the release; a return also shows the division's own table, whose rows as read are in parsed/.
"""

import shutil
import tempfile
from pathlib import Path

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from orchestration import releases
from orchestration.assets.release import release
from orchestration.partitions import rounds_partitions
from orchestration.releases import Release
from orchestration.resources import Home
from orchestration.settings import Settings

GROUP = "report"


def write(settings: Settings, made: Release, round_key: str) -> list[Path]:
    """Write the reports of a round from a release into reports/<round>/<release id>/ and make it current.

    Returns the files. Raises LookupError where the release does not know the round.
    """
    from orchestration.reports import Office, write_reports

    place = settings.reports / round_key
    place.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=place, prefix=".draft-"))
    try:
        office = Office(settings.parsed / round_key, settings.scope(), settings.divisions, settings.letterhead)
        files = write_reports(made.warehouse, made.release_id, round_key, draft, office)
        draft.chmod(0o750)
        target = place / made.release_id
        if target.exists():
            # The same release gives the same bytes; what is there may be half of an earlier try.
            shutil.rmtree(target)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    releases.switch(place, made.release_id)
    return [place / releases.CURRENT / file.relative_to(draft) for file in files]


@multi_asset(
    name="reports",
    specs=[
        AssetSpec(
            AssetKey(["reports", "round_report"]),
            deps=[release],
            group_name=GROUP,
            kinds={"xlsx", "html"},
            partitions_def=rounds_partitions,
            description="รายงานผลรอบ: the round report of each local government as XLSX and HTML, stamped with "
            "the release it was made from.",
        ),
        AssetSpec(
            AssetKey(["reports", "provincial_ranking"]),
            deps=[release],
            group_name=GROUP,
            kinds={"csv", "xlsx", "html"},
            partitions_def=rounds_partitions,
            description="ผลระดับจังหวัด: the provincial ranking as CSV, XLSX and HTML with a chart.",
        ),
        AssetSpec(
            AssetKey(["reports", "division_returns"]),
            deps=[release],
            group_name=GROUP,
            kinds={"xlsx", "html"},
            partitions_def=rounds_partitions,
            description="ส่งคืนเพื่อแก้ไข: per division a workbook of its own table with the wrong cells coloured and "
            "commented, and a page of who has sent, who has not, who must correct.",
        ),
    ],
)
def reports(context: AssetExecutionContext, home: Home):  # type: ignore[no-untyped-def]
    """Write the reports of the round from the current release."""
    settings, round_key = home.settings(), context.partition_key
    made = releases.current(settings)
    try:
        files = write(settings, made, round_key)
    except LookupError as error:
        raise Failure(f"{round_key}: the release holds nothing of this round: {error}") from error
    for name in ("round_report", "provincial_ranking"):
        links = {f.name: MetadataValue.url(f.as_uri()) for f in files if f.name.startswith(name)}
        yield MaterializeResult(asset_key=["reports", name], metadata={"release": made.release_id, **links})
    answers = {
        f.name: MetadataValue.url(f.as_uri())
        for f in files
        if f.parent.name == "returns" or f.name == "round_status.html"
    }
    yield MaterializeResult(
        asset_key=["reports", "division_returns"],
        metadata={"release": made.release_id, "dagster/row_count": len(answers) - 1, **answers},
    )
