import pytest

from orchestration.spreadsheets.headers import closest, find_headers
from orchestration.spreadsheets.headings import labelled_division
from orchestration.spreadsheets.readers import Sheet
from tests.corpus.make import TOP, UNDER, A, B, form, put
from tests.unit.test_parse import HEADER as DIVISION


def header_of(*rows):
    [header] = find_headers(Sheet("s", [list(row) for row in rows]))
    return header


def test_a_table_whose_heading_is_misspelt_is_not_left_out_beside_one_that_is_right():
    """A form of two pages has its heading twice; with the first one wrong, its rows were no data to anybody."""
    rows = form(A, B)
    wrong = [*rows[:2], *[["ยอดใช้ไป" if text == "เบิกจ่าย" else text for text in row] for row in rows[2:]]]
    [header] = find_headers(Sheet("s", [*map(texts_of, [*wrong, *rows])]))
    assert header.missing == ["disbursed_baht"]
    # Without rows below it nothing is lost; and below a right one with the same columns its rows are read.
    for lines in ([*wrong[:4], *rows], [*rows, *wrong]):
        assert not any(found.missing for found in find_headers(Sheet("s", [*map(texts_of, lines)])))


def test_a_page_whose_columns_stand_elsewhere_is_not_read_by_the_heading_of_the_page_before():
    moved = [put(TOP, D=TOP[4], E=TOP[3], F="เบิกจ่ายสะสม"), UNDER]
    [header] = find_headers(Sheet("s", [*map(texts_of, form(A, *moved, B))]))
    assert (header.top, header.missing) == (5, ["disbursed_baht"])
    # A right heading in between says where the columns of its own page stand.
    between = [put(TOP, D=TOP[4], E=TOP[3]), UNDER]
    found = find_headers(Sheet("s", [*map(texts_of, form(A, *between, A, *moved, B))]))
    assert [header.top for header in found] == [2, 5]


def texts_of(row):
    return ["" if cell is None else str(cell) for cell in row]


def test_two_rows_with_a_merged_group():
    header = header_of(*DIVISION)
    assert (header.kind, header.top, header.bottom) == ("division_listing", 0, 2)
    assert header.columns["completed"] == 8 and header.columns["unable"] == 10 and header.columns["remark"] == 11
    assert header.missing == [] and header.unknown == {}


def test_columns_in_another_order():
    turned = [row[::-1] for row in DIVISION]
    # Turned around, the group's text stands over its last column: a merged group keeps it over the first.
    turned[0][1], turned[0][3] = turned[0][3], turned[0][1]
    assert header_of(*turned).columns["listing_text"] == 9


def test_title_rows_above_and_a_repeated_heading_below():
    data = ["1.", "1.1", "1.1.1 มาตรการ", "-", "-", "-", "-", "/", "/", "", "", ""]
    sheet = Sheet("s", [["รายงานผล"], ["เทศบาลนครตรัง"], *DIVISION, data, *DIVISION, data])
    assert [(h.top, h.bottom) for h in find_headers(sheet)] == [(2, 4), (5, 7)]


def test_the_two_budgets_of_the_dimension_table_are_told_apart_by_their_group():
    header = header_of(
        ["ชื่อ อปท.", "มิติ", "โครงการ", "", "งบประมาณ", "", "", "ร้อยละดำเนินการ", ""],
        ["", "", "ตามแผน", "ดำเนินการแล้ว", "ตามแผน", "ตามข้อบัญญัติ/ เทศบัญญัติ", "ใช้จริง", "โครงการ", "งบประมาณ"],
    )
    assert header.kind == "eplan_dimension"
    assert header.columns["planned_projects"] == 2 and header.columns["budget_plan_baht"] == 4
    assert header.columns["project_pct"] == 7 and header.columns["budget_pct"] == 8


def test_an_unknown_column_is_named_and_the_rest_is_read():
    rows = [[*DIVISION[0], "เบอร์โทรผู้รับผิดชอบ"], [*DIVISION[1], ""]]
    assert header_of(*rows).unknown == {12: "เบอร์โทรผู้รับผิดชอบ"}


def test_a_missing_column_is_named_with_the_closest_one():
    rows = [list(row) for row in DIVISION]
    rows[0][6] = "คงเหลิอ"
    header = header_of(*rows)
    assert header.missing == ["remaining_baht"]
    assert closest(header, "remaining_baht") == "คงเหลิอ"


def test_prose_is_no_header():
    assert find_headers(Sheet("s", [["มิติของงานนี้", "ลำดับ"], ["หมายเหตุ", "x"]])) == []


def test_units_of_a_header_and_of_its_group():
    header = header_of(
        ["มิติ", "ภารกิจ", "โครงการ", "งบประมาณ (พันบาท)", "", "", "", "ไม่ใช้งบประมาณ", "ผลการดำเนินการ", "", ""],
        ["", "", "", "ตามแผน", "ตามเทศบัญญัติ", "เบิกจ่าย (บาท)", "คงเหลือ", "", *DIVISION[1][8:11]],
    )
    assert {name: int(unit) for name, unit in header.units.items()} == {
        "budget_plan_baht": 1000,
        "budget_ordinance_baht": 1000,
        "disbursed_baht": 1,
        "remaining_baht": 1000,
    }


def test_a_column_headed_by_a_word_for_a_transfer_is_known():
    rows = [[*DIVISION[0], "โอนลด (บาท)"], [*DIVISION[1], ""]]
    header = header_of(*rows)
    assert (header.transfers[12].direction, header.unknown) == ("out", {})


@pytest.mark.parametrize(
    ("line", "division"),
    [
        ("หน่วยงาน กองคลัง โทร. 1234", "กองคลัง"),
        ("ส่วนราชการ กองยุทธศาสตร์และงบประมาณ โทร ๐ ๗๕๒๑ ๘๐๑๗ ต่อ ๑๐๒", "กองยุทธศาสตร์และงบประมาณ"),
        ("หน่วยงาน : สำนักปลัดเทศบาล (โทรศัพท์ 075-218017)", "สำนักปลัดเทศบาล"),
        ("หน่วยงาน กองช่างโทร.075", "กองช่าง"),
        ("หน่วยงาน ฝ่ายโทรทัศน์วงจรปิด", "ฝ่ายโทรทัศน์วงจรปิด"),
        ("หน่วยงาน กองช่าง เทศบาลนครตรัง", "กองช่าง"),
        # A number after the word tells schools of one municipality apart.
        ("หน่วยงาน โรงเรียน เทศบาล ๒ (วัดกลาง)", "โรงเรียน เทศบาล ๒ (วัดกลาง)"),
    ],
)
def test_what_follows_a_division_is_no_part_of_it(line, division):
    assert labelled_division(line) == division
