"""The FY2566 12-month round of เทศบาลนครตรัง against what its published report states and hides.

The figures come from tests/reference/published_figures.csv; the findings were made by hand, by reading both
sides of the report (see samples/README.md).
"""

import csv
from decimal import Decimal

import openpyxl
import pytest

from tests.conftest import PROJECT, ROUND

D = Decimal


@pytest.fixture(scope="module")
def published():
    with (PROJECT / "tests/reference/published_figures.csv").open(encoding="utf-8", newline="") as file:
        return {row["figure_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def figures(installation):
    return {row["figure_id"]: row for row in installation.ask("from marts.published_figure")}


def test_all_89_published_figures_are_read_from_the_exports(published, figures):
    assert len(published) == 89
    assert {k: row["published_value"] for k, row in figures.items()} == {
        k: row["published_value"] for k, row in published.items()
    }


def test_73_are_computed_and_71_agree(figures):
    computed = [row for row in figures.values() if row["computed_value"] is not None]
    assert (len(computed), sum(row["agrees"] for row in computed)) == (73, 71)
    assert {k for k, row in figures.items() if row["agrees"] is False} == {
        "dimension.1.budget_ordinance_baht",
        "dimension.total.budget_ordinance_baht",
    }


@pytest.mark.parametrize(("dimension", "computed"), [("1", "1322500.00"), ("total", "1352500.00")])
def test_the_ordinance_that_differs_is_explained_by_listing_1_1_6(figures, dimension, computed):
    row = figures[f"dimension.{dimension}.budget_ordinance_baht"]
    assert row["computed_value"] == computed
    assert "1.1.6" in row["explanation"]


def test_the_percents_of_the_other_local_governments_are_only_checked(figures):
    others = {k: row for k, row in figures.items() if k.endswith(".percent") and k != "ranking.4.percent"}
    assert len(others) == 16
    assert all(row["computed_value"] is None and row["agrees"] is None for row in others.values())
    # 53.33 % of a tambon municipality is 8 of 15 projects; 51.43 % of the PAO is 18 of 35.
    assert "8/15" in others["ranking.3.percent"]["explanation"]
    assert "18/35" in others["ranking.5.percent"]["explanation"]


def test_row_and_column_of_a_figure_are_those_of_its_cell(figures):
    assert [
        (figure_id, row["source_cell"])
        for figure_id, row in figures.items()
        if row["source_cell"] != f"{row['source_column']}{row['source_row']}"
    ] == []


def test_no_published_figure_is_copied_into_the_computed_one(installation):
    """Take the exports' own tables away in mind: the computed side must come from lists and listings."""
    [summary] = installation.ask("from marts.round_summary")
    assert (summary["initial_projects"], summary["additional_projects"]) == (34, 47)
    assert (summary["budget_baht"], summary["disbursed_baht"]) == (D("6050000.00"), D("2932164.35"))
    assert (summary["disbursed_pct"], summary["implementation_pct"]) == (D("48.47"), D("91.43"))
    assert (summary["minimum_projects"], summary["initial_completed"], summary["initial_in_ordinance"]) == (
        35,
        32,
        4,
    )
    assert (summary["implementation_level"], summary["implementation_level_th"]) == ("high", "มาก")
    # Projects 3 and 35 carry the same 942,154.25; counted once the round spent that much less.
    assert summary["disbursed_distinct_baht"] == D("2932164.35") - D("942154.25")


def reconciliation(installation, rule, column):
    return sorted(row[column] for row in installation.ask("from marts.reconciliation where rule = ?", rule))


@pytest.mark.parametrize(
    ("rule", "column", "expected"),
    [
        ("budget_plan_differs", "eplan_seq", [6, 8, 11, 37, 42, 44, 47, 48, 50]),
        ("disbursed_differs", "eplan_seq", [6, 40, 43, 47, 63]),
        ("status_differs", "eplan_seq", [2, 8, 12, 17, 20, 22, 52, 63, 71, 72]),
        ("unreported_listing", "listing_code", ["1.2.5", "2.3.3"]),
        ("unlisted_project", "eplan_seq", [14, 30, 33]),
    ],
)
def test_what_differs_between_the_two_sides(installation, rule, column, expected):
    assert reconciliation(installation, rule, column) == expected


def test_the_five_disbursement_differences_with_their_values(installation):
    rows = installation.ask("from marts.reconciliation where rule = 'disbursed_differs'")
    got = {(r["eplan_seq"], r["listing_code"]): (r["eplan_value"], r["division_value"]) for r in rows}
    as_numbers = {k: tuple(D(str(v or 0).replace(",", "")) for v in pair) for k, pair in got.items()}
    assert as_numbers == {
        (40, "1.2.4"): (D(23779), D(44528)),
        (43, "1.2.6"): (D(39250), D(49250)),
        (63, "3.1.4"): (D(16304), D(17204)),
        (47, "2.1.2"): (D(28788), D(0)),
        (6, "1.1.6"): (D(0), D(168953)),
    }


def findings(installation, rule):
    return installation.ask("from marts.finding where rule = ? order by eplan_seq, listing_code", rule)


def test_the_only_wrong_subtraction(installation):
    [row] = findings(installation, "remaining_arithmetic")
    assert row["listing_code"] == "1.2.3"
    assert "67,750" in row["message_th"] and "67,950" in row["message_th"]
    assert row["source_file"] == "กองสาธารณสุขฯ 12 เดือน.ods" and row["value_as_written"] == "67750"


def test_money_counted_twice(installation):
    [row] = findings(installation, "same_money_twice")
    assert row["eplan_seq"] == 35
    assert "942,154.25" in row["message_th"]


def test_the_four_overspends_and_why(installation):
    """A transfer explains three; for 42 the ordinance of 60,000 covers it, so its budget in e-PlanNACC is wrong."""
    explained = {row["eplan_seq"]: row for row in findings(installation, "overspend_explained")}
    assert list(explained) == [3, 35, 62]
    assert "272,500" in explained[3]["message_th"]
    assert "150,000" in explained[62]["message_th"]
    assert {row["severity"] for row in explained.values()} == {"info"}
    [row] = findings(installation, "overspend")
    assert (row["eplan_seq"], row["severity"]) == (42, "warning")
    assert "60,000" in row["message_th"]


def test_listings_of_one_project_that_contradict_each_other(installation):
    [row] = findings(installation, "listing_contradiction")
    assert all(code in row["message_th"] for code in ("3.1.4", "3.2.4", "3.3.3"))


def test_what_the_reader_put_right_is_said(installation):
    rows = findings(installation, "repaired_cell")
    assert {row["value_as_written"] for row in rows} == {
        "30,000 ออนไลน์ 25,400",
        "- 1 โครงการ 5 หลักสูตร - ถอนเพิ่มระหว่างปี 800,000 + 272,500 = 1,072,500 บาท",
        "องค์การบริหารส่วนตำบลนาทามใต้",
        "องค์การบริหารส่วนตำบลนาทามเหนือ",
    }


def places(installation, rule):
    return {row["listing_code"]: (row["source_file"], row["source_cell"]) for row in findings(installation, rule)}


def test_what_is_not_finished_at_the_end_of_the_year(installation):
    """The nine in-progress marks of the division table, each its own project; e-PlanNACC has none."""
    clerks, treasury, welfare = "สำนักปลัดเทศบาล รอบ 12 เดือน.xlsx", "กองคลัง ต.ค.66.xlsx", "กองสวัสดิการสังคม.xlsx"
    found = places(installation, "in_progress_at_year_end")
    assert list(found) == ["1.1.3", "2.2.9", "2.2.11", "2.2.8", "2.2.6", "2.2.10", "3.1.4", "3.1.3", "3.1.2"]
    assert {code: cell for code, (file, cell) in found.items() if file == clerks} == {
        "2.2.6": "J14",
        "2.2.9": "J15",
        "2.2.11": "J16",
    }
    assert found["2.2.8"] == (treasury, "J11")
    assert {code: cell for code, (file, cell) in found.items() if file == welfare} == {
        "3.1.2": "J12",
        "3.1.3": "J13",
        "3.1.4": "J14",
    }


def test_no_budget_was_marked_although_the_plan_has_one(installation):
    found = places(installation, "no_budget_mark_with_plan")
    assert sorted(found) == ["1.3.5", "2.2.10", "2.2.11", "2.2.6", "2.2.9"]
    assert found["1.3.5"] == ("รายงานผล ป.ป.ช. กองการศึกษา.xls", "H12")
    [row] = [r for r in findings(installation, "no_budget_mark_with_plan") if r["listing_code"] == "1.3.5"]
    assert "500,000.00" in row["message_th"] and row["severity"] == "info"


def test_the_two_wrong_figures_of_the_dimension_table(installation):
    rows = findings(installation, "export_dimension_differs")
    assert {(row["source_cell"], row["value_as_written"]) for row in rows} == {
        ("F5", "1122500"),
        ("F9", "1152500"),
    }
    assert all("1.1.6" in row["message_th"] and row["severity"] == "critical" for row in rows)


def test_nothing_else_is_found(installation):
    """A finding that the report does not bear out is a false alarm."""
    rules = {row["rule"] for row in installation.ask("select distinct rule from marts.finding")}
    assert rules == {
        "export_dimension_differs",
        "in_progress_at_year_end",
        "no_budget_mark_with_plan",
        "same_money_twice",
        "overspend",
        "overspend_explained",
        "listing_contradiction",
        "remaining_arithmetic",
        "repaired_cell",
    }


def test_every_finding_and_difference_leads_to_a_cell(installation):
    lost = installation.ask(
        "from marts.finding where source_file is null or source_sheet is null or source_row is null"
    )
    assert lost == []
    one_sided = installation.ask(
        "from marts.reconciliation where division_source_file is null and eplan_source_file is null"
    )
    assert one_sided == []


def test_942154_25_leads_to_its_cells(installation):
    rows = installation.ask(
        "select source, source_file, source_sheet, disbursed_cell, disbursed_as_written from core.fct_budget"
        " where disbursed_baht = 942154.25 order by source, source_row"
    )
    assert [(r["source"], r["source_file"], r["source_sheet"], r["disbursed_as_written"]) for r in rows] == [
        ("division", "กองการเจ้าหน้าที่.csv", "CSV", "942,154.25"),
        ("eplan", "e-PlanNACC เทศบาลนครตรัง.xlsx", "รายการโครงการ", "942154.25"),
        ("eplan", "e-PlanNACC เทศบาลนครตรัง.xlsx", "รายการโครงการ", "942154.25"),
    ]
    assert rows[0]["disbursed_cell"].startswith("F") and rows[1]["disbursed_cell"].startswith("E")


def test_listings_of_one_project_count_once(installation):
    [row] = installation.ask(
        "select sum(disbursed_baht) as listed, sum(disbursed_baht) filter (where counts_towards_total) as counted"
        " from core.fct_budget where source = 'division'"
    )
    # All 88 listings, as the report lists them; without the second and later listing of one project:
    # 1.2.2 49,413; 1.3.2 32,840; 3.2.3 37,446; 3.2.4 and 3.3.3 17,204 each; 3.2.5 and 3.3.2 31,085 each;
    # 3.3.1 44,240.60. (4.1.2 repeats 3.3.7 without money.)
    assert row["listed"] == D("2451914.70")
    again = D("49413") + D("32840") + D("37446") + 2 * D("17204") + 2 * D("31085") + D("44240.60")
    assert row["counted"] == D("2451914.70") - again


def test_provincial_ranking(installation):
    rows = installation.ask("from marts.provincial_ranking order by rank_in_province, lgo_code")
    assert len(rows) == 17 and all(row["has_reported"] for row in rows)
    own = next(row for row in rows if row["lgo_code"] == "3920102")
    assert (own["basis"], own["implementation_pct"], own["level_th"]) == ("computed", D("91.43"), "มาก")
    # Seven at 100, two at 93.33, then 91.43.
    assert [row["rank_in_province"] for row in rows][:10] == [1] * 7 + [8, 8, 10]
    assert own["rank_in_province"] == 10
    assert {row["basis"] for row in rows if row is not own} == {"published"}
    assert (own["computed_pct"], own["published_pct"], own["published_agrees"]) == (D("91.43"), D("91.43"), True)
    # The only city municipality of the ranking; 93.33 of the tambon municipalities comes before 80 and 53.33.
    assert own["rank_in_type"] == 1
    assert [row["rank_in_type"] for row in rows if row["lgo_type"] == "เทศบาลตำบล"] == [1, 2, 3]


def test_missions_add_up_to_the_totals(installation):
    """สภาเมืองนครตรัง is listed under 3.1, 3.2 and 3.3: seen in each, counted once."""
    [total] = installation.ask("from marts.dimension_summary where dimension = 'total'")
    [summary] = installation.ask("from marts.round_summary")
    [sums] = installation.ask(
        """
        select sum(initial_projects) as initial, sum(initial_completed) as initial_completed,
            sum(initial_budget_plan_baht) as plan, sum(initial_budget_ordinance_baht) as ordinance,
            sum(initial_disbursed_baht) as initial_disbursed, sum(projects) as projects,
            sum(completed) as completed, sum(disbursed_baht) as disbursed, sum(budget_plan_baht) as budget
        from marts.mission_summary
        """
    )
    assert (sums["initial"], sums["initial_completed"], sums["plan"]) == (34, 32, D("1750000.00"))
    assert (sums["initial_disbursed"], sums["disbursed"]) == (D("1002154.25"), D("2932164.35"))
    assert sums["ordinance"] == total["budget_ordinance_baht"] == D("1352500.00")
    assert (sums["projects"], sums["completed"], sums["budget"]) == (81, 77, summary["budget_baht"])
    by_dimension = installation.ask(
        "select dimension, sum(initial_projects) as n from marts.mission_summary group by dimension order by dimension"
    )
    assert [(row["dimension"], row["n"]) for row in by_dimension] == [("1", 7), ("2", 18), ("3", 3), ("4", 6)]

    missions = {
        row["mission"]: row for row in installation.ask("from marts.mission_summary where dimension = '3'")
    }
    assert sorted(missions) == ["3.1", "3.2", "3.3"]
    # 59, 61, 63 and 73 are under more than one mission; 69 is under 4.1 as well.
    assert [missions[m]["shared_with_other_missions"] for m in sorted(missions)] == [3, 4, 4]
    assert [missions[m]["counted_elsewhere"] for m in sorted(missions)] == [0, 3, 3]
    assert missions["3.2"]["disbursed_counted_elsewhere_baht"] == D("37446") + D("31085") + D("16304")
    [unknown] = installation.ask("select sum(projects) as n from marts.mission_summary where mission = '-'")
    assert unknown["n"] == 3  # 14, 30, 33


def test_plan_to_remaining_of_the_listings_with_transfers(installation):
    """As stated and as computed, by hand: 1.1.2, 3.1.6, 3.1.7, 3.2.1, and 1.2.3, which is wrong."""
    rows = installation.ask(
        """
        select listing_code, budget_plan_baht, budget_ordinance_baht, transfer_in_baht, transfer_out_baht,
            disbursed_baht, remaining_baht, remaining_computed_baht
        from core.fct_budget
        where source = 'division' and listing_code in ('1.1.2', '1.2.3', '3.1.6', '3.1.7', '3.2.1')
        order by listing_code
        """
    )
    assert [tuple(str(v) for v in row.values()) for row in rows] == [
        ("1.1.2", "800000.00", "800000.00", "272500.00", "0.00", "942154.25", "130345.75", "130345.75"),
        ("1.2.3", "200000.00", "100000.00", "0.00", "0.00", "32050.00", "67750.00", "67950.00"),
        ("3.1.6", "50000.00", "50000.00", "0.00", "20000.00", "27295.00", "2705.00", "2705.00"),
        ("3.1.7", "50000.00", "50000.00", "150000.00", "0.00", "198844.00", "1156.00", "1156.00"),
        ("3.2.1", "30000.00", "30000.00", "0.00", "25400.00", "1930.00", "2670.00", "2670.00"),
    ]
    moves = installation.ask("from core.fct_budget_movement order by listing_code")
    assert [(m["listing_code"], m["direction"], m["amount_baht"], m["cell"]) for m in moves] == [
        ("1.1.2", "in", D("272500.00"), "L9"),
        ("3.1.6", "out", D("20000.00"), "F16"),
        ("3.1.7", "in", D("150000.00"), "E17"),
        ("3.2.1", "out", D("25400.00"), "E27"),
    ]


def test_what_to_change_in_eplannacc(installation):
    """Instructions are what both sides say plainly; what is blank, shared or contradicted is asked first."""
    rows = installation.ask("from marts.eplan_change")
    changes = {
        (r["eplan_seq"], r["field"]): (r["old_value"], r["new_value"]) for r in rows if r["kind"] == "change"
    }
    money = {key: (D(old), D(new)) for key, (old, new) in changes.items() if key[1] != "status"}
    assert money == {
        (6, "budget_plan_baht"): (D(0), D(200000)),
        (6, "disbursed_baht"): (D(0), D(168953)),
        (8, "budget_plan_baht"): (D(0), D(100000)),
        (11, "budget_plan_baht"): (D(50000), D(30000)),
        (37, "budget_plan_baht"): (D(50000), D(120000)),
        (40, "disbursed_baht"): (D(23779), D(44528)),
        (42, "budget_plan_baht"): (D(50000), D(200000)),
        (43, "disbursed_baht"): (D(39250), D(49250)),
        (44, "budget_plan_baht"): (D(100000), D(500000)),
        (50, "budget_plan_baht"): (D(30000), D(50000)),
        (63, "disbursed_baht"): (D(16304), D(17204)),
    }
    assert {seq: new for (seq, field), (_, new) in changes.items() if field == "status"} == {
        **dict.fromkeys((2, 8, 12, 20, 22, 52, 71, 72), "in_progress"),
        17: "unable",
    }
    assert {
        (r["eplan_seq"], r["listing_code"], r["field"], r["doubt"]) for r in rows if r["kind"] == "review"
    } == {
        (14, None, "project", "no_listing"),
        (30, None, "project", "no_listing"),
        (33, None, "project", "no_listing"),
        (35, "1.1.2", "disbursed_baht", "same_as_project 3"),
        (47, "2.1.2", "budget_plan_baht", "blank_in_form"),
        (47, "2.1.2", "disbursed_baht", "blank_in_form"),
        (48, "2.1.1", "budget_plan_baht", "blank_in_form"),
        (63, "3.1.4", "status", "listing_contradiction"),
        (None, "2.3.3", "project", "may_be_project 14"),
    }
    added = {r["field"]: r["new_value"] for r in rows if r["kind"] == "add"}
    assert {r["listing_code"] for r in rows if r["kind"] == "add"} == {"1.2.5"}
    assert (added["budget_plan_baht"], added["disbursed_baht"], added["status"], added["dimension"]) == (
        "100000.00",
        "29573.00",
        "completed",
        "1",
    )
    [row] = [r for r in rows if (r["eplan_seq"], r["field"]) == (40, "disbursed_baht")]
    assert (row["eplan_cell"], row["division_cell"], row["division_source_file"]) == (
        "E59",
        "F8",
        "กองสวัสดิการสังคม.xlsx",
    )


def test_the_sheet_of_changes(installation):
    path = installation.home / "reports" / ROUND / "current" / "eplan_changes_3920102.xlsx"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["คำแนะนำ", "แก้ไข", "เพิ่ม", "ตรวจสอบก่อน"]
    rows = [
        [cell.value for cell in row] for row in book["แก้ไข"].iter_rows(min_row=7) if row[0].value in ("☐", "☑")
    ]
    assert len(rows) == 20 and [row[1] for row in rows] == sorted(row[1] for row in rows)
    [forty] = [row for row in rows if row[1] == 40]
    assert forty[4:8] == [23779, 44528, 20749, "1.2.4"]
    assert forty[11].endswith("เซลล์ E59") and forty[12].endswith("เซลล์ F8")
    [two] = [row for row in rows if row[1] == 2]
    assert two[4:6] == ["ไม่สามารถดำเนินการได้", "อยู่ระหว่างดำเนินการ"]
    [validation] = book["แก้ไข"].data_validations.dataValidation
    assert validation.formula1 == '"☐,☑"'
    assert not any(str(c.value).startswith("=") for s in book for row in s.iter_rows() for c in row if c.value)
