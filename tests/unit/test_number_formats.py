"""A number whose format shows a unit is what its reader sees: 0.5 shown as 0.50 ล้านบาท is half a million baht."""

from decimal import Decimal
from io import BytesIO

import pytest
import xlsxwriter

from orchestration.spreadsheets.number_formats import behind
from tests.unit.test_parse import HEADER, ROW, TITLE, read


def formatted(number, code, line=""):
    """Write the form with four listings, the planned amount of the first one in a number format."""
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("แบบติดตาม")
        rows = [[*ROW[:2], f"1.1.{n} โครงการ", *ROW[3:]] for n in range(1, 5)]
        for y, cells in enumerate([TITLE, [line], *HEADER, *rows]):
            sheet.write_row(y, 0, cells)
        sheet.write_number(4, 3, number, book.add_format({"num_format": code}))
    return file.getvalue()


@pytest.mark.parametrize(
    ("number", "code", "baht"),
    [
        (0.5, '0.00" ล้านบาท"', "500000.00"),
        (500, '#,##0" พันบาท"', "500000.00"),
        (500, '#,##0.00" พันบาท";[Red]-#,##0.00" พันบาท";"-"', "500000.00"),
        (500, '#,##0" พันบาท";\\-#,##0" พันบาท"', "500000.00"),
        (0.5, "0.00\\ \\(ล้านบาท\\)", "500000.00"),
        (0.5, '0.00" ล้าน"', "500000.00"),
        (0.5, '0.0" million"', "500000.00"),
        # Where the format itself leaves the thousands away, the cell holds baht.
        (500000, "#,##0,", "500000.00"),
        (500000, "#,##0.0,,", "500000.00"),
        (500000, '0.0,,"M"', "500000.00"),
        (500000, '#,##0.00,," ล้านบาท"', "500000.00"),
        (500000, '[>=1000000]0.0,," ล้านบาท";[>=1000]0," พันบาท";0" บาท"', "500000.00"),
        (500000, '#,##0.00" บาท"', "500000.00"),
        (500000, '_-"฿"* #,##0.00_-;-"฿"* #,##0.00_-;_-"฿"* "-"??_-;_-@_-', "500000.00"),
    ],
)
def test_a_number_counts_as_its_format_shows_it(number, code, baht):
    parsed = read(formatted(number, code))
    assert not parsed.rows.get("quarantine")
    amounts = [row["budget_plan_baht"] for row in parsed.rows["division_listing"]]
    assert amounts == [Decimal(baht), *[Decimal("100.00")] * 3]


@pytest.mark.parametrize(
    ("code", "line", "rule"),
    [
        # Half a million for numbers from 1 on, half a baht below: which one is meant is not said.
        ('[>=1]0.0" ล้านบาท";0.0" บาท"', "", "amount_unreadable"),
        ('#,##0" พันคน"', "", "amount_unreadable"),
        # The cell holds baht and the line above it says thousands.
        ("#,##0,", "หน่วย : พันบาท", "unit_contradicts"),
    ],
)
def test_a_format_that_cannot_be_told_refuses_its_row(code, line, rule):
    parsed = read(formatted(0.5, code, line))
    assert len(parsed.rows["division_listing"]) == 3
    (row,) = parsed.rows["quarantine"]
    assert (row["rule"], row["cell"]) == (rule, "D5")
    assert (code if rule == "amount_unreadable" else "0.5 บาท") in row["message_th"]


def test_a_unit_is_not_counted_twice():
    parsed = read(formatted(0.5, '0.00" ล้านบาท"', "หน่วย : ล้านบาท"))
    assert [row["budget_plan_baht"] for row in parsed.rows["division_listing"]] == [
        Decimal("500000.00"),
        *[Decimal("100000000.00")] * 3,
    ]


@pytest.mark.parametrize("code", ["d mmmm yyyy", "General", "0.00%", '0.0" ม."', '0" วัน"', "[$฿-41E]#,##0.00"])
def test_most_formats_say_nothing(code):
    assert behind(code) == ""
