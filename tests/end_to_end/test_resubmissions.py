"""A division sends again, its return comes back corrected, a correction is phoned in, and the past stays."""

import csv
import json
import os
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import openpyxl
import pytest

from tests.conftest import ROUND, SAMPLE
from tests.corpus.make import as_csv
from tests.unit.test_parse import HEADER as FORM_HEADER
from tests.unit.test_parse import ROW, TITLE, workbook

D = Decimal
FINANCE = "กองคลัง ต.ค.66.xlsx"
REGISTER = "ทะเบียนแก้ไข.csv"
EMPTIED = "ทะเบียนแก้ไขที่ถอน.csv"
HEADER = [
    "round_key",
    "lgo_code",
    "side",
    "what",
    "field",
    "old_value",
    "new_value",
    "reason",
    "decided_by",
    "decided_on",
    "valid_until",
]
LISTING = "กิจกรรม “วิเคราะห์ผลการจัดซื้อจัดจ้างประจำปี”"
SPENT_ON_2_2_19 = "select disbursed_baht from core.fct_budget where listing_code = '2.2.19'"
RETURN = "returns/3920102_กองคลัง.xlsx"
STRATEGY = "แผนทุจริต 66 กองยุทธศาสตร์ฯ (แก้ไข).xlsx"
SLOW, SLOW_TEXT = "ส่งช้า.xlsx", "ส่งช้า.csv"
WRONG_HEADING, RIGHT_AGAIN, NAMELESS = "หัวตารางผิด.xlsx", "ยุทธ แก้แล้ว.xlsx", "ไม่บอกหน่วยงาน.xlsx"


def register(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for side, what, field, old, new, until in rows:
            decided = ("ลบเลขผิด", "ผู้อำนวยการกอง", "2566-11-02")
            writer.writerow([ROUND, "3920102", side, what, field, old, new, *decided, until])


class Story:
    """The reference round, then a second form of กองคลัง with a register, then the corrected return."""

    def __init__(self, installation):
        self.installation = installation
        self.reports = installation.home / "reports" / ROUND
        self.first, self.first_parquet = installation.current, installation.parquet()
        self.before = datetime.now(UTC)

        path = installation.inbox / FINANCE
        book = openpyxl.load_workbook(path)
        sheet = book.active
        rows = {str(r[2].value).split(" ")[0]: r for r in sheet.iter_rows() if r[2].value}
        rows["2.2.19"][5].value = 1234.5
        rows["2.2.7"][5].value = "ประมาณห้าหมื่น"
        self.refused_cell = rows["2.2.7"][5].coordinate
        for cell in rows["2.2.8"][2:]:
            cell.value = None
        book.save(path)
        register(
            installation.inbox / REGISTER,
            [
                ("division", "1.2.3", "remaining_baht", "67,750", "๖๗,๙๕๐", ""),
                ("eplan", "40", "disbursed_baht", "23779", "44528", "31/12/2999"),
                ("division", "1.2.4", "disbursed_baht", "1", "2", ""),
                ("eplan", "3", "disbursed_baht", "942154.25", "0", "2566-12-31"),
                ("eplan", "40", "status", "?", "completed", ""),
            ],
        )
        register(installation.inbox / EMPTIED, [("division", "1.2.6", "budget_plan_baht", "50000", "77", "")])
        book = openpyxl.load_workbook(installation.inbox / STRATEGY)
        book.active["F6"].value = "ยอดใช้ไป"
        book.save(installation.inbox / WRONG_HEADING)
        book = openpyxl.load_workbook(installation.inbox / "กองช่าง.xlsx")
        for cell, value in {"A5": None, "C8": "2.2.71 โครงการใหม่ ก", "C9": "2.3.72 โครงการใหม่ ข"}.items():
            book.active[cell].value = value
        book.save(installation.inbox / NAMELESS)
        # Two copies that rested half done, one of them behind a whole row: nothing shows that it is not all.
        rows = [[*ROW[:2], f"1.1.{n} โครงการ", *ROW[3:]] for n in (91, 92)]
        whole = workbook([TITLE, ["หน่วยงาน : กองกิจการสภา"], *FORM_HEADER, rows[0]])
        (installation.inbox / SLOW).write_bytes(whole[:2000])
        text = as_csv(
            [TITLE, ["หน่วยงาน : กองแผนที่"], *FORM_HEADER, rows[1], [*ROW[:2], "1.1.93 โครงการ", *ROW[3:]]]
        )
        (installation.inbox / SLOW_TEXT).write_bytes(b"".join(text.splitlines(keepends=True)[:-1]))
        with duckdb.connect(str(self.first / "warehouse.duckdb"), read_only=True) as reader:
            installation.build(reports=True)
            self.read_on = reader.execute(SPENT_ON_2_2_19).fetchall()
        self.second = installation.current
        self.second_reports = self.reports / self.second.name

        book = openpyxl.load_workbook(self.second_reports / RETURN)
        sheet = book[book.sheetnames[2]]
        sheet[self.refused_cell].value = "50,000"
        book.save(installation.inbox / "กองคลัง แก้ไขแล้ว.xlsx")
        self.returned = openpyxl.load_workbook(self.second_reports / "returns/3920102_กองยุทธศาสตร์และงบประมาณ.xlsx")
        # The list of what is wrong says it too.
        [heading] = [c for row in self.returned.worksheets[2].iter_rows() for c in row if c.value == "ยอดใช้ไป"]
        heading.value = "เบิกจ่าย"
        self.returned.save(installation.inbox / RIGHT_AGAIN)
        # Two forms of กองช่าง at once: the one saved later says what the first submission said.
        for name, remark, saved in [("ฉบับแรก", "แก้ไข", 1_700_000_000), ("ฉบับสอง", None, 1_700_000_100)]:
            book = openpyxl.load_workbook(installation.inbox / "กองช่าง.xlsx")
            row = next(r for r in book.active.iter_rows() if str(r[2].value).startswith("2.3.1"))
            row[11].value = remark or row[11].value
            path = installation.inbox / f"กองช่าง {name}.xlsx"
            book.save(path)
            os.utime(path, (saved, saved))
        (installation.inbox / SLOW).write_bytes(whole)
        (installation.inbox / SLOW_TEXT).write_bytes(text)
        register(installation.inbox / EMPTIED, [])
        register(
            installation.inbox / "ทะเบียนแก้ไข ธ.ค..csv",
            [("division", "1.2.3", "remaining_baht", "67,750", "ราวหกหมื่น", "")],
        )
        installation.build()
        self.third = installation.current

    def ask(self, release, sql, *values):
        return self.installation.ask(sql, *values, release=release)


@pytest.fixture(scope="module")
def story(installation):
    yield Story(installation)
    installation.put_back()


def test_a_changed_workbook_gives_a_new_release_and_readers_of_the_old_one_go_on(story):
    assert story.second != story.first
    assert story.read_on == [(None,)]
    assert story.ask(story.second, SPENT_ON_2_2_19) == [{"disbursed_baht": D("1234.50")}]
    assert story.ask(story.first, SPENT_ON_2_2_19) == [{"disbursed_baht": None}]
    states = story.ask(
        story.second,
        "select is_current from marts.submission_ledger where source_file like 'กองคลัง%' order by received_at",
    )
    assert [row["is_current"] for row in states] == [False, True]


def test_what_changed_between_two_submissions_is_told_per_cell(story):
    [arrival] = story.ask(
        story.second, "from marts.submission_ledger where source_file = ? and is_current", FINANCE
    )
    changes = story.ask(
        story.second,
        "from marts.submission_change where after_arrival_id = ? order by row_key",
        arrival["arrival_id"],
    )
    assert [(c["division"], c["row_key"], c["change"], c["field"]) for c in changes] == [
        ("กองคลัง", "2.2.19", "changed", "disbursed_baht"),
        ("กองคลัง", "2.2.7", "refused", None),
        ("กองคลัง", "2.2.8", "removed", None),
    ]
    [changed, refused, removed] = changes
    assert (refused["before"], refused["before_row"], refused["after_cell"], refused["after_as_written"]) == (
        LISTING, 10, story.refused_cell, "ประมาณห้าหมื่น",
    )  # fmt: skip
    assert (changed["before"], changed["after"], changed["after_as_written"]) == (None, "1234.50", "1234.5")
    assert changed["before_cell"] == changed["after_cell"] == "F12"
    assert changed["before_file"] == changed["after_file"] == FINANCE
    assert changed["before_sha256"] != changed["after_sha256"] == arrival["source_sha256"]
    assert (removed["before_row"], removed["after_file"]) == (11, None)


def test_a_withdrawn_listing_is_a_finding_and_a_refused_one_is_not(story):
    rows = story.ask(story.second, "from marts.finding where rule = 'listing_withdrawn'")
    assert [(r["severity"], r["listing_code"], r["division"]) for r in rows] == [("warning", "2.2.8", "กองคลัง")]


def test_figures_that_a_refused_row_takes_out_of_the_totals_are_named(story):
    [row] = story.ask(story.second, "from marts.finding where rule = 'figure_withdrawn_by_refusal'")
    assert (row["severity"], row["listing_code"], row["division"]) == ("critical", "2.2.7", "กองคลัง")
    assert (row["source_file"], row["source_cell"]) == (FINANCE, story.refused_cell)
    # 2.2.7 had no money in the first file.
    for said in ("ประมาณห้าหมื่น", f"{FINANCE} แถว 10", "ไม่มีจำนวนเงิน", LISTING):
        assert said in row["message_th"]
    assert story.ask(story.third, "from marts.finding where rule = 'figure_withdrawn_by_refusal'") == []


def test_two_different_forms_of_one_division_at_once_are_a_finding(story):
    assert story.ask(story.second, "from marts.finding where rule = 'submissions_conflict'") == []
    [row] = story.ask(story.third, "from marts.finding where rule = 'submissions_conflict'")
    assert (row["severity"], row["division"], row["source_file"]) == ("warning", "กองช่าง", "กองช่าง ฉบับแรก.xlsx")
    assert "นับ กองช่าง ฉบับสอง.xlsx" in row["message_th"] and "ไม่นับ กองช่าง ฉบับแรก.xlsx" in row["message_th"]


def test_files_after_the_deadline_are_late(story):
    rows = story.ask(story.second, "from marts.submission_ledger")
    due = datetime(2023, 10, 31).date()
    assert {(r["is_late"], r["days_late"] - (r["received_at"].date() - due).days) for r in rows} == {(True, 0)}


def test_a_correction_applies_only_while_the_source_has_the_old_value(story):
    rows = story.ask(story.second, "from marts.correction where source_file = ? order by source_row", REGISTER)
    assert [(r["side"], r["what"], r["field"], r["outcome"], r["found_value"]) for r in rows] == [
        ("division", "1.2.3", "remaining_baht", "applied", "67750.00"),
        ("eplan", "40", "disbursed_baht", "applied", "23779.00"),
        ("division", "1.2.4", "disbursed_baht", "guard_failed", "44528.00"),
        ("eplan", "3", "disbursed_baht", "expired", "942154.25"),
    ]
    found = {r["rule"]: r for r in story.ask(story.second, "from marts.finding where rule like 'correction%'")}
    assert {rule: r["severity"] for rule, r in found.items()} == {
        "correction_stale": "critical",
        "correction_expired": "warning",
    }
    assert "44528.00" in found["correction_stale"]["message_th"]
    # The row of the register that cannot be read is said, too.
    [refused] = story.ask(
        story.second, "from marts.finding where source_file = ? and rule = 'row_quarantined'", REGISTER
    )
    assert refused["value_as_written"] == "?"


def test_a_register_without_rows_withdraws_what_it_said(story):
    plan = "select budget_plan_baht as baht from core.fct_budget where listing_code = '1.2.6'"
    assert story.ask(story.second, plan) == [{"baht": D("77.00")}]
    assert story.ask(story.third, plan) == [{"baht": D("50000.00")}]
    assert story.ask(story.third, "from marts.correction where source_file = ?", EMPTIED) == []
    assert story.ask(
        story.third,
        "select outcome, rows_accepted, is_current from marts.submission_ledger where source_file = ?"
        " order by arrival_id",
        EMPTIED,
    ) == [
        {"outcome": "accepted", "rows_accepted": 1, "is_current": False},
        {"outcome": "accepted", "rows_accepted": 0, "is_current": True},
    ]


def test_a_later_correction_that_cannot_be_read_holds_the_earlier_one_and_says_so(story):
    [held] = story.ask(story.third, "from marts.correction where what = '1.2.3'")
    assert (held["outcome"], held["held_by_file"], held["held_by_row"]) == ("held", "ทะเบียนแก้ไข ธ.ค..csv", 2)
    [finding] = story.ask(story.third, "from marts.finding where rule = 'correction_held'")
    assert (finding["severity"], finding["source_file"]) == ("critical", "ทะเบียนแก้ไข ธ.ค..csv")
    assert (finding["source_cell"], finding["value_as_written"]) == ("G2", "ราวหกหมื่น")
    for said in (REGISTER, "67750.00 → 67950.00", "ราวหกหมื่น", "รายการ 1.2.3 remaining_baht"):
        assert said in finding["message_th"]
    # Neither of the two is applied: the figure is the file's own again, with what is wrong about it.
    [listing] = story.ask(story.third, "from core.fct_budget where listing_code = '1.2.3'")
    assert (listing["remaining_baht"], listing["corrected_fields"]) == (D("67750.00"), None)


def test_a_correction_reaches_the_figures_and_leaves_the_text(story):
    [listing] = story.ask(story.second, "from core.fct_budget where listing_code = '1.2.3'")
    assert (listing["remaining_baht"], listing["remaining_as_written"]) == (D("67950.00"), "67750")
    assert (listing["corrected_fields"], listing["corrected_by"]) == ("remaining_baht", "ผู้อำนวยการกอง")
    wrong = story.ask(story.second, "select listing_code from marts.finding where rule = 'remaining_arithmetic'")
    assert wrong == [{"listing_code": "2.2.19"}]
    # 44,528 instead of 23,779.
    [summary] = story.ask(story.second, "from marts.round_summary")
    assert summary["disbursed_baht"] == D("2932164.35") + D("44528") - D("23779")
    seqs = [
        r["eplan_seq"]
        for r in story.ask(story.second, "from marts.reconciliation where rule = 'disbursed_differs'")
    ]
    # 40 agrees now; 9 stands for 2.2.19, which has spent something now.
    assert sorted(seqs) == [6, 9, 43, 47, 63]


def test_corrections_are_visible_in_the_report(story):
    book = openpyxl.load_workbook(story.second_reports / "round_report_3920102.xlsx")
    assert book["ทะเบียนแก้ไข"].max_row > 4
    cells = [str(c.value) for row in book["ตารางติดตาม"].iter_rows() for c in row]
    assert "คงเหลือ 67,750.00 → 67,950.00" in cells
    page = (story.second_reports / "round_report_3920102.html").read_text(encoding="utf-8")
    assert "ทะเบียนแก้ไข (5)" in page and "ไม่ได้แก้ ค่าเดิมไม่ตรง" in page


def test_the_return_shows_the_table_as_sent_with_the_wrong_cell(story):
    book = openpyxl.load_workbook(story.second_reports / RETURN)
    assert book.sheetnames[:2] == ["คำแนะนำ", "สิ่งที่ต้องแก้ไข"]
    sent = openpyxl.load_workbook(SAMPLE / FINANCE).active
    sheet = book[book.sheetnames[2]]
    wrong = sheet[story.refused_cell]
    assert wrong.value == "ประมาณห้าหมื่น" and wrong.fill.start_color.rgb == "FFF4CCCC"
    assert "ต้องเป็นจำนวนเงิน" in wrong.comment.text and "เบิกจ่าย" in wrong.comment.text
    coloured = [c.coordinate for row in sheet.iter_rows() for c in row if c.comment]
    # 2.2.19 now spends 1,234.50 of nothing, and is marked as using no budget.
    assert coloured == [story.refused_cell, "G12", "H12"]
    for coordinate in ("A1", "C12", "C9", "C10"):
        assert str(sheet[coordinate].value).split() == str(sent[coordinate].value).split()
    listed = [row for row in book["สิ่งที่ต้องแก้ไข"].iter_rows(min_row=4, values_only=True) if row[0]]
    assert [(row[3], row[4]) for row in listed if row[8] == "row_quarantined"] == [
        (story.refused_cell, "ประมาณห้าหมื่น")
    ]
    assert not any(str(c.value).startswith("=") for s in book for row in s.iter_rows() for c in row if c.value)


def test_the_corrected_return_is_read_as_the_form_that_it_is(story):
    [arrival] = story.ask(story.third, "from marts.submission_ledger where source_file = 'กองคลัง แก้ไขแล้ว.xlsx'")
    assert (arrival["outcome"], arrival["is_current"], arrival["division"]) == ("accepted", True, "กองคลัง")
    assert (arrival["rows_accepted"], arrival["lgo_code"]) == (4, "3920102")
    rows = story.ask(
        story.third,
        "select listing_code, dimension, mission, disbursed_baht from core.fct_budget where division = 'กองคลัง'"
        " and source_file = 'กองคลัง แก้ไขแล้ว.xlsx' order by source_row",
    )
    assert [(r["listing_code"], r["disbursed_baht"]) for r in rows] == [
        ("2.1.4", None), ("2.1.5", None), ("2.2.7", D("50000.00")), ("2.2.19", D("1234.50")),
    ]  # fmt: skip
    changes = story.ask(
        story.third, "from marts.submission_change where after_arrival_id = ?", arrival["arrival_id"]
    )
    # Refused in between: what is compared is the last file from which 2.2.7 was accepted.
    assert [(c["row_key"], c["change"], c["field"], c["before"], c["after"]) for c in changes] == [
        ("2.2.7", "changed", "disbursed_baht", None, "50000.00"),
        ("2.2.7", "restored", None, LISTING, LISTING),
    ]
    [first] = story.ask(
        story.first, "select source_sha256 as sha from core.fct_budget where listing_code = '2.2.7'"
    )
    assert {(c["before_file"], c["before_sha256"]) for c in changes} == {(FINANCE, first["sha"])}
    # The sheets that we added are no data and no riddle.
    rules = story.ask(
        story.third,
        "select distinct rule from marts.finding where source_file = 'กองคลัง แก้ไขแล้ว.xlsx' order by rule",
    )
    # 2.2.19 is still wrong.
    assert [row["rule"] for row in rules] == ["no_budget_mark_with_money", "remaining_arithmetic"]


def test_the_round_status_says_who_must_correct(story):
    page = (story.second_reports / "round_status.html").read_text(encoding="utf-8")
    assert "ต้องแก้ไข" in page and "รับแถวนี้ไม่ได้" in page
    assert "returns/3920102_%E0%B8%81%E0%B8%AD%E0%B8%87%E0%B8%84%E0%B8%A5%E0%B8%B1%E0%B8%87.xlsx" in page
    # A form of the same division that was refused stands beside the one that counts.
    [strategy] = [row for row in page.split("<tr>") if "returns/" in row and "กองยุทธศาสตร์และงบประมาณ" in row]
    assert "กักไว้ ไม่นำเข้า</span>: หัวตารางผิด." in strategy and "ยุทธศาสตร์ฯ (แก้ไข)." in strategy
    # Nothing to correct, no return.
    assert not (story.second_reports / "returns" / "3920102_กองช่าง.xlsx").exists()


def test_a_file_that_is_refused_as_a_whole_is_said_to_be_and_stops_nobody_else(story):
    """Also where the fault stands in a row, and where the file does not say which division it is of."""
    rows = story.ask(
        story.second,
        "select rule, severity, source_file, division from marts.finding where source_file in (?, ?) order by all",
        WRONG_HEADING,
        NAMELESS,
    )
    assert [tuple(row.values()) for row in rows] == [
        ("file_quarantined", "critical", WRONG_HEADING, "กองยุทธศาสตร์และงบประมาณ"),
        ("file_quarantined", "critical", NAMELESS, None),
    ]
    assert story.ask(story.second, "from core.fct_budget where listing_code in ('2.2.71', '2.3.72')") == []
    # The form that counted goes on counting.
    [row] = story.ask(story.second, "select count(*) as n from core.fct_budget where source_file = ?", STRATEGY)
    assert row["n"] > 0


def test_a_refused_form_comes_back_alone_and_counts_once_it_is_right_whatever_its_name(story):
    # With the form that counts beside it, every code would stand there twice.
    assert len(story.returned.sheetnames) == 3
    rows = story.ask(
        story.third,
        "select source_file, outcome, is_current, superseded_by, arrival_id from marts.submission_ledger"
        " where source_file in (?, ?, ?) order by arrival_id",
        STRATEGY,
        WRONG_HEADING,
        RIGHT_AGAIN,
    )
    assert [(r["source_file"], r["outcome"], r["is_current"]) for r in rows] == [
        (STRATEGY, "accepted", False),
        (WRONG_HEADING, "quarantined", False),
        (RIGHT_AGAIN, "accepted", True),
    ]
    assert rows[1]["superseded_by"] == rows[2]["arrival_id"]
    [row] = story.ask(story.third, "from marts.finding where rule = 'file_quarantined'")
    assert row["source_file"] == NAMELESS


def test_a_copy_that_was_taken_half_done_is_replaced_by_the_whole_one(story):
    """Of the same name in the same place; nobody has to do anything about the first one."""
    states = [
        story.ask(
            release,
            "select source_file, outcome, rows_accepted, is_current, superseded_by is not null as is_replaced"
            " from marts.submission_ledger where source_file in (?, ?) order by arrival_id",
            SLOW,
            SLOW_TEXT,
        )
        for release in (story.second, story.third)
    ]
    before, after = ({tuple(row.values()) for row in rows} for rows in states)
    assert before == {(SLOW, "quarantined", 0, False, False), (SLOW_TEXT, "accepted", 1, True, False)}
    assert after == {
        (SLOW, "quarantined", 0, False, True),
        (SLOW, "accepted", 1, True, False),
        (SLOW_TEXT, "accepted", 1, False, True),
        (SLOW_TEXT, "accepted", 2, True, False),
    }
    counted = "select listing_code as code from core.fct_budget where source_file in (?, ?) order by code"
    listed = [[r["code"] for r in story.ask(at, counted, SLOW, SLOW_TEXT)] for at in (story.second, story.third)]
    assert listed == [["1.1.92"], ["1.1.91", "1.1.92", "1.1.93"]]
    assert (
        story.ask(story.third, "from marts.finding where rule = 'file_quarantined' and source_file = ?", SLOW)
        == []
    )


def test_a_past_state_is_rebuilt_figure_for_figure(story):
    from orchestration import as_of, settings

    serving = story.installation.current
    state = as_of.build(settings.load(), story.before, ROUND)
    assert story.installation.current == serving
    assert story.installation.parquet(release=state.release.directory) == story.first_parquet
    assert {p.name for p in state.reports} >= {"round_report_3920102.xlsx", "round_status.html", "index.html"}
    folder = state.reports[0].parent
    assert folder.parent == story.reports and folder.name.startswith("as-of-")
    inputs = json.loads((state.release.directory / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    assert REGISTER not in {row["source_file"] for row in inputs}
    with pytest.raises(as_of.NotRebuilt, match="no file had been received"):
        as_of.build(settings.load(), as_of.moment("2023-10-17T23:59"), ROUND)
