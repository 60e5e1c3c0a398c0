from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.spreadsheets import values
from orchestration.spreadsheets.values import BadCell

THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
baht = st.decimals(min_value=0, max_value=10**12, places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("942154.25", "942154.25"),
        ("942,154.25", "942154.25"),
        ("๙๔๒,๑๕๔.๒๕", "942154.25"),
        ("1,000 บาท", "1000.00"),
        (" 50,000 ", "50000.00"),
        ("0.30000000000000004", "0.30"),
        ("1e5", "100000.00"),
        ("0", "0.00"),
        ("50,000.-", "50000.00"),
        ("฿50,000", "50000.00"),
        ("50,000.00 บาท", "50000.00"),
        ("１，０００", "1000.00"),
        ("1.5 ล้านบาท", "1500000.00"),
        ("50, 000", "50000.00"),
        ("50 ,000", "50000.00"),
        ("1,250, 000.50", "1250000.50"),
        ("12,345 .50", "12345.50"),
        ("50,000 .-", "50000.00"),
        ("50,000. -", "50000.00"),
    ],
)
def test_amounts(written, expected):
    assert values.amount(written) == Decimal(expected)


@pytest.mark.parametrize("written", ["", "-", " - ", "–", "ไม่มี", "  "])
def test_nothing_is_not_zero(written):
    assert values.amount(written) is None


@pytest.mark.parametrize(
    "written",
    [
        *(
            "5O,000",
            "50,00",
            "1.2.3",
            "12 34a",
            "1,0000",
            "๑ แสน",
            "1.005",
            "50.000",
            "10 20",
            "10\n20",
            "1e999999",
        ),
        # Two amounts in one cell, and an amount behind its number in a list.
        *("20,000, 150,000", "100, 200", "250,\n300", "67,950 , 000,", "20,000 ,150,000", "1. 50000", "2. 750000"),
        *("1. 50", "1 .500", "- 5 -", "(5) 6"),
    ],
)
def test_what_is_no_amount_is_refused(written):
    with pytest.raises(BadCell, match="amount_unreadable"):
        values.amount(written)


@pytest.mark.parametrize("written", ["-5", "(1,000)", "−5", "（๕）"])
def test_negative_money_is_refused(written):
    with pytest.raises(BadCell, match="amount_negative"):
        values.amount(written)


@given(baht)
def test_amounts_come_back_however_they_are_written(amount):
    for written in (f"{amount}", f"{amount:,}", f"{amount:,}".translate(THAI), f"{amount:,} บาท"):
        assert values.amount(written) == amount


@given(st.floats(min_value=0, max_value=1e11).map(lambda x: round(x, 2)))
def test_amounts_that_a_spreadsheet_stores_as_floats(number):
    assert values.amount(repr(number)) == Decimal(repr(number)).quantize(Decimal("0.01"))


@pytest.mark.parametrize("written", ["/", "✓", "☑", "x", "X", "1"])
def test_marks(written):
    assert values.mark(written) is True


@pytest.mark.parametrize("written", ["", "-", "☐", " "])
def test_no_marks(written):
    assert values.mark(written) is False


def test_a_word_is_no_mark():
    with pytest.raises(BadCell, match="mark_unreadable"):
        values.mark("ดำเนินการเมื่อวันที่ 26 ก.ค.66")


def test_star_of_a_capped_percent_is_not_part_of_the_number():
    assert values.percent("*100.00") == Decimal("100.00")


@pytest.mark.parametrize(
    ("written", "level"), [("มาก", "high"), ("กลาง", "medium"), ("ปานกลาง", "medium"), ("น้อย", "low")]
)
def test_levels(written, level):
    assert values.level(written) == level


@pytest.mark.parametrize(
    ("row", "column", "reference"), [(1, 0, "A1"), (12, 25, "Z12"), (12, 26, "AA12"), (7, 16383, "XFD7")]
)
def test_cell_references(row, column, reference):
    assert values.cell_reference(row, column) == reference


@pytest.mark.parametrize("written", ["-20,000", "(20,000)", "−20,000.00", "( 20,000 )", "-๒๐,๐๐๐ บาท"])
def test_a_balance_may_be_below_zero(written):
    assert values.balance(written) == Decimal(-20000)


def test_baht_in_a_column_of_thousands_is_refused():
    with pytest.raises(BadCell, match="unit_contradicts"):
        values.amount("5,000 บาท", Decimal(1000))
    with pytest.raises(values.BadCell, match="unit_contradicts"):
        values.amount("5,000 บาท \n", Decimal(1000))
    assert values.amount("5 พันบาท", Decimal(10**6)) == Decimal(5000)


def test_a_unit_does_not_hide_less_than_a_satang():
    with pytest.raises(BadCell, match="amount_unreadable"):
        values.amount("1.2345678901", Decimal(10**6))
