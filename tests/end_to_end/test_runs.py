"""What a run does when something bad comes or its gate stays shut, and what it leaves to those who read.

A run of the same files again is told of in test_alert_sensors.py, one of a changed file in test_resubmissions.py,
one that builds anew what was there in test_recovery.py.
"""

import json
from decimal import Decimal

import duckdb
import pytest

from tests.conftest import ROUND
from tests.unit.test_parse import HEADER, ROW, TITLE, workbook

LGO = "3920102"


def test_bad_files_beside_the_good_ones(installation, put_back):
    from io import BytesIO

    import msoffcrypto  # noqa: F401  (the encrypted file below is made with it)
    from msoffcrypto.format.ooxml import OOXMLFile

    good = workbook([TITLE, *HEADER, ROW])
    encrypted = BytesIO()
    OOXMLFile(BytesIO(good)).encrypt("secret", encrypted)
    other_round = "เทศบาลนครตรัง รอบ 6 เดือน (วันที่ 1 ตุลาคม 2565 ถึง 31 มีนาคม 2566)"
    bad = {
        "เสีย.xlsx": (good[: len(good) // 2], "file_corrupt"),
        "เข้ารหัส.xlsx": (encrypted.getvalue(), "file_encrypted"),
        "ว่าง.xlsx": (workbook([]), "file_empty"),
        "หัวตารางแปลก.xlsx": (workbook([["ชื่อ", "โทร"], ["ก", 1]]), "header_unknown"),
        "ต่างเทศบาล.xlsx": (workbook([["เทศบาลนครหาดใหญ่ รอบ 12 เดือน พ.ศ. 2566"], *HEADER, ROW]), "other_lgo"),
        "ต่างรอบ.xlsx": (workbook([[other_round], *HEADER, ROW]), "other_round"),
    }
    before = installation.parquet()
    for name, (content, _) in bad.items():
        (installation.inbox / name).write_bytes(content)
    installation.build()
    ledger = {row["source_file"]: row for row in installation.ask("from marts.submission_ledger")}
    assert {name: (ledger[name]["outcome"], ledger[name]["reason"]) for name in bad} == {
        name: ("quarantined", reason) for name, (_, reason) in bad.items()
    }
    found = {row["source_file"] for row in installation.ask("from marts.finding where rule = 'file_quarantined'")}
    assert found == set(bad)
    after = installation.parquet()
    assert {name for name in after if after[name] != before[name]} == {
        "marts/finding.parquet",
        "marts/submission_ledger.parquet",
    }


def test_a_critical_failure_stops_the_release_and_the_old_one_goes_on_serving(installation, put_back, monkeypatch):
    """The build itself is broken between dbt and the gate, as a bug in a model would."""
    from orchestration import checks

    release = installation.current
    page = installation.home / "reports" / ROUND / "current" / f"round_report_{LGO}.html"
    before = page.read_text(encoding="utf-8")
    real = checks.judge_build

    def broken(settings, compared_with, *decisions):
        with duckdb.connect(str(settings.build_db)) as connection:
            connection.execute("update marts.round_summary set implementation_pct = 191.43")
        return real(settings, compared_with, *decisions)

    monkeypatch.setattr(checks, "judge_build", broken)
    onwards = ("publishing_gate", "release", "reports")
    result = installation.run(expect_success=False, only=onwards)
    assert installation.current == release
    failed = {c.check_name: c for c in result.get_asset_check_evaluations() if not c.passed}
    # A hundred points above the last release is worth a warning of its own.
    assert set(failed) == {"round_summary_implementation_pct_is_a_percent", "percent_does_not_jump"}
    rows = failed["round_summary_implementation_pct_is_a_percent"].metadata["which rows"].records
    assert rows[0].data["implementation_pct"] == "191.43"
    # What to write in the launchpad or on the command line stands in the failed check.
    how = failed["round_summary_implementation_pct_is_a_percent"].metadata["publish despite it"].value
    assert "rule: round_summary_implementation_pct_is_a_percent" in how
    assert "--despite round_summary_implementation_pct_is_a_percent --because" in how
    decide = {"reason": "ทดสอบมติ", "decided_by": "นายกเทศมนตรี"}
    draft = {
        r["rule"]
        for r in installation.ask(
            "select rule from marts.finding where severity = 'critical' and round_key = ?", ROUND
        )
    }
    assert "same_money_twice" in draft
    asked = [{"rule": rule, **decide} for rule in ("round_summary_implementation_pct_is_a_percent", *draft)]
    result = installation.run(despite=asked, only=onwards)
    assert installation.current != release
    made = json.loads((installation.current / "manifest.json").read_text(encoding="utf-8"))
    assert {(d["rule"], d["round_key"], d["run_id"]) for d in made["decisions"]} == {
        ("round_summary_implementation_pct_is_a_percent", "", result.run_id),
        *((rule, ROUND, result.run_id) for rule in draft),
    }
    # The check goes on being shown as failed, and the report says it where the draft's line stood.
    assert not {c.check_name: c for c in result.get_asset_check_evaluations()}[asked[0]["rule"]].passed
    text = page.read_text(encoding="utf-8")
    assert "เผยแพร่ทั้งที่ไม่ผ่านข้อ round_summary_implementation_pct_is_a_percent (1 รายการ) เพราะทดสอบมติ" in text
    assert "ฉบับร่าง" in before and "ฉบับร่าง" not in text and "ทดสอบมติ" not in before


def test_an_unapproved_build_is_not_published_by_running_the_release_alone(installation, put_back):
    from dagster import DagsterInstance, materialize

    from orchestration.assets.release import release as release_asset
    from orchestration.resources import Home
    from orchestration.settings import load

    serving = installation.current
    with duckdb.connect(str(load().build_db)) as connection:
        connection.execute("update marts.round_summary set implementation_pct = 99.99")
    with DagsterInstance.ephemeral() as instance:
        result = materialize([release_asset], resources={"home": Home()}, instance=instance, raise_on_error=False)
    assert not result.success
    assert installation.current == serving


def test_manifest_names_inputs_tables_and_checks(installation):
    import hashlib

    manifest = json.loads((installation.current / "manifest.json").read_text(encoding="utf-8"))
    inputs = {row["source_file"]: row["source_sha256"] for row in manifest["inputs"]}
    for path in installation.inbox.iterdir():
        assert inputs[path.name] == hashlib.sha256(path.read_bytes()).hexdigest()
    for name, table in manifest["tables"].items():
        path = installation.current / "parquet" / (name.replace(".", "/") + ".parquet")
        assert hashlib.sha256(path.read_bytes()).hexdigest() == table["sha256"]
        assert installation.ask(f"select count(*) as n from {name}")[0]["n"] == table["rows"]
    assert manifest["checks"] and all(check["passed"] for check in manifest["checks"])


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("core.dim_round", "round_key fiscal_year_be months period_start period_end report_due"),
        ("core.dim_lgo", "lgo_code lgo_name lgo_type district province_code province"),
        ("core.dim_dimension", "dimension name"),
        ("core.dim_mission", "mission name"),
        ("core.dim_division", "division_id name"),
        ("core.dim_project", "project_id round_key lgo_code name dimension is_initial eplan_seq"),
        (
            "core.fct_budget",
            "project_id listing_code eplan_seq budget_plan_baht budget_ordinance_baht transfer_in_baht"
            " transfer_out_baht disbursed_baht remaining_baht remaining_computed_baht counts_towards_total"
            " source source_file source_sha256 source_sheet source_row round_key lgo_code",
        ),
        (
            "core.fct_status",
            "project_id status status_as_written source_file source_sha256 source_sheet source_row",
        ),
        (
            "marts.round_summary",
            "round_key lgo_code initial_projects additional_projects awaiting_report in_progress completed unable"
            " budget_baht disbursed_baht disbursed_pct minimum_projects initial_completed initial_in_ordinance"
            " implementation_pct implementation_is_capped implementation_level implementation_level_th",
        ),
        (
            "marts.dimension_summary",
            "round_key lgo_code dimension planned_projects completed_projects budget_plan_baht"
            " budget_ordinance_baht disbursed_baht project_pct budget_pct",
        ),
        (
            "marts.provincial_ranking",
            "round_key province district lgo_code lgo_name implementation_pct is_capped level level_th"
            " rank_in_province rank_in_district basis previous_rank rank_change",
        ),
        (
            "marts.reconciliation",
            "round_key lgo_code rule project_id listing_code eplan_seq measure division_value eplan_value"
            " difference_baht",
        ),
        (
            "marts.finding",
            "round_key lgo_code finding_id rule severity message_th message_en source_file source_sheet"
            " source_row source_column value_as_written division",
        ),
        (
            "marts.published_figure",
            "figure_id section label published_value computed_value agrees explanation",
        ),
    ],
)
def test_what_bi_relies_on(installation, table, columns):
    types = {row["column_name"]: row["column_type"] for row in installation.ask(f"describe {table}")}
    assert set(columns.split()) <= set(types)
    for name, kind in types.items():
        if name.endswith("_baht"):
            assert kind == "DECIMAL(18,2)", name
        if name.endswith("_pct"):
            assert kind == "DECIMAL(7,2)", name


def test_sqlalchemy_reads_the_release_and_can_do_nothing_else(installation):
    """The snippet of docs/bi.md."""
    from sqlalchemy import create_engine, exc, inspect, text

    engine = create_engine(
        f"duckdb:///{installation.current / 'warehouse.duckdb'}",
        connect_args={"read_only": True, "config": {"enable_external_access": False}},
    )
    with engine.connect() as connection:
        asked = text("select disbursed_baht from marts.round_summary where round_key = :round")
        assert connection.execute(asked, {"round": ROUND}).scalar_one() == Decimal("2932164.35")
        for forbidden in ("delete from marts.finding", "select * from read_csv('/etc/passwd')"):
            with pytest.raises(exc.DBAPIError):
                connection.execute(text(forbidden))
            connection.rollback()
    assert {"round_summary", "finding"} <= set(inspect(engine).get_table_names(schema="marts"))
    engine.dispose()


def test_parquet_and_csv_hold_what_a_spreadsheet_needs(installation):
    """As Power Query reads them: types from Parquet; from CSV text, in which a code keeps its zeros."""
    import csv

    import pyarrow.parquet as pq

    table = pq.read_table(installation.current / "parquet" / "marts" / "round_summary.parquet")
    assert table.column("disbursed_baht").to_pylist() == [Decimal("2932164.35")]
    assert str(table.schema.field("disbursed_baht").type) == "decimal128(18, 2)"
    assert str(table.schema.field("lgo_code").type) == "string"
    path = installation.home / "open-data" / "current" / "data" / "round_summary.csv"
    with path.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["round_key"], row["lgo_code"], row["disbursed_baht"]) == (ROUND, LGO, "2932164.35")


def test_release_holds_plain_tables_only(installation):
    kinds = installation.ask(
        "select distinct table_type from information_schema.tables where table_schema in ('core', 'marts')"
    )
    assert kinds == [{"table_type": "BASE TABLE"}]
