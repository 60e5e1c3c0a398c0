"""One cell of the e-PlanNACC list that cannot be read: one critical fault, whatever follows from it."""

import openpyxl
import pytest

LIST = "e-PlanNACC เทศบาลนครตรัง.xlsx"


@pytest.fixture(scope="module")
def sent_again(installation):
    """The list once more, with words where project 40 has its 23,779.00 disbursed."""
    path = installation.inbox / LIST
    book = openpyxl.load_workbook(path)
    assert book["รายการโครงการ"]["E59"].value == 23779
    book["รายการโครงการ"]["E59"] = "สองหมื่นกว่า"
    book.save(path)
    installation.build()
    yield installation
    installation.put_back()


def test_the_cell_is_one_critical_fault(sent_again):
    rows = sent_again.ask("from marts.finding where source_file = ? and source_cell = 'E59'", LIST)
    assert {(row["rule"], row["severity"]) for row in rows} == {
        ("figure_withdrawn_by_refusal", "critical"),
        ("row_quarantined", "warning"),
    }
    [withdrawn] = [row for row in rows if row["severity"] == "critical"]
    assert withdrawn["eplan_seq"] == 40 and "23,779.00" in withdrawn["message_th"]


def test_what_the_tables_say_of_the_missing_project_is_open_and_the_rest_is_critical_still(sent_again):
    rows = sent_again.ask("select * from marts.finding where rule like 'export_%' order by message_en")
    figures = {row["message_en"].split(":")[0].removeprefix("Figure "): row for row in rows}
    # Project 40 is starred: it is in the summary alone. Listing 1.1.6 is still missing in the dimension table.
    assert {name: row["severity"] for name, row in figures.items()} == {
        "summary.completed": "warning",
        "summary.disbursed_baht": "warning",
        "summary.disbursed_pct": "warning",
        "dimension.1.budget_ordinance_baht": "critical",
        "dimension.total.budget_ordinance_baht": "critical",
    }
    assert "1 แถวที่รับเข้าไม่ได้" in figures["summary.completed"]["message_th"]


def test_a_listing_without_its_project_says_that_it_may_be_the_refused_row(sent_again):
    rows = sent_again.ask("from marts.reconciliation where rule = 'unreported_listing'")
    [row] = [row for row in rows if row["listing_code"] == "1.2.4"]
    assert "รับเข้าไม่ได้" in row["message_th"] and "could not be accepted: 1" in row["message_en"]
