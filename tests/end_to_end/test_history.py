"""What changes from round to round and year to year, and what was known when."""

import csv
import shutil
from datetime import UTC, datetime, timedelta

import duckdb
import openpyxl
import pytest

from orchestration.rounds import BANGKOK
from tests.conftest import ROUND, SAMPLE

EPLAN = "e-PlanNACC เทศบาลนครตรัง.xlsx"
# The recipe of docs/warehouse.md: what was known at a moment.
AS_OF = "valid_from <= $d and (valid_to is null or $d < valid_to)"


def test_a_round_takes_the_names_thresholds_and_minimums_of_its_own_plan_period(installation):
    names = installation.ask(
        "select round.round_key, dimension.name from core.dim_round as round"
        " join core.dim_dimension as dimension using (plan_period)"
        " where round.round_key in ('FY2565-12M', 'FY2566-6M') and dimension = '1' order by round_key"
    )
    assert [row["name"] for row in names] == ["การสร้างสังคมที่ไม่ทนต่อการทุจริต", "การสร้างวัฒนธรรมสุจริต"]
    [before] = installation.ask(
        "select previous_round_key, year_before_round_key from core.dim_round where round_key = 'FY2566-12M'"
    )
    assert before == {"previous_round_key": "FY2566-6M", "year_before_round_key": "FY2565-12M"}


class Autumn:
    """e-PlanNACC as keyed in, as changed, with a correction, and back as it was; the moment after each."""

    def __init__(self, installation):
        from orchestration import intake, settings

        self.installation, self.moments = installation, {"first": datetime.now(UTC)}

        def received(name):
            assert len(intake.receive(settings.load(), ROUND)) == 1
            self.moments[name] = datetime.now(UTC)

        book = openpyxl.load_workbook(SAMPLE / EPLAN)
        cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
        for cell in cells:
            if cell.value in (23779, "23779", "23,779.00", "23779.00"):
                cell.value = 30000
        book.save(installation.inbox / EPLAN)
        received("changed")
        header = "round_key lgo_code side what field old_value new_value reason decided_by decided_on valid_until"
        with (installation.inbox / "ทะเบียนแก้ไข.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header.split())
            row = [ROUND, "3920102", "eplan", "40", "disbursed_baht", "30000", "44528"]
            writer.writerow([*row, "ลบเลขผิด", "ผู้อำนวยการกอง", "2566-11-02", ""])
        received("corrected")
        shutil.copy(SAMPLE / EPLAN, installation.inbox / EPLAN)
        received("back")
        installation.build()

    def states(self, moment):
        """Return what the history of the current release says was known at a moment, by its one where-clause."""
        sql = (
            "select source, eplan_seq, listing_code, division, status, budget_plan_baht, disbursed_baht"
            f" from core.fct_project_state where round_key = '{ROUND}' and {AS_OF} order by all"
        )
        with duckdb.connect(str(self.installation.current / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql, {"d": moment.astimezone(BANGKOK).replace(tzinfo=None)}).fetchall()


@pytest.fixture(scope="module")
def autumn(installation):
    yield Autumn(installation)
    installation.put_back()


def test_states_of_a_project_follow_its_files_and_corrections(autumn):
    rows = autumn.installation.ask(
        "select state_number, disbursed_baht, corrected_fields, is_current, valid_to is null as open"
        " from core.fct_project_state where eplan_seq = 40 order by valid_from"
    )
    assert [(float(r["disbursed_baht"]), r["corrected_fields"], r["is_current"]) for r in rows] == [
        (23779, None, False),
        (30000, None, False),
        (44528, "disbursed_baht", False),
        (23779, None, True),
    ]
    # What did not change has one state, whatever arrived.
    assert autumn.installation.ask(
        "select count(*) as n from core.fct_project_state where eplan_seq <> 40 and state_number > 1"
    ) == [{"n": 0}]


@pytest.mark.parametrize("moment", ["first", "changed", "corrected"])
def test_history_agrees_with_a_rebuild_of_that_moment(autumn, moment):
    from orchestration import as_of, dbt, settings

    # As as_of.build does it, as far as the tables that are compared; the gate and the reports are test_as_of.py's.
    at, there = autumn.moments[moment], as_of.place_of(settings.load())
    as_of._accepted_as_of(settings.load(), there, at)
    there.build_db.unlink(missing_ok=True)
    tables = ["+fct_budget", "+fct_status", "+round_summary"]
    how = ["--indirect-selection", "buildable", "--exclude-resource-type", "unit_test", "--no-write-json"]
    built = dbt.invoke(there, "build", *how, "--select", *tables)
    assert built.success
    with duckdb.connect(str(there.build_db), read_only=True) as connection:
        lines = connection.execute(
            "select b.source, case when b.source = 'eplan' then b.eplan_seq end, b.listing_code, b.division, s.status,"
            " b.budget_plan_baht, b.disbursed_baht from core.fct_budget as b join core.fct_status as s using (line_id)"
            " where not b.is_repeated_line order by all"
        ).fetchall()
        figures = connection.execute(
            "select completed, in_progress, unable, awaiting_report, budget_baht, disbursed_baht"
            " from marts.round_summary"
        ).fetchall()
    states = autumn.states(at)
    assert states == lines
    eplan = [row for row in states if row[0] == "eplan"]
    counts = [
        sum(row[4] == status for row in eplan)
        for status in ("completed", "in_progress", "unable", "awaiting_report")
    ]
    assert [(*counts, sum(row[5] or 0 for row in eplan), sum(row[6] or 0 for row in eplan))] == figures


def test_before_the_first_file_nothing_was_known(autumn):
    assert autumn.states(autumn.moments["first"] - timedelta(days=365)) == []
