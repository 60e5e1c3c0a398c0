"""The release in PostgreSQL, where [publish.postgresql] names a server."""

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    MaterializeResult,
    asset,
)

from orchestration import releases
from orchestration.assets.release import release
from orchestration.resources import Home
from orchestration.settings import SettingsError, read_toml

CHECK = "postgresql_has_the_release"


@asset(
    deps=[release],
    group_name="release",
    kinds={"postgres"},
    check_specs=[
        AssetCheckSpec(
            name=CHECK,
            asset="postgresql",
            description="PostgreSQL มีชุดข้อมูลล่าสุดแล้ว\n\nPostgreSQL took the release that serves. A failure is a "
            "warning: what was there stays, and the next run tries again.",
        )
    ],
    description="สำเนาใน PostgreSQL: schemas core and marts of the serving release in the database that "
    "[publish.postgresql] names, switched in one transaction. Does nothing where none is named.",
)
def postgresql(context: AssetExecutionContext, home: Home) -> MaterializeResult:
    """Publish the serving release to PostgreSQL where asked for. Never fails the run: the release is out."""
    settings = home.settings()
    made = releases.current(settings)
    passed, said = True, "no server is configured"
    if "publish" in read_toml(settings.home / "sucharit.toml"):
        # Not above: most installations have no PostgreSQL.
        from orchestration import postgresql as server

        try:
            options = server.load(settings.home)
            said = server.publish(options, settings.home, made) if options else said
        except (server.NotPublished, SettingsError) as error:
            passed, said = False, str(error)
            context.log.warning(said)
    return MaterializeResult(
        metadata={"release": made.release_id, "postgresql": said},
        check_results=[
            AssetCheckResult(check_name=CHECK, passed=passed, severity=AssetCheckSeverity.WARN, description=said)
        ],
    )
