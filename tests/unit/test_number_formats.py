"""A number whose format shows a unit is what its reader sees: 0.5 shown as 0.50 ล้านบาท is half a million baht."""

import struct
from decimal import Decimal
from io import BytesIO

import pytest
import xlsxwriter
import xlwt
from odf import opendocument, table, text

from orchestration.spreadsheets.binary import look_at_xlsb
from orchestration.spreadsheets.number_formats import behind, behind_shown
from tests.unit.test_parse import HEADER, ROW, TITLE, read
from tests.unit.test_readers import record, wide


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


# The amounts of a listing as they are shown: two whole numbers side by side, one with decimals, one of baht.
SHOWN = {3: (500, "500 พันบาท"), 4: (500, "500 พันบาท"), 5: (40.125, "40 พันบาท"), 6: (459875, "0.46 ล้านบาท")}
FORMATS = {3: '#,##0" พันบาท"', 4: '#,##0" พันบาท"', 5: '#,##0" พันบาท"', 6: '0.00,," ล้านบาท"'}


def in_xls():
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("แบบติดตาม")
    styles = {x: xlwt.easyxf(num_format_str=code) for x, code in FORMATS.items()}
    for y, cells in enumerate([TITLE, *HEADER, ROW]):
        for x, cell in enumerate(cells):
            if cells is ROW and x in SHOWN:
                sheet.write(y, x, SHOWN[x][0], styles[x])
            else:
                sheet.write(y, x, cell)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def in_ods():
    document = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="แบบติดตาม")
    for cells in [TITLE, *HEADER, ROW]:
        line = table.TableRow()
        for x, cell in enumerate(cells):
            number, shown = SHOWN[x] if cells is ROW and x in SHOWN else (None, cell)
            kind = {"valuetype": "string"} if number is None else {"valuetype": "float", "value": number}
            element = table.TableCell(**kind)
            element.addElement(text.P(text=shown))
            line.addElement(element)
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    file = BytesIO()
    document.write(file)
    return file.getvalue()


@pytest.mark.parametrize("write", [in_xls, in_ods])
def test_numbers_of_other_formats_count_as_they_are_shown(write):
    (row,) = read(write()).rows["division_listing"]
    amounts = ("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht", "remaining_baht")
    assert [str(row[name]) for name in amounts] == ["500000.00", "500000.00", "40125.00", "459875.00"]


def test_the_formats_of_an_xlsb():
    # MS-XLSB 2.4: BrtFmt, BrtBeginCellStyleXFs, BrtXF, BrtBeginCellXFs; BrtCellRk, BrtCellReal, BrtFmlaNum, BrtCellIsst.
    plain, own = struct.pack("<HH", 0, 0), struct.pack("<HH", 0, 164)
    styles = (
        record(44, struct.pack("<H", 164) + wide('0.00" ล้านบาท"')) + record(626) + record(47, own) + record(627)
    )
    styles += record(617) + record(47, plain) + record(47, own) + record(618)
    cells = record(2, struct.pack("<III", 0, 1, 0)) + record(5, struct.pack("<IId", 1, 0, 0.5))
    cells += record(9, struct.pack("<IId", 2, 1, 0.5)) + record(7, struct.pack("<III", 3, 1, 0))
    relation = '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    parts = {
        "xl/workbook.bin": record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("ก")),
        "xl/_rels/workbook.bin.rels": relation.encode(),
        "xl/styles.bin": styles,
        "xl/worksheets/sheet1.bin": record(0, struct.pack("<IIHBBBI", 4, 0, 300, 0, 0, 0, 0)) + cells,
    }
    assert look_at_xlsb(parts)["ก"].behind == {(4, 0): "ล้านบาท", (4, 2): "ล้านบาท"}


def test_a_unit_is_not_counted_twice():
    parsed = read(formatted(0.5, '0.00" ล้านบาท"', "หน่วย : ล้านบาท"))
    assert [row["budget_plan_baht"] for row in parsed.rows["division_listing"]] == [
        Decimal("500000.00"),
        *[Decimal("100000000.00")] * 3,
    ]


@pytest.mark.parametrize("code", ["d mmmm yyyy", "General", "0.00%", '0.0" ม."', '0" วัน"', "[$฿-41E]#,##0.00"])
def test_most_formats_say_nothing(code):
    assert behind(code) == ""


@pytest.mark.parametrize(
    ("stored", "shown", "said"),
    [
        ("0.5", "0.50 ล้านบาท", "ล้านบาท"),
        ("-1234.5678", "-1,234.57 พันบาท", "พันบาท"),
        ("500000", "฿0.50 ล้านบาท", "บาท"),
        # 500 thousands of baht are neither what is stored nor a thousandth of it.
        ("7", "500 พันบาท", "500 พันบาท"),
        ("500000", "500,000.00 บาท", ""),
        ("500000", "500,000.00", ""),
        ("500000", "500", "บาท"),
        ("400", "0", "บาท"),
        ("0.5", "1/2", ""),
    ],
)
def test_what_a_cell_shows_of_its_number(stored, shown, said):
    assert behind_shown(stored, shown) == said
