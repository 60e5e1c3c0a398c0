"""The 12-month report of 2566 as known on 17 October 2566, first then, and again after more has come in."""

import csv
import fcntl
from dataclasses import replace
from functools import partial

import duckdb
import pytest

from orchestration import as_of, intake, sample
from orchestration.ledger import Ledger
from orchestration.settings import Settings
from tests.conftest import PROJECT, ROUND, SAMPLE
from tests.end_to_end.conftest import ingest
from tests.unit.test_parse import HEADER, ROW, TITLE, workbook

DAY = as_of.moment("2566-10-17")


def published(state):
    root = state.release.directory / "parquet"
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.parquet")}


def reports(state):
    folder = state.reports[0].parent
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def states(tmp_path_factory, session_home, lend_parse):
    """(settings, the state of the day as first built, the same after all else had come), with what they hold."""
    from orchestration import dbt

    settings = Settings(home=tmp_path_factory.mktemp("as-of"), local_governments=("3920102",))
    lend_parse(as_of.place_of(settings))
    sample.receive(settings, ROUND, until=DAY)
    ingest(settings)
    first = as_of.build(settings, DAY, ROUND)
    held = published(first), reports(first)

    # The rest of the sample, then, today, another form of a division that had sent one, and a file of no use.
    sample.receive(settings, ROUND)
    (settings.inbox / ROUND / "กองช่าง แก้ไข.xlsx").write_bytes(workbook([TITLE, ["หน่วยงาน กองช่าง"], *HEADER, ROW]))
    (settings.inbox / ROUND / "เสีย.xlsx").write_bytes(b"PK")
    ingest(settings)
    again = as_of.build(settings, DAY, ROUND)
    yield settings, again, held, (published(again), reports(again))
    dbt.use(Settings(home=session_home))


def test_the_report_of_17_october_is_the_same_after_later_submissions(states):
    _, _, (first_tables, first_reports), (tables, files) = states
    assert set(files) == set(first_reports) and any(name.endswith(".xlsx") for name in files)
    assert tables == first_tables
    assert files == first_reports


def test_a_state_of_the_past_is_older_than_what_serves_and_not_held_against_it(states):
    _, state, _, _ = states
    assert any("skipped" in check for check in state.release.manifest["checks"])


def test_on_17_october_six_of_nine_divisions_had_sent(states):
    settings, state, _, _ = states
    with duckdb.connect(str(state.release.warehouse), read_only=True) as connection:
        divisions = connection.execute(
            "select division, count(*) from core.fct_budget where source = 'division' group by 1 order by 1"
        ).fetchall()
        late = connection.execute("select distinct is_late, received_from from marts.submission_ledger").fetchall()
        [disbursed] = connection.execute("select disbursed_baht from marts.round_summary").fetchone()
    # Listings per file as samples/README.md counts them.
    assert dict(divisions) == {
        "กองช่าง": 2, "กองคลัง": 5, "กองการเจ้าหน้าที่": 9, "สำนักปลัดเทศบาล": 19, "หน่วยตรวจสอบภายใน": 7,
        "กองสวัสดิการสังคม": 19,
    }  # fmt: skip
    assert late == [(False, "sample")]
    # The e-PlanNACC list is of that day: its total is the published one.
    assert str(disbursed) == "2932164.35"
    later = Ledger(settings.ledger).as_table().to_pylist()
    assert {row["received_from"] for row in later} == {"sample", "drop folder"}


def test_what_the_missing_forms_would_say_of_the_ordinance_is_not_zero(states):
    """The six forms have no initial project that is in the ordinance; 1.1.2, 1.1.6, 1.3.5 and 2.2.2 are still to come."""
    _, state, _, _ = states
    with duckdb.connect(str(state.release.warehouse), read_only=True) as connection:
        ordinance = connection.execute(
            "select dimension, budget_ordinance_baht from marts.dimension_summary"
        ).fetchall()
        [count] = connection.execute("select initial_in_ordinance from marts.round_summary").fetchone()
        held = connection.execute("select rule from marts.finding where rule like 'export_%'").fetchall()
    # All that has come of dimension 4, and the two that nobody lists, have no budget.
    assert dict(ordinance) == {"1": None, "2": None, "3": None, "4": 0, "total": None}
    assert count is None
    assert held == []


def test_before_the_export_has_come_forms_are_returned_and_what_is_missing_is_said(states):
    from orchestration.summary import of_past_state

    settings, *_ = states
    state = as_of.build(settings, as_of.moment("2566-10-16"), ROUND)
    names = {path.name for path in state.reports}
    assert {"round_status.html", "index.html", "explorer.html"} <= names
    assert any(path.parent.name == "returns" for path in state.reports)
    # What is made of the list alone is not written with dashes in it.
    assert not any(name.startswith(("memo_", "annexes_", "round_report_", "eplan_changes_")) for name in names)
    for page in ("round_status.html", "index.html"):
        text = (state.reports[0].parent / page).read_text(encoding="utf-8")
        assert "ยังไม่ได้รับแฟ้มส่งออกจาก e-PlanNACC ที่ใช้ได้ของ เทศบาลนครตรัง" in text, page
    terminal = of_past_state(state, as_of.moment("2566-10-16"), ROUND)
    assert "ยังไม่ได้รับแฟ้มส่งออกจาก e-PlanNACC ที่ใช้ได้ของ เทศบาลนครตรัง" in terminal
    assert f"วางไว้ใน inbox/{ROUND}/ แล้วสั่งงานรอบนี้อีกครั้ง" in terminal
    assert str(state.reports[0]) in terminal


def test_its_reports_say_of_what_moment_they_are_and_how_long_it_was_to_the_due_date(states):
    _, state, _, _ = states
    for page in ("round_status.html", "index.html"):
        text = (state.reports[0].parent / page).read_text(encoding="utf-8")
        assert "ตามที่ทราบเมื่อ 17 ต.ค. 2566 23:59 น. เหลือ 14 วันถึงกำหนดส่ง" in text, page
        assert "as known on 2023-10-17 23:59, 14 days before the due date" in text, page


def test_before_the_first_form_nothing_was_known(states):
    with pytest.raises(as_of.NotRebuilt, match="no file had been received"):
        as_of.build(states[0], as_of.moment("2023-10-04"), ROUND)


def test_nothing_is_copied_while_a_run_replaces_files(settings, monkeypatch):
    monkeypatch.setattr(as_of, "hold", partial(as_of.hold, longest=0))
    settings.home.mkdir(exist_ok=True)
    with (settings.home / "run.lock").open("w") as of_a_run:
        fcntl.flock(of_a_run, fcntl.LOCK_EX)
        with pytest.raises(as_of.NotRebuilt, match="another run has held"):
            as_of.build(settings, DAY, ROUND)
    assert not as_of.place_of(settings).accepted.exists()


def test_the_moments_of_the_sample_are_of_its_own_files():
    with (PROJECT / "samples" / "arrivals.csv").open(encoding="utf-8", newline="") as file:
        named = {row["source_file"] for row in csv.DictReader(file) if row["round_key"] == ROUND}
    assert named == {path.name for path in SAMPLE.iterdir()}


def test_a_file_in_the_drop_folder_cannot_say_when_it_came(settings, inbox):
    (inbox / "arrivals.csv").write_bytes((PROJECT / "samples" / "arrivals.csv").read_bytes())
    arrivals = intake.receive(settings, ROUND)
    assert {(a.received_from, a.received_at.year > 2023) for a in arrivals} == {("drop folder", True)}
    ingest(replace(settings))
    rows = {row["source_file"]: row for row in Ledger(settings.ledger).as_table().to_pylist()}
    assert rows["arrivals.csv"]["outcome"] == "quarantined"
