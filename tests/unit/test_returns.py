"""What goes back to a sender: safe names, wrong cells, rows in place; and what a register row may say."""

from datetime import datetime

import duckdb
import pytest
from lxml import html

from orchestration.as_of import moment
from orchestration.reports import returns
from orchestration.rounds import BANGKOK
from orchestration.spreadsheets import corrections
from orchestration.spreadsheets.corrections import BadCorrection

ROW = {
    "side": "division",
    "what": "1.2.03",
    "field": "disbursed_baht",
    "old_value": "๔๔,๕๒๘",
    "new_value": "-",
    "reason": "คีย์ผิด",
    "decided_by": "ผู้อำนวยการกอง",
    "decided_on": "2/11/2566",
    "valid_until": None,
}


def test_a_correction_is_brought_into_one_spelling():
    made = corrections.normalise(ROW)
    assert made == {
        "side": "division",
        "what": "1.2.3",
        "field": "disbursed_baht",
        "old_value": "44528.00",
        "new_value": "0.00",
        "decided_on": "2023-11-02",
        "valid_until": None,
    }


def test_a_status_is_known_by_code_and_by_the_words_of_both_sides():
    for old, new in (
        ("completed", "unable"),
        ("แล้วเสร็จ", "ไม่สามารถดำเนินการได้"),
        ("ดำเนินการแล้วเสร็จ", "ไม่ได้ดำเนินการ/ยกเลิกโครงการ"),
    ):
        made = corrections.normalise(
            ROW | {"what": "1.1.1", "field": "status", "old_value": old, "new_value": new}
        )
        assert (made["old_value"], made["new_value"]) == ("completed", "unable")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"side": "กอง"}, "side"),
        ({"field": "name"}, "field"),
        ({"side": "eplan", "what": "40", "field": "remaining_baht"}, "field"),
        ({"side": "eplan"}, "what"),
        ({"what": "1.2"}, "what"),
        ({"old_value": "มาก"}, "old_value"),
        ({"new_value": "-1"}, "new_value"),
        ({"new_value": "44,528"}, "new_value"),
        ({"reason": None}, "reason"),
        ({"decided_by": None}, "decided_by"),
        ({"decided_on": None}, "decided_on"),
        ({"decided_on": "31/2/2566"}, "decided_on"),
        ({"valid_until": "พรุ่งนี้"}, "valid_until"),
    ],
)
def test_a_correction_that_cannot_be_used_names_its_cell(change, field):
    with pytest.raises(BadCorrection) as error:
        corrections.normalise(ROW | {"what": "1.2.3"} | change)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("กองคลัง", "กองคลัง"),
        ("../../etc/passwd", "etc-passwd"),
        ("กอง/สำนัก: «คลัง»?", "กอง-สำนัก- «คลัง»"),
        ("..", "ไม่ทราบหน่วยงาน"),
        ("ก" * 300, "ก" * 60),
    ],
)
def test_file_names_are_safe(text, name):
    assert returns.safe_name(text) == name


def test_wrong_cells_by_cell_list_and_row():
    at = {"source_sha256": "a", "source_sheet": "S"}
    one, marks, row = (
        at | {"source_cell": "F10", "source_row": 10},
        at | {"source_cell": "I4, J4", "source_row": 4},
        at | {"source_cell": None, "source_row": 7},
    )
    other = at | {"source_sheet": "T", "source_cell": "A1", "source_row": 1}
    found = returns.wrong_cells([one, marks, row, other, one], "a", "S")
    assert found == {(9, 5): [one, one], (3, 8): [marks], (3, 9): [marks], (6, 0): [row]}


def test_what_is_written_once_is_shown_once():
    lines = {
        5: ("data", {0: "มิติ 1", 1: "1.1", 2: "ก"}),
        6: ("data", {0: "มิติ 1", 1: "1.1", 2: "ข"}),
        7: ("total", {0: "รวม"}),
        8: ("refused", {2: "ค"}),
        9: ("data", {0: "มิติ 2", 1: "1.1", 2: "ง"}),
    }
    returns.show_once(lines, [0, 1])
    assert [cells for _, cells in lines.values()] == [
        {0: "มิติ 1", 1: "1.1", 2: "ก"},
        {2: "ข"},
        {0: "รวม"},
        {2: "ค"},
        {0: "มิติ 2", 1: "1.1", 2: "ง"},
    ]


def test_sheet_names_fit_excel_and_do_not_collide():
    used = {name.casefold() for name in returns.RETURN_SHEETS}
    assert returns.sheet_title("คำแนะนำ", used) == "คำแนะนำ-2"
    assert returns.sheet_title("a/b[1]:*?", used) == "a-b-1----"
    assert len(returns.sheet_title("ก" * 40, used)) == 31


def test_a_day_means_its_end_and_a_time_without_zone_is_bangkoks():
    assert moment("2023-10-17T23:59") == datetime(2023, 10, 17, 23, 59, tzinfo=BANGKOK)
    assert moment("2023-10-17") == datetime(2023, 10, 17, 23, 59, 59, 999999, tzinfo=BANGKOK)
    assert moment("2023-10-17T16:59+00:00") == datetime(2023, 10, 17, 23, 59, tzinfo=BANGKOK)


# (file, lgo_code, division, outcome), in the order in which they came; each has one critical finding.
OF_OTHERS = [
    ("เทศบาล ก/กองคลัง.xlsx", None, None, "quarantined"),
    ("เทศบาล ข/กองคลัง.xlsx", None, None, "quarantined"),
    ("สำนักปลัด.xlsx", "3920102", "สำนักปลัด", "partly_accepted"),
    ("สำนักปลัด แก้ไข.xlsx", "3920102", "สำนักปลัด", "quarantined"),
]


def test_files_of_two_other_municipalities_are_two_returns():
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create schema core")
        connection.execute("create table core.dim_lgo as select '3920102' as lgo_code, 'ทต.ควนโดน' as lgo_name")
        connection.execute(
            "create table marts.submission_ledger (round_key text, arrival_id int, received_at timestamp,"
            " source_file text, source_sha256 text, lgo_code text, division text, outcome text, superseded_by int)"
        )
        connection.execute(
            "create table marts.finding (round_key text, finding_id text, rule text, severity text, lgo_code text,"
            " division text, source_file text, source_sha256 text, source_sheet text, source_row int,"
            " source_cell text, expected_th text)"
        )
        for n, (file, lgo, division, outcome) in enumerate(OF_OTHERS):
            connection.execute(
                "insert into marts.submission_ledger values ('R', $n, '2023-10-10', $file, $file, $lgo, $division,"
                " $outcome, null)",
                {"n": n, "file": file, "lgo": lgo, "division": division, "outcome": outcome},
            )
            connection.execute(
                "insert into marts.finding values ('R', $n, 'file_quarantined', 'critical', $lgo, $division, $file,"
                " $file, null, null, null, null)",
                {"n": str(n), "file": file, "lgo": lgo, "division": division},
            )
        made = returns.read_returns(connection, "R")
    assert {(r.file_name, tuple(f["source_file"] for f in r.files)) for r in made} == {
        ("unknown_กองคลัง.xlsx", ("เทศบาล ก/กองคลัง.xlsx",)),
        ("unknown_กองคลัง-2.xlsx", ("เทศบาล ข/กองคลัง.xlsx",)),
        # Of one division what was refused last is what it wants to count.
        ("3920102_สำนักปลัด.xlsx", ("สำนักปลัด แก้ไข.xlsx",)),
    }


# (file, lgo_code, division, outcome), in the order in which they came.
LEDGER = [
    ("กองคลัง.xlsx", "3920102", "กองคลัง", "accepted"),
    ("กองช่าง.xlsx", "3920102", "กองช่าง", "accepted"),
    ("กองคลัง แก้ไข.xlsx", "3920102", "กองคลัง", "quarantined"),
    ("กองช่าง ส่งใหม่.xlsx", None, None, "quarantined"),
    ("ไม่บอกหน่วยงาน.xlsx", "3920102", None, "quarantined"),
    ("กองการศึกษา.xlsx", "3920102", "กองการศึกษา", "quarantined"),
]
# (severity, rule, lgo_code, division, file).
FOUND = [
    ("critical", "file_quarantined", "3920102", "กองคลัง", "กองคลัง แก้ไข.xlsx"),
    # Of another round: its division can be read, its local government is not looked for.
    ("critical", "file_quarantined", None, "กองช่าง", "กองช่าง ส่งใหม่.xlsx"),
    ("critical", "file_quarantined", "3920102", None, "ไม่บอกหน่วยงาน.xlsx"),
    ("critical", "file_quarantined", "3920102", "กองการศึกษา", "กองการศึกษา.xlsx"),
    ("info", "in_progress_at_year_end", "3920102", "กองช่าง", "กองช่าง.xlsx"),
    ("info", "in_progress_at_year_end", "3920102", "กองช่าง", "กองช่าง.xlsx"),
]


@pytest.fixture(scope="module")
def warehouse():
    """What a release says of LEDGER and FOUND."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema marts; create schema core;
            create table core.dim_round as select 'R' as round_key, date '2022-10-01' as period_start,
                date '2023-09-30' as period_end, date '2023-10-31' as report_due, 12 as months,
                2566 as fiscal_year_be;
            create table core.dim_lgo as select '3920102' as lgo_code, 'เทศบาลนครตรัง' as lgo_name,
                'เมืองตรัง' as district, 'ตรัง' as province;
            create table core.fct_budget (round_key text, lgo_code text, division text, source text);
            create table marts.round_summary (round_key text, lgo_code text);
            create table marts.submission_ledger (round_key text, arrival_id int, received_at timestamp,
                received_from text, source_file text, source_sha256 text, lgo_code text, division text,
                outcome text, kinds text, superseded_by int, is_late boolean, days_late int);
            create table marts.finding (round_key text, finding_id int, rule text, severity text, lgo_code text,
                division text, source_file text, source_sha256 text, source_sheet text, source_row int,
                source_cell text, expected_th text, message_th text);
            create table marts.submission_change (round_key text, after_arrival_id int, kind text, row_key text,
                division text, change text, field text, before text, before_as_written text, before_file text,
                after text, after_as_written text, after_file text, after_sheet text, after_cell text, after_row int);
            insert into marts.submission_change by name select 'R' as round_key, 'กองช่าง' as division,
                '2.3.1' as row_key, 'changed' as change, 'completed' as field, 'false' as before, 'true' as after;
            """
        )
        for n, (file, lgo, division, outcome) in enumerate(LEDGER, start=1):
            connection.execute(
                "insert into marts.submission_ledger values ('R', $n, timestamp '2023-10-10' + to_days($n::int),"
                " 'drop folder', $file, $file, $lgo, $division, $outcome, null, null, $n > 2, $n)",
                {"n": n, "file": file, "lgo": lgo, "division": division, "outcome": outcome},
            )
            if outcome == "accepted":
                connection.execute("insert into core.fct_budget values ('R', ?, ?, 'division')", [lgo, division])
        for n, (severity, rule, lgo, division, file) in enumerate(FOUND):
            connection.execute(
                "insert into marts.finding values ('R', $n, $rule, $severity, $lgo, $division, $file, $file, null,"
                " null, null, null, $rule)",
                {"n": n, "rule": rule, "severity": severity, "lgo": lgo, "division": division, "file": file},
            )
        yield connection


def page_of_who_has_sent(connection, path, **office):
    """The page of who has sent: head, cards, tables by heading, each text without the space around it."""
    round_ = returns.read_calendar(connection, "R")
    made = returns.read_returns(connection, "R")
    returns.write_status_page(connection, "release", round_, returns.Office(path.parent, **office), made, path)
    page = html.fromstring(path.read_text(encoding="utf-8"))
    tables = {}
    for table in page.iter("table"):
        heading = table.getparent().getprevious().text.strip()
        tables[heading] = [
            [" ".join(cell.text_content().split()) for cell in row.iter("td")] for row in table.find("tbody")
        ]
    [head] = page.iter("header")
    return {
        "head": " ".join(head.text_content().split()),
        "cards": [" ".join(card.text_content().split()) for card in page.iter("li")],
        **tables,
    }


@pytest.fixture(scope="module")
def status_page(warehouse, tmp_path_factory):
    return page_of_who_has_sent(warehouse, tmp_path_factory.mktemp("status") / "round_status.html")


def test_a_refused_form_stands_beside_the_one_that_counts(status_page):
    [finance] = [row for row in status_page["หน่วยงาน"] if row[1] == "กองคลัง"]
    assert finance[2:5] == [
        "ต้องแก้ไข",
        "กองคลัง.xlsx กักไว้ ไม่นำเข้า: กองคลัง แก้ไข.xlsx 13 ต.ค. 2566 00:00 น. ช้า 3 วัน",
        "11 ต.ค. 2566 00:00 น. โฟลเดอร์รับแฟ้ม",
    ]


def test_a_refused_form_without_its_local_government_is_no_division_of_nobody(status_page):
    assert [row[0:3] for row in status_page["หน่วยงาน"]] == [
        ["เทศบาลนครตรัง อำเภอเมืองตรัง จังหวัดตรัง", "กองการศึกษา", "รับไม่ได้"],
        ["เทศบาลนครตรัง อำเภอเมืองตรัง จังหวัดตรัง", "กองคลัง", "ต้องแก้ไข"],
        ["เทศบาลนครตรัง อำเภอเมืองตรัง จังหวัดตรัง", "กองช่าง", "ส่งแล้ว"],
    ]
    assert [row[0] for row in status_page["แฟ้มที่รับไม่ได้และไม่ทราบว่าเป็นของ อปท. หรือหน่วยงานใด"]] == [
        "กองช่าง ส่งใหม่.xlsx กองช่าง",
        "ไม่บอกหน่วยงาน.xlsx",
    ]
    assert "แฟ้มที่กักไว้ ไม่นำเข้า4 แฟ้ม" in status_page["cards"]


def test_findings_are_counted_also_where_nothing_goes_back(status_page):
    assert {row[1]: row[6:9] for row in status_page["หน่วยงาน"]} == {
        "กองการศึกษา": ["1", "0", "0"],
        "กองคลัง": ["1", "0", "0"],
        "กองช่าง": ["0", "0", "2"],
    }


def test_a_mark_that_is_not_there_is_shown_as_nothing(status_page):
    [change] = status_page["สิ่งที่เปลี่ยนเมื่อส่งใหม่"]
    assert change[3:6] == ["แล้วเสร็จ", "–", "/"]


def test_the_page_says_that_no_export_has_come(status_page):
    [said] = [card for card in status_page["cards"] if "ยังไม่ได้รับแฟ้มส่งออก" in card]
    assert said.startswith("ยังไม่ได้รับแฟ้มส่งออกจาก e-PlanNACC ที่ใช้ได้ของ เทศบาลนครตรัง")
    # And what to do about it, where a file is to lie, and where to look if it lies there.
    assert "ให้ส่งออกรายการโครงการจาก e-PlanNACC วางไว้ใน inbox/R/ แล้วสั่งงานรอบนี้อีกครั้ง" in said
    assert "put the project list that e-PlanNACC exports into inbox/R/ and run the round again" in said
    assert "round_status.html" in said


@pytest.mark.parametrize(
    ("known_at", "th", "en", "waits"),
    [
        ("2566-10-17", "17 ต.ค. 2566 23:59 น. เหลือ 14 วันถึงกำหนดส่ง", "14 days before the due date", "เหลือ 14 วัน"),
        ("2566-10-31T08:00", "31 ต.ค. 2566 08:00 น. ซึ่งเป็นวันครบกำหนดส่ง", "on the due date", "ครบกำหนดวันนั้น"),
        ("2566-11-03", "3 พ.ย. 2566 23:59 น. เลยกำหนดส่งแล้ว 3 วัน", "3 days after the due date", "เลยกำหนด 3 วัน"),
    ],
)
def test_a_past_state_counts_its_days_from_its_own_moment(warehouse, tmp_path, known_at, th, en, waits):
    """The round is due on 31 October 2566; nobody's clock of today has a say."""
    page = page_of_who_has_sent(
        warehouse, tmp_path / "page.html", known_at=moment(known_at), divisions={"3920102": ("กองยังไม่ส่ง",)}
    )
    assert f"ตามที่ทราบเมื่อ {th}" in page["head"] and en in page["head"]
    [missing] = [row for row in page["หน่วยงาน"] if row[1] == "กองยังไม่ส่ง"]
    assert missing[2:6] == ["ยังไม่ส่ง", "–", "–", waits]


def test_a_release_says_nothing_of_the_clock(warehouse, tmp_path):
    page = page_of_who_has_sent(warehouse, tmp_path / "page.html", divisions={"3920102": ("กองยังไม่ส่ง",)})
    assert "ตามที่ทราบเมื่อ" not in page["head"]
    [missing] = [row for row in page["หน่วยงาน"] if row[1] == "กองยังไม่ส่ง"]
    assert missing[2:6] == ["ยังไม่ส่ง", "–", "–", "–"]


def test_a_division_is_one_under_the_name_on_its_form():
    """What was sent comes first, then what is known of earlier rounds, then what the settings name."""
    sent = [("3920102", "สำนักปลัดเทศบาล"), ("3920102", "กองช่าง"), ("3920102", "กองช่าง เทศบาลนครตรัง")]
    sent += [("3920102", "โรงเรียนเทศบาล 1")]
    before = [("3920102", "สำนักปลัด"), ("3920102", "กอง คลัง"), ("5300801", "สำนักปลัด")]
    before += [("5300801", "สำนักงานปลัด อบต.")]
    named = [("3920102", "กองคลัง"), ("3920102", "กองช่างโยธา"), ("3920102", "สำนักปลัด")]
    named += [("3920102", "กองคลัง เทศบาลนครตรัง"), ("3920102", "โรงเรียนเทศบาล 2")]
    assert returns.one_for_each(sent, before, named) == {
        *sent,
        ("3920102", "กอง คลัง"),
        ("5300801", "สำนักปลัด"),
        ("5300801", "สำนักงานปลัด อบต."),
        ("3920102", "กองช่างโยธา"),
        ("3920102", "โรงเรียนเทศบาล 2"),
    }
