"""In which unit a form's amounts are: what a careful person would read from the lines around the table.

The published report is in baht; forms in thousands were described by offices (layouts/units.csv).
"""

import re
from decimal import Decimal
from io import BytesIO

import pytest
import xlsxwriter

from orchestration.spreadsheets import unit_lines
from orchestration.spreadsheets.layouts import LARGE_UNIT, units
from tests.unit.test_parse import HEADER, ROW, TITLE, read, refusal, workbook

NUMBERING = [f"({n})" for n in range(1, 13)]
BELOW = ["", "", "", "(พันบาท)", "(พันบาท)", "(พันบาท)", "(พันบาท)", *[""] * 5]


@pytest.mark.parametrize(
    ("text", "baht"),
    [
        ("(หน่วย : พันบาท)", 1000),
        ("หน่วยนับ: ล้านบาท", 1_000_000),
        ("หน่วยเป็นพันบาท", 1000),
        ("หน่วยเงิน : พันบาท", 1000),
        ("หน่วย = พันบาท", 1000),
        ("หน่วย - พันบาท", 1000),
        ("หน่วย : 1,000 บาท", 1000),
        ("หน่วย : ล้าน", 1_000_000),
        ("(หน่วย: ล้าน)", 1_000_000),
        ("หน่วย : บาท", 1),
        ("(พันบาท)", 1000),
        ("พันบาท", 1000),
        ("จำนวนเงิน (ล้านบาท)", 1_000_000),
        ("เทศบาลนครตรัง รอบ 12 เดือน ปีงบประมาณ 2566 (พันบาท)", 1000),
        ("หน่วยงาน : กองคลัง", None),
        ("งบประมาณรวม 2.5 ล้านบาท", None),
        ("โครงการที่มีงบเกินห้าแสนบาท", None),
        ("เบิกจ่าย (บาท)", None),
    ],
)
def test_what_a_line_says(text, baht):
    assert unit_lines.said(text) == (None if baht is None else Decimal(baht))


def test_the_words_of_the_pattern_are_those_of_the_list_of_units():
    assert {unit for unit in units() if re.fullmatch(LARGE_UNIT, unit)} == units().keys() - {"บาท"}


@pytest.mark.parametrize(
    ("text", "is_hint"),
    [
        ("ตัวเลขเป็นพันบาท", True),
        ("จำนวนเป็นหลักล้านบาทถ้วน", True),
        ("งบประมาณรวม 2.5 ล้านบาท", False),
        ("โครงการที่มีงบเกินห้าแสนบาท", False),
        ("ให้กรอกเป็นบาท ไม่ใช่พันบาท", False),
    ],
)
def test_what_may_mean_a_unit(text, is_hint):
    assert unit_lines.is_hint(text) is is_hint


def plan(parsed):
    return [row["budget_plan_baht"] for row in parsed.rows["division_listing"]]


@pytest.mark.parametrize(
    "rows",
    [
        [TITLE, ["", "", "", "(พันบาท)"], *HEADER, ROW],
        [[TITLE[0] + " (พันบาท)"], *HEADER, ROW],
        [TITLE, ["หน่วยเป็นพันบาท"], *HEADER, ROW],
        [TITLE, *HEADER, NUMBERING, BELOW, ROW],
    ],
)
def test_thousands_are_thousands_wherever_it_is_said(rows):
    parsed = read(workbook(rows))
    assert plan(parsed) == [Decimal("100000.00")]
    assert [row["rule"] for row in parsed.rows["repair"]] == ["unit_applied"] * 4


def test_a_line_before_the_table_of_a_page_counts():
    cells = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in [*HEADER, ROW])
    page = f'<html><head><meta charset="utf-8"></head><body><p>{TITLE[0]}</p><p>(หน่วย : พันบาท)</p>'
    assert plan(read(f"{page}<table>{cells}</table></body></html>".encode())) == [Decimal("100000.00")]


@pytest.mark.parametrize("line", ["ตัวเลขเป็นพันบาท", "แสดงหลักล้านบาท"])
def test_a_line_that_is_not_understood_refuses_the_file(line):
    row = refusal(workbook([TITLE, [line], *HEADER, ROW]))
    assert row["rule"] == "unit_unclear"
    assert (row["source_sheet"], row["source_row"]) == ("แบบติดตาม", 2)
    assert line in row["message_th"]


def test_a_second_sheet_that_says_nothing_is_not_taken_for_baht():
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name, line, row in (
            ("หน้า 1", "หน่วย : พันบาท", ROW),
            ("หน้า 2", "", [*ROW[:2], "1.1.2 โครงการ", *ROW[3:]]),
        ):
            sheet = book.add_worksheet(name)
            for y, cells in enumerate([TITLE, [line], *HEADER, row]):
                sheet.write_row(y, 0, cells)
    row = refusal(file.getvalue())
    assert (row["rule"], row["source_sheet"], row["source_row"]) == ("unit_unclear", "หน้า 1", 2)


@pytest.mark.parametrize(
    "rows",
    [
        [TITLE, ["งบประมาณรวมทั้งสิ้น 2.5 ล้านบาท"], *HEADER, ROW],
        [TITLE, ["หน่วย : บาท"], *HEADER, ROW],
        [TITLE, *HEADER, [*ROW[:11], "ได้เงินอุดหนุนหลายล้านบาท (พันบาท)"]],
    ],
)
def test_an_amount_or_a_remark_is_no_unit(rows):
    assert plan(read(workbook(rows))) == [Decimal("100.00")]


@pytest.mark.parametrize(("column", "text"), [(7, "โอนเพิ่ม 20"), (12, "โอนเพิ่ม 20")])
def test_a_transfer_in_a_table_of_thousands_is_in_thousands(column, text):
    """In the column of "no budget" and beside the table as in an amount's cell: 100 + 20 - 40 = 80 thousand."""
    row = [*ROW[:6], 80, *ROW[7:], ""]
    row[column] = text
    parsed = read(workbook([TITLE, ["หน่วย : พันบาท"], *HEADER, row]))
    [listing] = parsed.rows["division_listing"]
    assert listing["transfer_in_baht"] == Decimal("20000.00")
    row[column] = "โอนเพิ่ม 20,000 บาท"
    parsed = read(workbook([TITLE, ["หน่วย : พันบาท"], *HEADER, row]))
    assert [r["rule"] for r in parsed.rows["quarantine"]] == ["unit_contradicts"]
