"""Every format and encoding comes out as the same grid of text; what is no table is refused in so many words."""

import io
import struct
import zipfile

import odf.opendocument
import odf.table
import odf.text
import pytest
import xlsxwriter
import xlwt

from orchestration.spreadsheets.filetype import of_compound_file
from orchestration.spreadsheets.layouts import messages
from orchestration.spreadsheets.readers import Unreadable, decode, read

GRID = [["โครงการ", "งบประมาณ"], ["๑.๑.๑ อบรม", "50000"], ['ที่, "สอง"', "942154.25"]]
CSV = 'โครงการ,งบประมาณ\r\n๑.๑.๑ อบรม,50000\r\n"ที่, ""สอง""",942154.25\r\n'


def xlsx(**options):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("ก")
        for y, row in enumerate(GRID):
            for x, text in enumerate(row):
                sheet.write(y, x, float(text) if x and y else text)
    return file.getvalue()


def xls():
    file, book = io.BytesIO(), xlwt.Workbook()
    sheet = book.add_sheet("ก")
    for y, row in enumerate(GRID):
        for x, text in enumerate(row):
            sheet.write(y, x, float(text) if x and y else text)
    book.save(file)
    return file.getvalue()


def ods():
    file, book = io.BytesIO(), odf.opendocument.OpenDocumentSpreadsheet()
    table = odf.table.Table(name="ก")
    for y, row in enumerate(GRID):
        line = odf.table.TableRow()
        for x, text in enumerate(row):
            kind = {"valuetype": "float", "value": text} if x and y else {"valuetype": "string"}
            cell = odf.table.TableCell(**kind)
            cell.addElement(odf.text.P(text=text))
            line.addElement(cell)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(file)
    return file.getvalue()


def record(kind, data=b""):
    """One record of a binary workbook: type and size in groups of seven bits."""
    size = len(data)
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return number + (bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])) + data


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(cells=None):
    """A binary workbook with one sheet; cells: {(row, column): text or number}, 0-based."""
    if cells is None:
        cells = {
            (y, x): float(text) if x and y else text for y, row in enumerate(GRID) for x, text in enumerate(row)
        }
    rows = b""
    for y in sorted({y for y, _ in cells}):
        rows += record(0, struct.pack("<IIHBBBI", y, 0, 300, 0, 0, 0, 0))
        for x, value in sorted((x, value) for (row, x), value in cells.items() if row == y):
            place = struct.pack("<II", x, 0)
            rows += (
                record(6, place + wide(value))
                if isinstance(value, str)
                else record(5, place + struct.pack("<d", value))
            )
    size = struct.pack("<IIII", 0, max(y for y, _ in cells), 0, max(x for _, x in cells))
    sheet = record(129) + record(148, size) + record(145) + rows + record(146) + record(130)
    bundle = record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("ก"))
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{rels}"><Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        "xl/workbook.bin": record(131) + record(143) + bundle + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{rels}"><Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
        "xl/worksheets/sheet1.bin": sheet,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


HTML = (
    '<html><head><meta charset="{}"></head><body><h1>รอบ 12 เดือน</h1><table><tr><th>โครงการ<th>งบประมาณ'
    "<tr><td>๑.๑.๑ อบรม<td>50000<tr><td>ที่, &quot;สอง&quot;<td>942154.25</table></body></html>"
)
SAME = {
    "xlsx": xlsx(),
    "xls": xls(),
    "xlsb": xlsb(),
    "ods": ods(),
    "csv utf-8": CSV.encode(),
    "csv utf-8 with mark": CSV.encode("utf-8-sig"),
    "csv utf-16 with mark": CSV.encode("utf-16"),
    "csv utf-16-be with mark": b"\xfe\xff" + CSV.encode("utf-16-be"),
    "csv utf-16-le": CSV.encode("utf-16-le"),
    "csv utf-16-be": CSV.encode("utf-16-be"),
    "csv cp874": CSV.encode("cp874"),
    "csv unix": CSV.replace("\r\n", "\n").encode(),
    "tsv utf-16": 'โครงการ\tงบประมาณ\r\n๑.๑.๑ อบรม\t50000\r\n"ที่, ""สอง"""\t942154.25\r\n'.encode("utf-16"),
    "tsv utf-8": 'โครงการ\tงบประมาณ\n๑.๑.๑ อบรม\t50000\n"ที่, ""สอง"""\t942154.25\n'.encode(),
    "semicolons": 'โครงการ;งบประมาณ\n๑.๑.๑ อบรม;50000\n"ที่, ""สอง""";942154.25\n'.encode(),
    "html": HTML.format("utf-8").encode(),
    "html cp874": HTML.format("windows-874").encode("cp874"),
    "html utf-16": HTML.format("utf-16").encode("utf-16"),
}


@pytest.mark.parametrize("content", SAME.values(), ids=SAME)
def test_the_same_table_in_every_format(content):
    (sheet,) = read(content)
    assert sheet.rows[:] == GRID


def test_text_around_html_tables_is_kept_and_layout_tables_are_no_tables():
    page = "<table><tr><td>เทศบาลนครตรัง<td><table><tr><td>ก<td>ข</table><td><table><tr><td>ค</table></table>"
    first, second = read(page.encode())
    assert (first.rows, second.rows) == ([["ก", "ข"]], [["ค"]])
    assert first.preamble == ["เทศบาลนครตรัง"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("400<br>300", "400\n300"),
        ("<p>400</p><p>300</p>", "400\n300"),
        ("400<sup>1</sup>", "400 1"),
        ("<sup>1</sup>400", "1 400"),
        ("<input value='40000'>", "40000"),
        ("<input type=radio checked>", "☑"),
        ("<input type=checkbox>", ""),
        ("  โครงการ\n   <b>อบ</b>รม <!-- x --> ปี ", "โครงการ อบรม ปี"),
    ],
)
def test_an_html_cell_reads_as_a_browser_shows_it(cell, text):
    page = f"<html><body><table><tr><td>{cell}<td>ที่สอง</table></body></html>".encode()
    (sheet,) = read(page)
    assert list(sheet.rows[0]) == [text, "ที่สอง"]


def test_html_spans_move_the_cells_after_them():
    page = "<table><tr><td rowspan=2>ก<td colspan=2>ข<tr><td>ค<td rowspan=9>ง</table>"
    assert read(page.encode())[0].rows == [["ก", "ข", ""], ["", "ค", "ง"]]


def test_sheets_without_cells_and_macros_do_no_harm():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=ก!$A$1:$A$2"})
        book.add_chartsheet("แผนภูมิ").set_chart(chart)
        book.add_worksheet("ก").write(0, 0, "x")
        book.add_worksheet("ว่าง")
    assert [(sheet.name, sheet.rows) for sheet in read(file.getvalue())] == [("ก", [["x"]]), ("ว่าง", [])]
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"never run")
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    assert read(file.getvalue())[0].remarks == ("macros", "external_links")


def encrypted_xls():
    """An Excel 97 file whose second record says that the rest is encrypted (FILEPASS)."""
    content = bytearray(xls())
    start = content.index(b"\x09\x08\x10\x00")
    content[start + 20 : start + 22] = b"\x2f\x00"
    return bytes(content)


REFUSED = {
    "nothing": (b"", "file_empty"),
    "blanks": (b" \r\n\0", "file_empty"),
    "an empty sheet": (b",,\n,,\n", "file_empty"),
    "pdf": (b"%PDF-1.7 ...", "file_corrupt"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file_type_unknown"),
    "latin": ("année".encode("utf-16-le")[1:] + b"\x00\xd8", "file_type_unknown"),
    "not thai at all": (b"\xfc\xfd\xfe,\xff", "file_type_unknown"),
    "html without a table": (b"<html><body>504 Gateway Timeout", "file_type_unknown"),
    "other zip": (b"PK\x03\x04" + b"\0" * 100, "file_corrupt"),
    "encrypted xls": (encrypted_xls(), "file_encrypted"),
    "half an xls": (xls()[:3000], "file_corrupt"),
    "utf-8 that breaks off": ("ก,ข".encode("utf-8-sig")[:-1], "file_corrupt"),
    "utf-16 that breaks off": ("ก,ข".encode("utf-16")[:-1], "file_corrupt"),
    "thai that breaks off inside a letter": ("ที่,ชื่อ".encode()[:-1], "file_corrupt"),
    "a row that breaks off": ("ที่,ชื่อ,เงิน,เบิก\n1,ก,2,3\n2,ข,40".encode(), "last_row_cut"),
    "a row that breaks off in its first cell": ("ที่,ชื่อ,เงิน,เบิก\n1,ก,2,3\n2".encode(), "last_row_cut"),
    "open quote": ('ก,ข\n"ค,ง\nจ,ฉ\n'.encode(), "quote_not_closed"),
}


@pytest.mark.parametrize(("content", "rule"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_and_why(content, rule):
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert refused.value.rule == rule
    message = messages()[rule]
    assert message.scope == "file" and message.th.format(found="x") and message.en.format(found="x")


@pytest.mark.parametrize(
    "text",
    [
        # A row that is short and ends is so on purpose, one that is not short may be the last of its file.
        "ที่,ชื่อ,เงิน,เบิก\n1,ก,2,3\n2,ข,40\n",
        "ที่,ชื่อ,เงิน,เบิก\n1,ก,2,3\n2,ข,4,5",
        # Lines of few cells stand above this table, and may stand below it.
        "เทศบาล\nที่,ชื่อ,เงิน,เบิก\n1,ก,2,3\nผู้รายงาน",
        # Where rows differ in length, so may the last.
        "ที่,ชื่อ,เงิน,เบิก,เหลือ\n1,ก,2,3\n2,ข",
    ],
)
def test_a_short_last_row_of_a_text_that_is_whole(text):
    (sheet,) = read(text.encode())
    assert [",".join(row) for row in sheet.rows] == text.splitlines()


def zipped(*names, content="<document/>"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


OPEN_DOCUMENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><office:body>'
    "<office:text/></office:body></office:document-content>"
)


@pytest.mark.parametrize(
    ("content", "rule", "found"),
    [
        (zipped("[Content_Types].xml", "word/document.xml"), "file_type_unknown", "Microsoft Word (.docx)"),
        (
            zipped("[Content_Types].xml", "ppt/presentation.xml"),
            "file_type_unknown",
            "Microsoft PowerPoint (.pptx)",
        ),
        (zipped("content.xml", content=OPEN_DOCUMENT), "file_type_unknown", "OpenDocument (.odt, .odp)"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "file_type_unknown", "JPEG"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file_type_unknown", "PNG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "file_type_unknown", "HEIC"),
        (zipped("แบบติดตาม.xlsx", "คลัง.xlsx"), "file_archive", "ZIP"),
        (b"Rar!\x1a\x07\x01\0", "file_archive", "RAR"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "file_archive", "7-Zip"),
    ],
)
def test_people_are_told_what_they_have_sent(content, rule, found):
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert (refused.value.rule, refused.value.found) == (rule, found)


def test_an_archive_is_to_be_unpacked():
    assert "แตกแฟ้ม" in messages()["file_archive"].th


def test_documents_of_old_programs_are_told_by_their_streams():
    assert of_compound_file({"WordDocument", "1Table", "\x01CompObj"}) == "Microsoft Word (.doc)"
    assert of_compound_file({"b", "a"}) == "a, b"


def test_text_behind_a_closing_quote_is_untidy_but_read():
    assert read('"ก"x,ข\n'.encode())[0].rows == [["กx", "ข"]]


def test_one_letter_is_enough_to_tell_encodings_apart():
    assert decode("กำ".encode("cp874")) == "กำ"
    assert decode("กำ".encode()) == "กำ"
    with pytest.raises(Unreadable):
        decode(b"\x81\x82,1")
