"""The reference round without its crosswalk: what is paired, what is asked, and the answers that come back."""

import csv

import openpyxl
import pytest

from tests.conftest import PROJECT, ROUND

CROSSWALK = "crosswalk.csv"


def true_pairs():
    with (PROJECT / "samples/source/crosswalk.csv").open(encoding="utf-8", newline="") as file:
        return {(int(r["eplan_seq"]), r["division_code"]) for r in csv.DictReader(file) if r["division_code"]}


def rows_of(sheet):
    """The rows of a sheet as dicts by the first line of their heading, with the cell of the decision."""
    header = next(row for row in sheet.iter_rows() if str(row[0].value or "").startswith("ผลการตัดสิน"))
    names = [str(cell.value).replace("\n", " ") for cell in header]
    return [
        ({n: c.value for n, c in zip(names, row, strict=True)}, row[0])
        for row in sheet.iter_rows(min_row=header[0].row + 1)
    ]


def value(row, heading):
    return next(v for name, v in row.items() if name.startswith(heading))


class Story:
    def __init__(self, installation):
        self.installation = installation
        # A crosswalk with a decision column and no decision in it takes the place of the reviewed one.
        (installation.inbox / CROSSWALK).write_text(
            f"round_key,lgo_code,eplan_seq,listing_code,decision\n{ROUND},3920102,1,1.1.1,\n", encoding="utf-8"
        )
        installation.build(reports=True)
        self.without = installation.current
        self.bridge = {
            (r["eplan_seq"], r["listing_code"]): r
            for r in self.ask(self.without, "from core.bridge_listing_project where eplan_seq is not null")
        }
        self.workbook = installation.home / "reports" / ROUND / "current" / "match_review_3920102.xlsx"
        book = openpyxl.load_workbook(self.workbook)
        self.sheets = book.sheetnames
        for row, decision in rows_of(book["รอตัดสิน"]):
            if value(row, "รหัสรายการ") == "1.1.2":
                decision.value = "ตรงกัน"
            elif value(row, "ลำดับใน") == 75:
                decision.value = "ไม่ตรงกัน"
        [wrong] = [d for row, d in rows_of(book["จับคู่อัตโนมัติ"]) if value(row, "ลำดับใน") == 36]
        wrong.value = "ไม่ตรงกัน"
        for row, decision in rows_of(book["ยังไม่มีคู่"]):
            if value(row, "ลำดับใน") == 6:
                column = [name for name in row if name.startswith("รหัสรายการ")]
                decision.offset(column=list(row).index(column[0])).value = "1.1.6"
                decision.value = "ตรงกัน"
            elif value(row, "ลำดับใน") == 14:
                decision.value = "ไม่ตรงกัน"
        book.save(installation.inbox / "ตรวจสอบแล้ว.xlsx")
        installation.build()
        self.decided = installation.current

    def ask(self, release, sql, *values):
        return self.installation.ask(sql, *values, release=release)


@pytest.fixture(scope="module")
def story(installation):
    yield Story(installation)
    installation.put_back()


def test_no_automatic_pair_is_wrong_and_most_are_found(story):
    automatic = set(story.bridge)
    assert automatic - true_pairs() == set()
    assert len(automatic) >= 78
    assert {row["match_method"] for row in story.bridge.values()} == {"automatic"}


def test_no_listing_is_two_projects(story):
    assert len({code for _, code in story.bridge}) == len(story.bridge)


def test_what_is_not_certain_is_asked_once_with_the_right_partner_or_said_to_have_none(story):
    found = story.ask(story.without, "from marts.finding where rule = 'match_proposed'")
    asked = [(r["eplan_seq"], r["listing_code"]) for r in found]
    left = {seq for seq, _ in true_pairs()} - {seq for seq, _ in story.bridge}
    assert set(asked) <= true_pairs() and len(asked) == len({seq for seq, _ in asked})
    unlisted = {
        r["eplan_seq"]
        for r in story.ask(story.without, "from marts.reconciliation where rule = 'unlisted_project'")
    }
    assert {seq for seq, _ in asked} | unlisted == left | {14, 30, 33}
    assert {seq for seq, _ in asked}.isdisjoint(unlisted)
    [shared] = [r for r in found if r["eplan_seq"] == 3]
    assert shared["listing_code"] == "1.1.2" and "35" in shared["message_th"]


def test_every_project_has_a_series(story):
    rows = story.ask(story.without, "from core.dim_project")
    assert {(r["series_method"], r["project_series_id"] == r["project_id"]) for r in rows} == {("first", True)}


def test_the_workbook_has_its_sheets_and_a_list_to_choose_from(story):
    assert story.sheets == ["คำแนะนำ", "รอตัดสิน", "ยังไม่มีคู่", "จับคู่อัตโนมัติ", "ตัดสินแล้ว"]
    book = openpyxl.load_workbook(story.workbook)
    for name in story.sheets[1:4]:
        [choice] = book[name].data_validations.dataValidation
        assert choice.formula1 == '"ตรงกัน,ไม่ตรงกัน"'


def test_the_answers_come_back_as_reviewed_decisions(story):
    pairs = {
        (r["eplan_seq"], r["listing_code"]): r["match_method"]
        for r in story.ask(story.decided, "from core.bridge_listing_project where eplan_seq is not null")
    }
    assert {pair for pair, method in pairs.items() if method == "reviewed"} == {(3, "1.1.2"), (6, "1.1.6")}
    # Rejected, and so neither paired nor proposed again; what nobody touched is as before.
    assert not {seq for seq, _ in pairs} & {14, 36, 75}
    assert {p for p in pairs if p[0] not in (3, 6, 35)} == {p for p in story.bridge if p[0] not in (35, 36)}
    proposed = story.ask(story.decided, "from marts.finding where rule = 'match_proposed'")
    assert (75, "4.3.1") not in {(r["eplan_seq"], r["listing_code"]) for r in proposed}
    refused = story.ask(story.decided, "from marts.finding where rule in ('row_quarantined', 'unknown_column')")
    assert refused == []
