"""Small workbooks as people really write them, and the rows expected from each, written by hand.

    python -m tests.corpus.make some/directory     # writes every case as a file, to look at

A case is a file in memory and what must come of it: the listings, the repairs (rule, cell), the refused rows
(rule, cell), or the rule that refuses the whole file. Amounts in expectations are baht as text; '' is nothing.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import openpyxl
import xlsxwriter
import xlwt
from odf import opendocument, table, text

from orchestration.spreadsheets import RETURN_SHEETS

TRANG = frozenset({"3920102"})
TITLE = ["เทศบาลนครตรัง อำเภอเมืองตรัง จังหวัดตรัง รอบ 12 เดือน (1 ตุลาคม 2565 ถึง 30 กันยายน 2566)"]
DIVISION = ["หน่วยงาน : กองช่าง"]
TOP = [
    *("มิติ", "ภารกิจตามมิติ", "โครงการ/กิจกรรม/มาตรการ", "งบประมาณตามแผน", "งบประมาณตามเทศบัญญัติ"),
    *("เบิกจ่าย", "คงเหลือ", "ไม่ใช้งบประมาณ", "ผลการดำเนินการ", "", "", "หมายเหตุ"),
]
UNDER = [""] * 8 + ["แล้วเสร็จ", "อยู่ระหว่างดำเนินการ", "ไม่ได้ดำเนินการ/ยกเลิกโครงการ", ""]
HEADER = [TOP, UNDER]
FLAT = [*TOP[:8], *UNDER[8:11], "หมายเหตุ"]
D1, M11, M12 = "1. การสร้างสังคมที่ไม่ทนต่อการทุจริต", "1.1 จิตสำนึก", "1.2 ประชาชน"
# Rows of the plain form; with two title lines and the two header rows the first one stands in row 5.
A = [D1, M11, "1.1.1 โครงการอบรม", 100000, 100000, 40000, 60000, "", "/", "", "", "เสร็จ 1 มี.ค. 66"]
B = [D1, M11, "1.1.2 มาตรการเผยแพร่", "-", "-", "-", "-", "/", "", "/", "", ""]
C = [D1, M12, "1.2.1 โครงการค่าย", 20000, 20000, "-", 20000, "", "", "", "/", ""]


@dataclass(frozen=True)
class Listing:
    """What one row must be read as."""

    code: str
    name: str
    plan: str = ""
    ordinance: str = ""
    disbursed: str = ""
    remaining: str = ""
    status: str | None = "completed"
    no_budget: bool = False
    moved_in: str = "0"
    moved_out: str = "0"
    remark: str | None = None


LA = Listing("1.1.1", "โครงการอบรม", "100000", "100000", "40000", "60000", remark="เสร็จ 1 มี.ค. 66")
LB = Listing("1.1.2", "มาตรการเผยแพร่", status="in_progress", no_budget=True)
LC = Listing("1.2.1", "โครงการค่าย", "20000", "20000", "", "20000", "unable")
ABC = [LA, LB, LC]


@dataclass(frozen=True)
class Case:
    name: str
    content: bytes
    listings: list[Listing] = field(default_factory=list)
    repairs: list[tuple[str, str | None]] = field(default_factory=list)
    quarantined: list[tuple[str, str | None]] = field(default_factory=list)
    refused: str | None = None
    scope: frozenset[str] = TRANG
    lgo_code: str | None = "3920102"
    division: str | None = "กองช่าง"
    roles: list[str] | None = None


# -- writers


def xlsx(*sheets, merge=(), hide_rows=(), hide_columns=(), hide_sheets=()):
    """Write sheets (rows, or (name, rows)) as .xlsx; what to merge and hide applies to the first one."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for n, given in enumerate(sheets):
            name, rows = given if isinstance(given, tuple) else (f"แผ่น{n + 1}", given)
            sheet = book.add_worksheet(name)
            for y, row in enumerate(rows):
                for x, cell in enumerate(row):
                    if isinstance(cell, Formula):
                        sheet.write_formula(y, x, cell.text, None, cell.value)
                    elif isinstance(cell, str):
                        sheet.write_string(y, x, cell)
                    elif cell is not None:
                        sheet.write(y, x, cell)
            if n == 0:
                for top, left, bottom, right in merge:
                    sheet.merge_range(top, left, bottom, right, rows[top][left])
                for y in hide_rows:
                    sheet.set_row(y, None, None, {"hidden": True})
                for x in hide_columns:
                    sheet.set_column(x, x, None, None, {"hidden": True})
            if name in hide_sheets:
                sheet.hide()
    return file.getvalue()


@dataclass(frozen=True)
class Formula:
    text: str
    value: float | str | None = 0


def never_computed(rows):
    """Write .xlsx with openpyxl, whose formulas carry no value until a spreadsheet program has computed them."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([cell if cell != "" else None for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def computed_to_nothing(rows):
    """Write .xlsx as a spreadsheet program saves formulas whose result is an empty text."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(never_computed(rows))) as book, zipfile.ZipFile(file, "w") as computed:
        for name in book.namelist():
            part = book.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = re.sub(rb"<c ([^>]*)><f>", rb'<c \1 t="str"><f>', part)
            computed.writestr(name, part)
    return file.getvalue()


def xls(rows, hide_rows=(), hide_columns=(), merge=()):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("แผ่น1")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if isinstance(cell, Formula):
                sheet.row(y).set_cell_error(x, cell.value)
            else:
                sheet.write(y, x, cell)
    for top, left, bottom, right in merge:
        sheet.merged_ranges.append((top, bottom, left, right))
    for y in hide_rows:
        sheet.row(y).hidden = True
    for x in hide_columns:
        sheet.col(x).hidden = True
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def ods(rows, hide_rows=(), hide_columns=(), merge=()):
    document = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="แผ่น1")
    for x in range(max(map(len, rows))):
        sheet.addElement(table.TableColumn(visibility="collapse" if x in hide_columns else "visible"))
    for y, row in enumerate(rows):
        line = table.TableRow(visibility="collapse" if y in hide_rows else "visible")
        for x, cell in enumerate(row):
            if isinstance(cell, Formula):
                # As LibreOffice writes it, but for the value type of its own name space.
                element = table.TableCell(formula="of:" + cell.text, valuetype="string", stringvalue="")
                if cell.value is not None:
                    element.addElement(text.P(text=str(cell.value)))
                else:
                    element = table.TableCell(formula="of:" + cell.text)
                line.addElement(element)
                continue
            is_number = isinstance(cell, int | float)
            kind = {"valuetype": "float", "value": str(cell)} if is_number else {"valuetype": "string"}
            height, width = spans(merge).get((y, x), (1, 1))
            element = table.TableCell(**kind, numberrowsspanned=height, numbercolumnsspanned=width)
            element.addElement(text.P(text=str(cell)))
            line.addElement(element)
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()


def as_csv(rows, encoding="utf-8-sig", delimiter=","):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def spans(merge):
    """Return the height and width of merged cells by the place of their first."""
    return {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merge}


def as_html(rows, merge=()):
    over = spans(merge)
    covered = {
        (y + dy, x + dx) for (y, x), (h, w) in over.items() for dy in range(h) for dx in range(w) if dy or dx
    }

    def tag(y, x, cell):
        height, width = over.get((y, x), (1, 1))
        return f"<td rowspan={height} colspan={width}>{cell}</td>"

    lines = "".join(
        "<tr>" + "".join(tag(y, x, cell) for x, cell in enumerate(row) if (y, x) not in covered) + "</tr>"
        for y, row in enumerate(rows)
    )
    return f"<html><head><meta charset='utf-8'></head><body><table>{lines}</table></body></html>".encode()


# -- small changes to the plain form


def form(*rows, header=HEADER, title=(TITLE, DIVISION)):
    return [*title, *header, *(list(row) for row in rows)]


def put(row, **cells):
    """Return a row with cells changed by column letter: put(A, F="(40,000)")."""
    changed = list(row)
    for letter, value in cells.items():
        changed[ord(letter) - ord("A")] = value
    return changed


def headed(**names):
    """Return the header with upper cells renamed by column letter."""
    return [put(TOP, **names), UNDER]


def titled(line):
    return form(A, title=([line], DIVISION))


def like(listing, **changes):
    return Listing(**{**listing.__dict__, **changes})


def thai(number):
    return f"{number:,}".translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))


def wide(number):
    return str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))


# Two of the same type and name in one province (register of the Department of Local Administration).
TWIN_NAME, TWIN_PROVINCE = "องค์การบริหารส่วนตำบลหนองแวง", "สระแก้ว"
TWINS = {"6270511": "วัฒนานคร", "6270804": "โคกสูง"}

# -- the cases


def formats():
    rows = form(A, B, C)
    yield Case("xlsx", xlsx(rows), ABC)
    yield Case("xls", xls(rows), ABC)
    yield Case("ods", ods(rows), ABC)
    yield Case("csv_utf8_bom", as_csv(rows), ABC)
    yield Case("csv_utf8", as_csv(rows, "utf-8"), ABC)
    yield Case("csv_cp874", as_csv(rows, "cp874"), ABC)
    yield Case("csv_utf16", as_csv(rows, "utf-16"), ABC)
    yield Case("tsv", as_csv(rows, "utf-8", "\t"), ABC)
    yield Case("html", as_html(rows), ABC)


def headers():
    other_words = headed(C="โครงการ/กิจกรรม", E="งบประมาณตามข้อบัญญัติ", F="ผลการเบิกจ่าย", G="งบประมาณคงเหลือ")
    yield Case("header_synonyms", xlsx(form(A, B, C, header=other_words)), ABC)
    misspelt = headed(A="มติ", B="ภาระกิจตามมติ", E="งบประมาณตามเทคโนโลยี", H="ไม่ไช้งบประมาณ")
    misspelt[0][1] = "ภารกิจตามมติ"
    yield Case("header_misspelt", xlsx(form(A, B, C, header=misspelt)), ABC)
    yield Case("header_one_row", xlsx(form(A, B, C, header=[FLAT])), ABC)
    three = [
        [
            "มิติ",
            "ภารกิจตามมิติ",
            "โครงการ/กิจกรรม/มาตรการ",
            "งบประมาณ",
            "",
            "",
            "",
            "",
            "ผลการดำเนินการ",
            "",
            "",
            "หมายเหตุ",
        ],
        ["", "", "", "ตามแผน", "ตามเทศบัญญัติ", "เบิกจ่าย", "คงเหลือ", "ไม่ใช้งบประมาณ", "สถานะ", "", "", ""],
        UNDER,
    ]
    yield Case("header_three_rows", xlsx(form(A, B, C, header=three)), ABC)
    spans = [(2, 8, 2, 10), *((2, x, 3, x) for x in (*range(8), 11))]
    yield Case("header_merged", xlsx(form(A, B, C), merge=spans), ABC)
    broken = headed(C="โครงการ/\nกิจกรรม/\nมาตรการ", H="ไม่ใช้\nงบประมาณ", G=" คงเหลือ ")
    yield Case("header_broken_lines", xlsx(form(A, B, C, header=broken)), ABC)
    numbered = headed(D="งบประมาณตามแผน (1)", E="งบประมาณตามเทศบัญญัติ (2)", F="เบิกจ่าย (3)", G="คงเหลือ (4)=(2)-(3)")
    yield Case("header_numbered", xlsx(form(A, B, C, header=numbered)), ABC)
    numbers = [f"({n})" for n in range(1, 13)]
    yield Case("column_numbers_below", xlsx(form(numbers, A, B, C)), ABC)
    baht = headed(D="งบประมาณตามแผน (บาท)", F="เบิกจ่าย (บาท)", G="คงเหลือ: บาท")
    yield Case("header_baht", xlsx(form(A, B, C, header=baht)), ABC)
    closest = headed(G="คงเหลิอ")
    yield Case("header_missing_is_proposed", xlsx(form(A, header=closest)), refused="header_incomplete")
    yield Case("header_unknown", xlsx([["ชื่อ", "เบอร์โทร"], ["ก", "1234"]]), refused="header_unknown")


def columns():
    order = [2, 0, 1, 6, 5, 4, 3, 11, 7, 8, 9, 10]
    turned = [[row[x] for x in order] for row in (*HEADER, A, B, C)]
    yield Case("columns_reordered", xlsx([TITLE, DIVISION, *turned]), ABC)
    added = [
        [*row[:3], more, *row[3:]]
        for row, more in zip((*HEADER, A, B, C), ("ผู้รับผิดชอบ", "", "ก", "ข", "ค"), strict=True)
    ]
    yield Case("column_added", xlsx([TITLE, DIVISION, *added]), ABC, [("unknown_column", "D3")])
    without_remark = [row[:11] for row in (*HEADER, A, B, C)]
    yield Case(
        "optional_column_dropped", xlsx([TITLE, DIVISION, *without_remark]), [like(LA, remark=None), LB, LC]
    )
    yield Case(
        "columns_before_the_table", xlsx([TITLE, DIVISION, *(["", "", *row] for row in (*HEADER, A, B, C))]), ABC
    )
    stray = [*A, "ดูเอกสารแนบ"]
    yield Case("cell_beside_the_table", xlsx(form(stray)), [LA], [("unknown_column", "M5")])


def columns_twice():
    def twice(header, *seconds):
        """Return the table with a column more behind เบิกจ่าย: what it has in A, B and C."""
        pairs = zip((*header, A, B, C), ("", "", *seconds), strict=True)
        return [TITLE, DIVISION, *([*row[:6], more, *row[6:]] for row, more in pairs)]

    again, under = headed(), put(UNDER, F="เบิกจ่าย")
    by_months = twice([put(TOP, F="6 เดือน"), under], 90000, "-", "-")
    by_months[2][6], by_months[3][6] = "12 เดือน", "เบิกจ่าย"
    yield Case("disbursed_of_two_rounds", xlsx(by_months), refused="two_columns")
    yield Case("disbursed_of_two_rounds_hidden", xlsx(by_months, hide_columns=[5]), refused="two_columns")
    years = [
        [*row[:3], *more, *row[3:]]
        for row, more in zip(
            (put(UNDER, D="ปีงบประมาณ 2566"), [*TOP[:8], *UNDER[8:11], "หมายเหตุ"], A, B),
            (["ปีงบประมาณ 2565", "", "", ""], TOP[3:7], [90000, 90000, 90000, 0], [5000, 5000, 5000, 0]),
            strict=True,
        )
    ]
    yield Case("two_years_side_by_side", xlsx([TITLE, DIVISION, *years]), refused="two_columns")
    marks = [
        [*row[:8], *more, *row[8:]]
        for row, more in zip((*HEADER, A), (TOP[8:11], UNDER[8:11], ["", "/", ""]), strict=True)
    ]
    yield Case("status_of_two_rounds", xlsx([TITLE, DIVISION, *marks]), refused="two_columns")
    not_used = [("unknown_column", "G3")]
    for name, seconds in (("blank", ("", "", "")), ("the_same", (A[5], B[5], C[5]))):
        rows = twice(again, *seconds)
        rows[2][6] = "ผลการเบิกจ่าย"
        yield Case(f"column_twice_{name}", xlsx(rows), ABC, not_used)
    numbered = twice(again, "", "", "")
    numbered[2][6] = "เบิกจ่าย"
    numbered.insert(4, [f"({n})" for n in range(1, 14)])
    yield Case("column_twice_blank_with_numbers", xlsx(numbered), ABC, not_used)
    remarks = [[*row, more] for row, more in zip((*HEADER, A, B, C), ("หมายเหตุ", "", "ก", "ข", "ค"), strict=True)]
    yield Case("remarks_twice", xlsx([TITLE, DIVISION, *remarks]), ABC, [("unknown_column", "M3")])


def merged_and_repeated():
    once = [put(A), put(B, A="", B=""), put(C, A="")]
    yield Case("filled_once", xlsx(form(*once)), ABC)
    yield Case("merged_over_rows", xlsx(form(*once), merge=[(4, 0, 6, 0), (4, 1, 5, 1)]), ABC)
    # One amount for two listings: whose it is cannot be told.
    shared, over = form(A, put(B, D=""), C), [(4, 3, 5, 3)]
    refused = [("amount_merged", "D5"), ("amount_merged", "D6")]
    for name, write in (("xlsx", xlsx), ("xls", xls), ("ods", ods), ("html", as_html)):
        yield Case(f"amount_merged_{name}", write(shared, merge=over), [LC], quarantined=refused)
    # One amount under two headings: that both columns have it is a guess.
    across, over = form(put(A, E=""), B, C), [(4, 3, 4, 4)]
    refused = [("amount_merged_across", "D5")]
    for name, write in (("xlsx", xlsx), ("xls", xls), ("ods", ods), ("html", as_html)):
        yield Case(f"amount_merged_across_{name}", write(across, merge=over), [LB, LC], quarantined=refused)
    # Beside a column that is no money, or with nothing in it, it is clear.
    yield Case("merged_beside", xlsx(form(A, put(B, E=""), C), merge=[(4, 6, 4, 7), (5, 3, 5, 4)]), ABC)
    # Nothing for two listings, and one listing over two rows, are clear.
    yield Case("nothing_merged", xlsx(form(A, put(C, F="-"), put(B, F="")), merge=[(5, 5, 6, 5)]), [LA, LC, LB])
    over_two = [(4, x, 5, x) for x in range(2, 8)]
    yield Case("listing_merged_over_rows", xlsx(form(A, [""] * 12, B, C), merge=over_two), ABC)
    yield Case("page_heading_repeated", xlsx(form(A, B, *HEADER, C)), ABC)
    yield Case("page_titles_repeated", xlsx(form(A, B, TITLE, DIVISION, *HEADER, put(C, A=""))), ABC)
    misspelt = headed(F="เบิกจ่ายสะสม")
    yield Case("page_heading_misspelt", xlsx(form(A, B, *misspelt, C)), ABC)
    swapped = put(UNDER, I="อยู่ระหว่างดำเนินการ", J="แล้วเสร็จ")
    pages = form(A, B, misspelt[0], swapped, put(C, I="/", K=""))
    yield Case("page_heading_misspelt_and_marks_swapped", xlsx(pages), refused="header_incomplete")
    moved = headed(D="งบประมาณตามเทศบัญญัติ", E="งบประมาณตามแผน", F="เบิกจ่ายสะสม")
    yield Case(
        "page_heading_misspelt_and_amounts_swapped", xlsx(form(A, B, *moved, C)), refused="header_incomplete"
    )
    yield Case("page_heading_misspelt_below_the_last_row", xlsx(form(A, B, C, *moved)), ABC)
    first = put(A, C="1.1.1 โครงการอบ")
    rest = ["", "", "รม", *[""] * 9]
    yield Case("name_split_below_heading", xlsx(form(first, *HEADER, rest, B, C)), ABC, [("name_continued", "C8")])
    yield Case("name_split_above_heading", xlsx(form(first, rest, *HEADER, B, C)), ABC, [("name_continued", "C6")])
    yield Case(
        "name_split_with_titles",
        xlsx(form(first, TITLE, DIVISION, *HEADER, rest, B)),
        [LA, LB],
        [("name_continued", "C10")],
    )
    both = put(first, L="ดำเนินการ")
    yield Case(
        "name_and_remark_split",
        xlsx(form(both, *HEADER, put(rest, L="เมื่อวันที่ 5"), B)),
        [like(LA, remark="ดำเนินการเมื่อวันที่ 5"), LB],
        [("name_continued", "C8"), ("remark_continued", "L8")],
    )
    yield Case(
        "remark_split",
        xlsx(form(put(A, L="ดำเนินการ"), *HEADER, put(rest, C="", L="เมื่อวันที่ 5"), B)),
        [like(LA, remark="ดำเนินการเมื่อวันที่ 5"), LB],
        [("remark_continued", "L8")],
    )
    yield Case(
        "remark_below_a_row_without",
        xlsx(form(put(A, L=""), *HEADER, put(rest, C="", L="ดูแนบ"), B)),
        [like(LA, remark=None), LB],
    )
    english = put(A, C="1.1.1 โครงการ TO BE")
    more = ["", "", "NUMBER ONE", *[""] * 9]
    yield Case(
        "name_split_between_words",
        xlsx(form(english, *HEADER, more)),
        [like(LA, name="โครงการ TO BE NUMBER ONE")],
        [("name_continued", "C8")],
    )
    yield Case("text_in_the_middle_is_no_continuation", xlsx(form(A, rest, B, C)), ABC)
    yield Case("two_tables_on_a_sheet", xlsx(form(A, B, [], ["ตารางที่ 2"], *HEADER, C)), ABC)
    yield Case("two_sheets", xlsx(form(A, B), form(C)), ABC)
    notes = ("คำชี้แจง", [["วิธีกรอกแบบ"], ["ตัวอย่าง องค์การบริหารส่วนตำบลนาโยงใต้ รอบ 6 เดือน พ.ศ. 2570"]])
    yield Case("sheet_of_notes_first", xlsx(notes, ("ข้อมูล", form(A, B, C))), ABC)
    last_round = form(C, title=(["เทศบาลนครตรัง รอบ 6 เดือน (1 ต.ค. 65 - 31 มี.ค. 66)"], DIVISION))
    yield Case("sheet_of_another_round", xlsx(form(A, B), last_round), refused="several_rounds")
    other = form(C, title=(TITLE, ["หน่วยงาน : กองคลัง"]))
    yield Case("two_divisions_in_a_file", xlsx(form(A, B), other), refused="several_divisions")
    for name, first, second in (
        ("two_divisions_without_label", ["กองช่าง"], ["กองคลัง"]),
        ("two_divisions_one_labelled", DIVISION, ["กองช่างสุขาภิบาล เทศบาลนครตรัง"]),
        ("two_divisions_a_unit", DIVISION, ["หน่วยตรวจสอบภายใน"]),
    ):
        sheets = xlsx(form(A, B, title=(TITLE, first)), form(C, title=(TITLE, second)))
        yield Case(name, sheets, refused="several_divisions")
    for n, line in enumerate(
        (
            "กองช่าง",
            "กองช่าง รอบ 12 เดือน",
            "กองช่างเทศบาลนครตรัง",
            "กองช่าง งานสาธารณูปโภค",
            "ฝ่ายแบบแผนและก่อสร้าง",
            "เรียน ผู้อำนวยการกองคลัง",
            "กองคลัง ผู้รวบรวมข้อมูล",
            "กองยุทธศาสตร์และงบประมาณ ขอให้ส่งภายในวันที่ 17 ต.ค. 66",
            "สำนักงานเทศบาลนครตรัง",
            "หน่วย: บาท",
            "",
        ),
        start=1,
    ):
        sheets = xlsx(form(A, B, title=(TITLE, ["กองช่าง"])), form(C, title=(TITLE, [line])))
        yield Case(f"one_division_on_two_sheets_{n}", sheets, ABC)
    section = form(C, title=(TITLE, ["ฝ่ายแบบแผนและก่อสร้าง"]))
    yield Case("section_of_a_labelled_division", xlsx(form(A, B), section), ABC)
    other = form(A, B, title=(TITLE, ["ฝ่ายโยธา"]))
    yield Case("two_sections_and_no_division", xlsx(other, section), refused="several_divisions")
    signed = [[], ["", "", "กองคลัง"], ["กองคลัง"], ["ผู้อำนวยการกองคลัง"]]
    responsible = [[*row, more] for row, more in zip((*HEADER, C), ("ผู้รับผิดชอบ", "", "กองคลัง"), strict=True)]
    yield Case(
        "offices_that_are_not_the_division",
        xlsx(("ก", form(A, B, *signed)), ("ข", [TITLE, DIVISION, *responsible]), ("ค", [["กองคลัง"]])),
        ABC,
        [("unknown_column", "M3")],
    )


def other_layouts():
    top, under = [*TOP[:2], "รหัส", *TOP[2:]], [*UNDER[:2], "", *UNDER[2:]]
    apart = [[*row[:2], *row[2].split(" ", 1), *row[3:]] for row in (A, B, C)]
    yield Case("code_in_its_own_column", xlsx(form(*apart, header=[top, under])), ABC)
    thai_code = [put(apart[0], C="๑.๑.๑."), *apart[1:]]
    yield Case("code_in_its_own_column_in_thai", xlsx(form(*thai_code, header=[top, under])), ABC)
    numbered = [["ลำดับ", *TOP], ["", *UNDER], *([n, *row] for n, row in enumerate((A, B, C), start=1))]
    yield Case("running_number_beside_the_code", xlsx([TITLE, DIVISION, *numbered]), ABC)

    bands = [TOP[2:], UNDER[2:], ["มิติที่ " + D1], ["ภารกิจ " + M11], A[2:], B[2:], ["ภารกิจ " + M12], C[2:]]
    yield Case("bands_for_dimension_and_mission", xlsx([TITLE, DIVISION, *bands]), ABC)
    spans = [(y, 0, y, 9) for y in (4, 5, 8)]
    yield Case("bands_merged", xlsx([TITLE, DIVISION, *bands], merge=spans), ABC)
    plain = [*bands[:2], ["มิติ ๑ สังคม"], ["", "๑.๑ จิตสำนึก"], A[2:], *bands[:2], B[2:], ["", "1.2 ประชาชน"], C[2:]]
    yield Case("bands_over_pages", xlsx([TITLE, DIVISION, *plain]), ABC)
    only = [[*row[:1], *row[2:]] for row in (TOP, UNDER)]
    rows = [["ภารกิจ " + M11], [D1, *A[2:]], ["", *B[2:]], ["ภารกิจ " + M12], [D1, *C[2:]]]
    yield Case("bands_for_the_mission_alone", xlsx([TITLE, DIVISION, *only, *rows]), ABC)

    beside = [[*left, *right] for left, right in zip((TOP, UNDER, A, B), (TOP, UNDER, C, [""] * 12), strict=True)]
    yield Case("tables_side_by_side", xlsx([TITLE, DIVISION, *beside]), ABC)
    apart = [
        [*left, "", *right] for left, right in zip((TOP, UNDER, A, B), (TOP, UNDER, C, [""] * 12), strict=True)
    ]
    yield Case("tables_side_by_side_with_a_gap", xlsx([TITLE, DIVISION, *apart]), ABC)


def outside_of_any_table():
    more = [
        [D1, M11, "1.1.3 โครงการอบรมครู", 500000, 500000, 500000, 0, "", "/", "", "", ""],
        [D1, M11, "๑.๑.๔ มาตรการเผยแพร่", "-", "-", "-", "-", "/", "", "/", "", ""],
        ["", "", "1.1.5 โครงการค่าย", "20,000", "", "", "", "", "", "", "", ""],
    ]
    both = form(A, B)
    refused = [("row_outside_table", f"C{row}") for row in (1, 2, 3)]
    yield Case("sheet_goes_on_without_heading", xlsx(both, more), [LA, LB], quarantined=refused)
    yield Case("sheet_without_heading_first", xlsx(more, both), [LA, LB], quarantined=refused)
    apart = [[*row[:2], *row[2].split(" ", 1), *row[3:]] for row in more]
    yield Case("sheet_without_heading_codes_apart", xlsx(both, apart), [LA, LB], quarantined=refused)
    yield Case(
        "listing_above_the_heading",
        xlsx(form(A, B, title=(TITLE, DIVISION, more[0]))),
        [LA, LB],
        quarantined=[("row_outside_table", "C3")],
    )
    below_titles = [TITLE, ["", "เทศบาลนครตรัง", "", "ปี 2566"], ["มิติที่ 1"], more[0], ["รวม", "", "", 500000]]
    yield Case(
        "listing_below_titles_without_heading",
        xlsx(both, below_titles),
        [LA, LB],
        quarantined=[("row_outside_table", "C4")],
    )
    # What is no listing of its own: copies, plans and contents with headings, notes, dates.
    yield Case("copy_above_the_heading", xlsx(form(A, B, title=(TITLE, DIVISION, A))), [LA, LB])
    yield Case("copy_on_a_sheet_without_heading", xlsx(both, [A, B]), [LA, LB])
    refused_too = form(put(A, F="ห้า"), B)
    yield Case("copy_of_a_refused_row", xlsx(refused_too, [A]), [LB], quarantined=[("amount_unreadable", "F5")])
    for n, rows in enumerate(
        [
            [
                ["ที่", "โครงการ", "ปี 2566", "ปี 2567"],
                ["มิติที่ 1"],
                *([n, r[2], 500000, 500000] for n, r in enumerate(more)),
            ],
            [["โครงการ", "หน้า"], ["1.1.3 โครงการอบรมครู", 1200]],
            [["สารบัญ"], ["1.1.3 โครงการอบรมครู", 3], ["1.1.4 มาตรการเผยแพร่", 4]],
            [["คำชี้แจง"], ["1.1.3 โครงการอบรมครู ให้กรอกตามแผน", "", "ดูตัวอย่าง"], ["1.1.4 มาตรการ"]],
            [["1.10.65", "โอนงบประมาณ", "5,000", "5,000"], ["1.10.65 - 30.9.66", "2,000", "3,000"]],
            [["1.1", "จิตสำนึก", "500,000", "500,000"], ["1. การสร้างสังคม", "500,000", "500,000"]],
        ],
        start=1,
    ):
        yield Case(f"sheet_of_something_else_{n}", xlsx(both, rows), [LA, LB])
    for name in RETURN_SHEETS:
        yield Case(f"sheet_of_a_return_{name}", xlsx((name, more), ("ข้อมูล", both)), [LA, LB])


def several_listings():
    for n, written in enumerate(
        [
            "1.1.1 โครงการอบรมครู\n1.1.7 โครงการอบรมนักเรียน",
            "1.1.1\n1.1.7\nโครงการอบรม",
            "1.1.1, 1.1.2 โครงการอบรม",
            "1.1.1,1.1.2 โครงการอบรม",
            "1.1.1-1.1.3 โครงการอบรม",
            "๑.๑.๑ – ๑.๑.๓ โครงการอบรม",
            "1.1.1 และ 1.2.1 โครงการอบรม",
            "1.1.1/1.1.2. โครงการอบรม",
            "1.1.61 โครงการอบรมครู\n1.1.62 โครงการอบรมนักเรียน",
        ],
        start=1,
    ):
        rows = form(put(A, C=written), B, C)
        yield Case(f"several_listings_{n}", xlsx(rows), [LB, LC], quarantined=[("several_listings", "C5")])
    for n, name in enumerate(
        [
            "โครงการอบรม ตามแผน 1.1.2",
            "โครงการอบรม (ตามมาตรการ\n1.1.2)",
            "โครงการอบรม\n1. ครู 2. นักเรียน",
            "โครงการอบรม\n1.2 นักเรียน",
            "โครงการอบรม\n1.1.1.1 นักเรียน",
            "โครงการอบรม\n1.10.65 ถึง 30.9.66",
            "5 ส. และ 1.5 องศา",
            "- 3 วัน โครงการอบรม",
        ],
        start=1,
    ):
        one = like(LA, name=name.replace("\n", " "))
        yield Case(f"one_listing_with_numbers_{n}", xlsx(form(put(A, C=f"1.1.1 {name}"), B, C)), [one, LB, LC])


def totals():
    total = ["รวม", "", "", 120000, 120000, 40000, 80000]
    yield Case("total_row", xlsx(form(A, B, C, total)), ABC)
    wrong = put(total, F=41000)
    yield Case("total_differs", xlsx(form(A, B, C, wrong)), ABC, [("total_differs", "F8")])
    sub1 = ["", "รวมภารกิจ 1.1", "", 100000, 100000, 40000, 60000]
    sub2 = ["", "รวมภารกิจ 1.2", "", 20000, 20000, "", 20000]
    grand = ["รวมทั้งสิ้น", "", "", "๑๒๐,๐๐๐", "120,000.00", "40,000.-", "80,000 บาท"]
    yield Case("subtotals", xlsx(form(A, B, sub1, C, sub2, grand)), ABC)
    yield Case(
        "subtotal_differs", xlsx(form(A, B, put(sub1, G=60001), C, sub2, grand)), ABC, [("total_differs", "G7")]
    )
    yield Case("total_over_pages", xlsx(form(A, B, *HEADER, C, grand)), ABC)
    bad = put(C, F="ห้าพัน")
    yield Case(
        "total_over_a_refused_row",
        xlsx(form(A, B, bad, wrong)),
        [LA, LB],
        quarantined=[("amount_unreadable", "F7")],
    )
    no_code = put(A, C="รวมพลังคนดี")
    yield Case(
        "name_that_begins_like_a_total",
        xlsx(form(no_code, B, C)),
        [LB, LC],
        quarantined=[("row_without_code", "C5")],
    )
    sign = [["", "", "ลงชื่อ ........................ ผู้รายงาน"], ["", "", "(นาย ก)"], ["", "", "วันที่ 17 ตุลาคม 2566"]]
    yield Case("signature_block", xlsx(form(A, B, C, [], *sign)), ABC, roles=["note"] * 3)
    note = [["หมายเหตุ: โครงการ 1.1.1 โอนเพิ่ม 5,000 บาท"], ["* ข้อมูล ณ วันที่ 17 ต.ค. 66"]]
    yield Case("notes_below", xlsx(form(A, B, C, *note)), ABC, roles=["note"] * 2)


def hidden_and_formulas():
    rows = form(A, B, C)
    yield Case("hidden_rows", xlsx(rows, hide_rows=[5]), ABC, [("hidden_content", None)])
    yield Case("hidden_columns", xlsx(rows, hide_columns=[4, 6]), ABC, [("hidden_content", None)])
    yield Case(
        "hidden_sheet",
        xlsx(("เห็น", form(A, B)), ("ซ่อน", form(C)), hide_sheets=["ซ่อน"]),
        ABC,
        [("hidden_content", None)],
    )
    computed = put(A, G=Formula("=E5-F5", 60000))
    yield Case("formula_with_value", xlsx(form(computed, B, C)), ABC)
    missing = put(A, G="=E5-F5")
    yield Case(
        "formula_without_value",
        never_computed(form(missing, B, C)),
        [LB, LC],
        quarantined=[("formula_without_value", "G5")],
    )
    yield Case("formula_outside_the_columns", never_computed(form([*A, "=E5-F5"], B)), [LA, LB])
    error = put(A, G=Formula("=E5/0", "#DIV/0!"))
    for write in (xlsx, xls, ods):
        name = write.__name__
        refused = [("formula_error", "G5")]
        yield Case(f"formula_error_{name}", write(form(error, B, C)), [LB, LC], quarantined=refused)
    never = put(A, G=Formula("=[.E5]-[.F5]", None))
    refused = [("formula_without_value", "G5")]
    yield Case("formula_without_value_ods", ods(form(never, B, C)), [LB, LC], quarantined=refused)
    linked = [f"=แผน!{column}6" for column in "ABCDEFGHIJKL"]
    nothing = [Formula(text, None) for text in linked]
    refused = [("formula_without_value", "C6"), ("formula_without_value", "C8")]
    in_ods = ods(form(A, nothing, B, nothing))
    yield Case("rows_of_formulas_without_value_ods", in_ods, [LA, LB], quarantined=refused)
    half = [D1, M11, *linked[2:]]
    yield Case(
        "rows_of_formulas_without_value",
        never_computed(form(A, linked, B, half, C, linked)),
        ABC,
        quarantined=[("formula_without_value", f"C{row}") for row in (6, 8, 10)],
    )
    broken = [Formula(text, "#REF!") for text in linked]
    refused = [("formula_error", "C6"), ("formula_error", "C8")]
    for write in (xlsx, xls, ods):
        content = write(form(A, broken, B, broken))
        yield Case(f"rows_of_errors_{write.__name__}", content, [LA, LB], quarantined=refused)
    ready = [["", "", "", "", "", "", f"=E{row}-F{row}"] for row in (8, 9, 10)]
    yield Case("formulas_ready_for_more_rows", never_computed(form(A, B, C, *ready)), ABC)
    yield Case("empty_texts_below_the_table", computed_to_nothing(form(A, B, C, *[linked] * 3)), ABC)
    for write in (xls, ods):
        hidden = write(rows, hide_rows=[5], hide_columns=[4, 6])
        yield Case(f"hidden_{write.__name__}", hidden, ABC, [("hidden_content", None)] * 2)


def numbers():
    yield Case(
        "numbers_as_text", xlsx(form(put(A, D="100000", E="100,000", F=" 40,000.00 ", G="60000.0"), B, C)), ABC
    )
    digits = put(A, C="๑.๑.๑ โครงการอบรม", D=thai(100000), E=thai(100000), F=thai(40000), G=thai(60000))
    yield Case("thai_digits", xlsx(form(digits, B, C)), ABC)
    full = put(A, C="１.１.１ โครงการอบรม", D=wide(100000), E="１００，０００", F=wide(40000), G=wide(60000))
    yield Case("full_width_digits", xlsx(form(full, B, C)), ABC)
    yield Case(
        "baht_in_cells", xlsx(form(put(A, D="100,000 บาท", E="100,000บาท", F="40,000.-", G="฿60,000"), B, C)), ABC
    )
    over = put(A, F=120000, G="(20,000)")
    spent = like(LA, disbursed="120000", remaining="-20000")
    yield Case("parentheses_below_zero", xlsx(form(over)), [spent])
    yield Case("minus_below_zero", xlsx(form(put(over, G="−20,000.00"))), [spent])
    yield Case("number_below_zero", xlsx(form(put(over, G=-20000))), [spent])
    yield Case(
        "disbursed_below_zero", xlsx(form(put(A, F=-40000), B)), [LB], quarantined=[("amount_negative", "F5")]
    )
    yield Case(
        "two_numbers_in_a_cell", xlsx(form(put(A, F="10\n30"), B)), [LB], quarantined=[("amount_unreadable", "F5")]
    )
    yield Case(
        "points_between_thousands",
        xlsx(form(put(A, F="40.000"), B)),
        [LB],
        quarantined=[("amount_unreadable", "F5")],
    )
    yield Case(
        "satang",
        xlsx(form(put(A, F=39999.75, G="60,000.25"))),
        [like(LA, disbursed="39999.75", remaining="60000.25")],
    )


def units_of_money():
    in_thousands = [put(A, D=100, E="100", F="40.00", G=60), put(B), put(C, D=20, E=20, G="20")]
    each = headed(
        D="งบประมาณตามแผน (พันบาท)", E="งบประมาณตามเทศบัญญัติ (พันบาท)", F="เบิกจ่าย (พันบาท)", G="คงเหลือ (พันบาท)"
    )
    said = [("unit_applied", f"{column}3") for column in "DEFG"]
    yield Case("thousands_in_headers", xlsx(form(*in_thousands, header=each)), ABC, said)
    below = ["", "", "", "(พันบาท)", "(พันบาท)", "(พันบาท)", "(พันบาท)", "", "", "", "", ""]
    yield Case(
        "thousands_in_a_row_of_their_own",
        xlsx(form(*in_thousands, header=[FLAT, below])),
        ABC,
        [("unit_applied", f"{c}4") for c in "DEFG"],
    )
    above = (TITLE, DIVISION, ["", "", "", "", "", "", "(หน่วย : พันบาท)"])
    yield Case(
        "thousands_above_the_table",
        xlsx(form(*in_thousands, title=above)),
        ABC,
        [("unit_applied", f"{c}4") for c in "DEFG"],
    )
    in_baht = put(A, D=100, E=100000, F=40, G=60)
    yield Case(
        "baht_in_a_header_below_a_line_of_thousands",
        xlsx(form(in_baht, header=headed(E="งบประมาณตามเทศบัญญัติ (บาท)"), title=above)),
        [LA],
        [*(("unit_applied", f"{c}4") for c in "DFG"), ("units_differ", "E4")],
    )
    pages = xlsx(form(*in_thousands[:2], *HEADER, in_thousands[2], title=above))
    yield Case("thousands_above_the_first_page", pages, ABC, [("unit_applied", f"{c}4") for c in "DEFG"])
    millions = put(A, D=0.1)
    yield Case(
        "millions_in_one_header",
        xlsx(form(millions, header=headed(D="งบประมาณตามแผน (ล้านบาท)"))),
        [LA],
        [("unit_applied", "D3")],
    )
    exact = put(A, D="1.23456789")
    yield Case(
        "millions_to_the_satang",
        xlsx(form(exact, header=headed(D="งบประมาณตามแผน\n(ล้านบาท)"))),
        [like(LA, plan="1234567.89")],
        [("unit_applied", "D3")],
    )
    yield Case(
        "baht_in_a_column_of_thousands",
        xlsx(form(put(in_thousands[0], F="40,000 บาท"), in_thousands[1], header=each)),
        [LB],
        said,
        [("unit_contradicts", "F5")],
    )
    yield Case("unit_in_the_cell", xlsx(form(put(A, D="0.1 ล้านบาท", E="100 พันบาท"))), [LA])
    with_total = form(*in_thousands, ["รวม", "", "", 120, 120, 40, 80], header=each)
    yield Case("total_of_thousands", xlsx(with_total), ABC, said)


def heading_dates():
    for n, end in enumerate(
        [
            "30 ก.ย. 66",
            "30 กันยายน พ.ศ. 2566",
            "30/9/2566",
            "๓๐ ก.ย. ๒๕๖๖",
            "30 กันยายน 2566",
            "30-09-66",
            "30กย.66",
            "30 กันยายน 2023",
        ],
        start=1,
    ):
        yield Case(f"date_spelling_{n}", xlsx(titled(f"เทศบาลนครตรัง ตั้งแต่วันที่ 1 ต.ค. 65 ถึงวันที่ {end}")), [LA])
    for n, end in enumerate(["31 มี.ค. 66", "31 มีนาคม พ.ศ. 2566", "๓๑/๓/๒๕๖๖"], start=1):
        yield Case(
            f"date_of_another_round_{n}", xlsx(titled(f"เทศบาลนครตรัง 1 ต.ค. 65 - {end}")), refused="other_round"
        )
    yield Case("round_in_words", xlsx(titled("เทศบาลนครตรัง รอบสิบสองเดือน ปีงบประมาณ ๖๖")), [LA])
    contradiction = "เทศบาลนครตรัง รอบ 6 เดือน ถึงวันที่ 30 กันยายน 2566"
    yield Case("round_contradicts_itself", xlsx(titled(contradiction)), refused="other_round")
    as_of = "เทศบาลนครตรัง รอบ 12 เดือน ปีงบประมาณ 2566 ข้อมูล ณ วันที่ 17 ตุลาคม 2566"
    yield Case("date_of_the_data_is_no_round", xlsx(titled(as_of)), [LA])


def transfers():
    moved = like(LA, moved_in="20000", remaining="80000")
    row = put(A, G=80000)
    yield Case("transfer_in_the_amount", xlsx(form(put(row, E="100,000 โอนเพิ่ม 20,000"))), [moved])
    yield Case("transfer_in_brackets", xlsx(form(put(row, E="๑๐๐,๐๐๐ (โอนเพิ่ม ๒๐,๐๐๐ บาท)"))), [moved])
    yield Case("transfer_behind_disbursed", xlsx(form(put(row, F="40,000 โอนเพิ่ม 20,000"))), [moved])
    yield Case("transfer_behind_remaining", xlsx(form(put(row, G="80,000 รับโอน 20,000"))), [moved])
    yield Case("transfer_in_the_next_cell", xlsx(form(put(row, H="โอนเพิ่ม 20,000"))), [moved])
    yield Case("transfer_beside_the_table", xlsx(form([*row, "โอนเพิ่ม 20,000"])), [moved])
    in_remark = "โอนเพิ่ม 20,000 บาท ตามประกาศ"
    yield Case("transfer_in_the_remark", xlsx(form(put(row, L=in_remark))), [like(moved, remark=in_remark)])
    as_sum = "โอนเพิ่มระหว่างปี 100,000 + 20,000 = 120,000 บาท"
    yield Case("transfer_as_a_sum", xlsx(form(put(row, L=as_sum))), [like(moved, remark=as_sum)])
    both = put(A, E="100,000 โอนเพิ่ม 50,000 โอนลด 30,000", G=80000)
    yield Case("two_transfers_in_a_cell", xlsx(form(both)), [like(moved, moved_in="50000", moved_out="30000")])
    told_twice = put(row, E="100,000 โอนเพิ่ม 20,000", L="โอนเพิ่ม 20,000 บาท")
    yield Case("transfer_told_twice", xlsx(form(told_twice)), [like(moved, remark="โอนเพิ่ม 20,000 บาท")])
    one_more = put(A, E="100,000 โอนเพิ่ม 50,000", G=80000, L="โอนเพิ่ม 50,000 และโอนลด 30,000")
    yield Case(
        "transfer_told_twice_and_another",
        xlsx(form(one_more)),
        [like(moved, moved_in="50000", moved_out="30000", remark="โอนเพิ่ม 50,000 และโอนลด 30,000")],
    )
    unclear = put(A, E="100,000 โอน 20,000")
    yield Case(
        "unclear_word_proved_in", xlsx(form(put(unclear, G=80000))), [moved], [("transfer_word_unclear", "E5")]
    )
    out = like(LA, moved_out="20000", remaining="40000")
    yield Case(
        "unclear_word_proved_out", xlsx(form(put(unclear, G=40000))), [out], [("transfer_word_unclear", "E5")]
    )
    yield Case(
        "unclear_word_not_proved",
        xlsx(form(put(unclear, G=55555), B)),
        [LB],
        quarantined=[("transfer_unclear", "E5")],
    )
    own = [
        [*row_[:5], more, *row_[5:]]
        for row_, more in zip((*HEADER, row, B), ("โอนเพิ่ม", "", 20000, "-"), strict=True)
    ]
    yield Case("transfer_in_its_own_column", xlsx([TITLE, DIVISION, *own]), [moved, LB])
    yield Case(
        "many_unclear_words",
        xlsx(form(put(A, E="100,000" + " โอน 5" * 40), B)),
        [LB],
        quarantined=[("transfer_unclear", "E5")],
    )


def marks():
    for n, glyph in enumerate(
        ["✓", "✔", "☑", "√", "x", "X", "×", "●", "✔️", "／", "∕", "1", "ü", "✅", "TRUE"], start=1
    ):
        yield Case(f"mark_{n}", xlsx(form(put(A, I=glyph, J="-", K="☐"))), [LA])
    yield Case("mark_boolean", xlsx(form(put(A, I=True, J=False))), [LA])
    yield Case("two_marks", xlsx(form(put(A, J="/"))), [like(LA, status=None)])
    yield Case("no_mark", xlsx(form(put(A, I=""))), [like(LA, status=None)])
    yield Case("no_mark_but_words", xlsx(form(put(A, I="รอผล"), B)), [LB], quarantined=[("mark_unreadable", "I5")])


def shifted():
    # Rows of the scanned page, as it prints them; 1.2.3 does not add up, so nothing is proved there.
    dimension = ["1.", "1.2"]
    r124 = [
        *dimension,
        "1.2.4 โครงการบ้านตัวอย่าง",
        "100,000",
        "50,000",
        "44,528",
        "5,472",
        "/",
        "",
        "",
        "เมื่อวันที่ 9 มิ.ย.66",
        "",
    ]
    r123 = [
        *dimension,
        "1.2.3 โครงการป้องกัน",
        "200,000",
        "100,000",
        "32,050",
        "67,750",
        "/",
        "",
        "",
        "เมื่อวันที่ 29 ส.ค.66",
        "",
    ]
    r135 = ["1.", "1.3", "1.3.5 โครงการขับเคลื่อน", "500,000", "-", "-", "-", "/", "", "/", "ไม่ได้ตั้งงบประมาณ", ""]
    good = Listing("1.2.4", "โครงการบ้านตัวอย่าง", "100000", "50000", "44528", "5472", remark="เมื่อวันที่ 9 มิ.ย.66")
    yield Case("shifted_and_proved", xlsx(form(r124)), [good], [("columns_shifted", "H5")])
    yield Case(
        "shifted_without_remark",
        xlsx(form(put(r124, K=""))),
        [like(good, remark=None)],
        [("columns_shifted", "H5")],
    )
    yield Case("shifted_not_proved", xlsx(form(r123, B)), [LB], quarantined=[("columns_shifted_unclear", "H5")])
    yield Case("shifted_without_money", xlsx(form(r135, B)), [LB], quarantined=[("mark_unreadable", "K5")])
    yield Case(
        "shifted_but_remark_in_place",
        xlsx(form(put(r124, K="", L="เสร็จ"), B)),
        [LB],
        quarantined=[("columns_shifted_unclear", "H5")],
    )
    yield Case("shifted_row_one_cell_short", as_csv(form(r124[:11])), [good], [("columns_shifted", "H5")])
    wrong_mark = put(A, H="/")
    yield Case("no_budget_and_status_stay", xlsx(form(wrong_mark)), [like(LA, no_budget=True)])


def names():
    end = "รอบ 12 เดือน ปีงบประมาณ 2566"
    na_yong_tai = frozenset({"6920106"})
    for n, written in enumerate(
        [
            "องค์การบริหารส่วนตำบลนาโยงใต้",
            "อบต.นาโยงใต้",
            "อบต นาโยงใต้",
            "อ.บ.ต. นาโยงใต้",
            "องค์กรบริหารส่วนตำบลนาโยงใต้",
            "องค์การบริหารส่วน ตำบล นาโยงใต้",
        ],
        start=1,
    ):
        content = xlsx(titled(f"{written} อำเภอเมืองตรัง จังหวัดตรัง {end}"))
        yield Case(f"lgo_spelling_{n}", content, [LA], scope=na_yong_tai, lgo_code="6920106")
    toneless = xlsx(titled(f"องค์การบริหารส่วนตำบลนาทามใต้ อ.เมือง จ.ตรัง {end}"))
    yield Case(
        "lgo_without_tone_mark",
        toneless,
        [LA],
        [("lgo_name_spelling", "A1")],
        scope=frozenset({"6920111"}),
        lgo_code="6920111",
    )
    yield Case("lgo_of_another_folder", xlsx(titled(f"เทศบาลนครหาดใหญ่ {end}")), refused="other_lgo")
    yield Case("lgo_not_registered", xlsx(titled(f"เทศบาลนครฟ้าใส {end}")), refused="unknown_lgo")
    yield Case("lgo_from_the_folder", xlsx(titled(f"แบบติดตาม {end}")), [LA])
    both = frozenset(TWINS)
    (first, place), (second, other) = TWINS.items()
    yield Case(
        "lgo_name_twice_in_a_province",
        xlsx(titled(f"{TWIN_NAME} จังหวัด{TWIN_PROVINCE} {end}")),
        refused="unknown_lgo",
        scope=both,
    )
    yield Case(
        "lgo_settled_by_district_1",
        xlsx(titled(f"{TWIN_NAME} อำเภอ{place} จังหวัด{TWIN_PROVINCE} {end}")),
        [LA],
        scope=both,
        lgo_code=first,
    )
    yield Case(
        "lgo_settled_by_district_2",
        xlsx(titled(f"{TWIN_NAME} อ.{other} จ.{TWIN_PROVINCE} {end}")),
        [LA],
        scope=both,
        lgo_code=second,
    )


@cache
def cases():
    """Return every case, by name."""
    makers = (
        *(
            formats,
            headers,
            columns,
            columns_twice,
            merged_and_repeated,
            other_layouts,
            several_listings,
            totals,
            hidden_and_formulas,
            numbers,
        ),
        *(units_of_money, heading_dates, transfers, marks, shifted, names),
    )
    made = [case for maker in makers for case in maker()]
    assert len({case.name for case in made}) == len(made)
    return made


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases():
        (folder / case.name).write_bytes(case.content)
