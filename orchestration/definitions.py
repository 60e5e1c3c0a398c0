"""Everything Dagster knows of, put together. Nothing is defined here."""

from dagster import Definitions, in_process_executor, map_asset_specs

from orchestration.alerts.sensors import alert_delivery, tell_failed_run, tell_finished_run
from orchestration.assets.ingest import accepted_rows, eplannacc_capture, submissions
from orchestration.assets.open_data import open_data
from orchestration.assets.postgresql import postgresql
from orchestration.assets.release import release
from orchestration.assets.report import reports
from orchestration.assets.warehouse import warehouse
from orchestration.automation import deadline, drop_folder, nightly, round_report
from orchestration.checks import publishing_gate
from orchestration.freshness import freshness, freshness_checks
from orchestration.resources import Home
from orchestration.settings import for_the_graph

owners = for_the_graph().owners
assets = [eplannacc_capture, submissions, accepted_rows, warehouse, release, reports, open_data, postgresql]

defs = Definitions(
    assets=map_asset_specs(lambda spec: spec.replace_attributes(owners=owners), assets),
    asset_checks=[publishing_gate, freshness_checks],
    jobs=[round_report],
    schedules=[nightly, deadline],
    sensors=[drop_folder, freshness, tell_failed_run, tell_finished_run, alert_delivery],
    resources={"home": Home()},
    # One process for the whole job: starting one per step costs more than the work of a round.
    executor=in_process_executor,
)
