"""The final assets: the round report, the provincial ranking and what goes back to the divisions.

All figures come from the release; a return also shows the division's own table, whose rows as read are in parsed/.
"""

from itertools import islice

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from orchestration import editions, releases
from orchestration.assets.release import release
from orchestration.faults import again_where_it_passes
from orchestration.pages import url_of
from orchestration.partitions import rounds_partitions
from orchestration.resources import Home

GROUP = "report"
# A nation has thousands of returns; index.html names them all.
MOST_LINKS = 100


@multi_asset(
    name="reports",
    specs=[
        AssetSpec(
            AssetKey(["reports", "round_report"]),
            deps=[release],
            group_name=GROUP,
            kinds={"docx", "pdf", "xlsx", "html"},
            partitions_def=rounds_partitions,
            description="รายงานผลรอบ: the round report of each local government, stamped with the release it was "
            "made from: the memo (บันทึกข้อความ) as DOCX and PDF, its annexes as PDF and XLSX, and a page.",
        ),
        AssetSpec(
            AssetKey(["reports", "eplan_changes"]),
            deps=[release],
            group_name=GROUP,
            kinds={"xlsx"},
            partitions_def=rounds_partitions,
            description="สิ่งที่ต้องแก้ไขใน e-PlanNACC: per local government a workbook of what to change, old value to "
            "new, what to add and what to decide first.",
        ),
        AssetSpec(
            AssetKey(["reports", "provincial_ranking"]),
            deps=[release],
            group_name=GROUP,
            kinds={"csv", "xlsx", "html", "pdf"},
            partitions_def=rounds_partitions,
            description="ผลระดับจังหวัด: the provincial ranking as CSV, XLSX, PDF and HTML with a chart.",
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
@again_where_it_passes
def reports(context: AssetExecutionContext, home: Home):  # type: ignore[no-untyped-def]
    """Write the reports of the round from the current release."""
    from orchestration.reports import PROBLEMS

    settings, round_key = home.settings(), context.partition_key
    made = releases.current(settings)
    try:
        files = editions.write(settings, made, round_key).files
    except LookupError as error:
        raise Failure(f"{round_key}: the release holds nothing of this round: {error}") from error
    if waiting := releases.waiting(settings):
        # To be looked at before anybody lets go of the held release, and to be shown then.
        looked_at = editions.write(settings, waiting, round_key, serve=False)
        context.log.warning("%s does not serve; its reports: %s", waiting.release_id, looked_at.directory)
    problems = [f for f in files if f.name == PROBLEMS]
    for line in problems[0].read_text(encoding="utf-8").splitlines() if problems else ():
        context.log.warning("%s", line)
    kinds = {
        "round_report": ("index", "explorer", "memo_", "annexes_", "round_report", PROBLEMS),
        "eplan_changes": ("eplan_changes_",),
        "provincial_ranking": ("provincial_",),
    }
    for name, beginnings in kinds.items():
        links = {f.name: MetadataValue.url(url_of(settings, f)) for f in files if f.name.startswith(beginnings)}
        yield MaterializeResult(asset_key=["reports", name], metadata={"release": made.release_id, **links})
    answers = {
        f.name: MetadataValue.url(url_of(settings, f))
        for f in files
        if f.parent.name == "returns" or f.name == "round_status.html"
    }
    yield MaterializeResult(
        asset_key=["reports", "division_returns"],
        metadata={
            "release": made.release_id,
            "dagster/row_count": len(answers) - 1,
            **dict(islice(answers.items(), MOST_LINKS)),
        },
    )
