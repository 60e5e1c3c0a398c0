"""Open data: the release as a data package, and into the office's catalogue where one is configured."""

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    MaterializeResult,
    MetadataValue,
    asset,
)

from orchestration import releases
from orchestration.assets.release import release
from orchestration.faults import again_where_it_passes
from orchestration.pages import url_of
from orchestration.resources import Home
from orchestration.settings import SettingsError

CATALOGUE_CHECK = "catalogue_has_the_release"


@asset(
    deps=[release],
    group_name="report",
    kinds={"csv", "parquet"},
    check_specs=[
        AssetCheckSpec(
            name=CATALOGUE_CHECK,
            asset="open_data",
            description="บัญชีข้อมูลมีชุดข้อมูลล่าสุดแล้ว\n\nThe CKAN catalogue of [open_data.ckan] took the package. A "
            "failure is a warning; the next run tries again.",
        )
    ],
    description="ข้อมูลเปิด: the release as a Frictionless Data Package (open-data/current), published to a CKAN "
    "catalogue where [open_data.ckan] names one.",
)
@again_where_it_passes
def open_data(context: AssetExecutionContext, home: Home) -> MaterializeResult:
    """Write the data package of the current release and publish it where asked for."""
    from orchestration import open_data as packages

    settings = home.settings()
    options = packages.load(settings.home)
    made = releases.current(settings)
    directory = packages.package(settings, options, made)
    passed, said = True, "no catalogue is configured"
    if options.ckan:
        try:
            said = packages.publish(options, settings.home, directory)
        except (packages.NotPublished, SettingsError) as error:
            passed, said = False, str(error)
            context.log.warning(said)
    return MaterializeResult(
        metadata={
            "release": made.release_id,
            "package": MetadataValue.url(url_of(settings, directory / "datapackage.json")),
            "dagster/row_count": sum(made.manifest["tables"][name]["rows"] for name in options.tables),
        },
        check_results=[
            AssetCheckResult(
                check_name=CATALOGUE_CHECK,
                passed=passed,
                severity=AssetCheckSeverity.WARN,
                description=said,
                metadata={"catalogue": said},
            )
        ],
    )
