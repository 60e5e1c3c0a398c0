"""Files made to do harm are refused before a reader opens them; large but honest ones are not."""

import io
import re
import struct
import tracemalloc
import zipfile
import zlib

import pytest
import xlsxwriter
import xlwt

from orchestration.spreadsheets import guard
from orchestration.spreadsheets.readers import Unreadable, read
from tests.conftest import SAMPLE
from tests.corpus.make import TOP, UNDER
from tests.unit.test_readers import GRID, HTML, ods, xls, xlsb, xlsx

SHEET = "xl/worksheets/sheet1.xml"


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def pack(parts, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def changed(content, name, old, new):
    parts = members(content)
    assert old in parts[name]
    return pack(parts | {name: parts[name].replace(old, new, 1)})


def refusal(content):
    with pytest.raises(Unreadable) as refused:
        read(content)
    return refused.value.rule, refused.value.found


def with_cell(reference, inside=b"<v>1</v>"):
    row = re.search(rb"\d+$", reference)[0]
    cell = b'<row r="%s"><c r="%s" s="1">%s</c></row></sheetData>' % (row, reference, inside)
    return changed(xlsx(), SHEET, b"</sheetData>", cell)


# -- sheets too large


@pytest.mark.parametrize("reference", [b"XFD1048576", b"A1048576", b"XFE4", b"ZZZZ4", b"B4000000000"])
def test_a_filled_cell_too_far_out_is_named(reference):
    rule, found = refusal(with_cell(reference))
    assert rule == "sheet_too_large"
    assert found.startswith("ก " + reference.decode()[:10])


def test_blank_cells_and_a_declared_size_take_no_room():
    assert read(with_cell(b"XFD1048576", b""))[0].rows[:] == GRID
    assert read(changed(xlsx(), SHEET, b"A1:B3", b"A1:XFD1048576"))[0].rows[:] == GRID


def test_a_far_cell_within_bounds_is_read():
    rows = read(with_cell(b"C1000"))[0].rows
    assert (len(rows), rows[999]) == (1000, ["", "", "1"])


@pytest.mark.parametrize(
    "rows",
    [
        b"<row><c><v>1</v></c></row>" + b"<row/>" * 200_000 + b"<row>" + b"<c/>" * 20 + b"<c><v>1</v></c></row>",
        b"<x:row r='1048576'><x:c r='XFD1048576'><x:v>1</x:v></x:c></x:row>",
        b"<row  r = '900000' ><c  r = 'Z900000' ><v>1</v></c></row>",
        b'<row r="&#57;00000"><c r="&#90;900000"><v>1</v></c></row>',
    ],
    ids=["places left out", "prefix", "spaces", "character references"],
)
def test_other_ways_to_write_a_far_cell(rows):
    parts = members(xlsx())
    sheet = parts[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")
    sheet = sheet.replace(
        b"<worksheet ", b'<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    )
    assert refusal(pack(parts | {SHEET: sheet}, zipfile.ZIP_STORED))[0] == "sheet_too_large"


def test_too_many_filled_cells():
    cells = b"".join(
        b'<c r="%c%d"><v>1</v></c>' % (65 + n % 26, n // 26 + 4) for n in range(guard.FILLED_CELLS + 1)
    )
    assert (
        refusal(changed(xlsx(), SHEET, b"</sheetData>", b'<row r="4">' + cells + b"</row></sheetData>"))[0]
        == "sheet_too_large"
    )


def test_a_long_honest_sheet_is_read():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for y in range(8_000):
            sheet.write_row(y, 0, [y] * 12)
    rows = read(file.getvalue())[0].rows
    assert (len(rows), rows[-1]) == (8_000, ["7999"] * 12)


def test_repeated_cells_of_opendocument():
    def with_row(row):
        return changed(ods(), "content.xml", b"</table:table>", row + b"</table:table>")

    blank = b'<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    assert read(with_row(blank))[0].rows[:] == GRID
    filled = b'<table:table-row table:number-rows-repeated="%d"><table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="%d"/></table:table-row>'
    assert read(with_row(filled % (2, 3)))[0].rows[3:] == [["1", "1", "1"]] * 2
    for rows, columns in ((1048000, 16384), (1048000, 1), (40, 16384), (10**12, 1)):
        assert refusal(with_row(filled % (rows, columns)))[0] == "sheet_too_large"
    assert refusal(with_row(blank + filled % (1, 1)))[0] == "sheet_too_large"


def test_far_cells_of_binary_workbooks():
    assert refusal(xlsb({(0, 0): "ก", (1048575, 16383): "ข"}))[0] == "sheet_too_large"
    file, book = io.BytesIO(), xlwt.Workbook()
    sheet = book.add_sheet("ก")
    sheet.write(0, 0, "x")
    sheet.write(65535, 255, "y")
    book.save(file)
    assert refusal(file.getvalue()) == ("sheet_too_large", "1 IV65536")


def test_html_and_csv_have_their_bounds():
    page = "<table>" + "<tr><td rowspan=999 colspan=1000>x" * 999 + "</table>"
    assert refusal(page.encode())[0] == "sheet_too_large"
    assert refusal(b"<table><tr><td>x</table>" * (guard.HTML_TABLES + 1))[0] == "file_hostile"
    assert refusal(b"," * (guard.GRID_CELLS + 1))[0] == "sheet_too_large"
    assert refusal(b"1,2\n" * (guard.FILLED_CELLS // 2 + 1))[0] == "sheet_too_large"
    assert refusal(b"<p>" * guard.HTML_TAGS + b"<table><tr><td>x")[0] == "sheet_too_large"
    assert refusal(b"<table><tr><td>" * 200 + b"x")[0] == "file_hostile"
    assert refusal(b"x,y\n" + b"z" * 200_000)[0] == "file_corrupt"
    assert refusal(b"1,2\n" * (guard.TEXT_BYTES // 4 + 1))[0] == "file_too_large"


# -- bombs and traps


def test_a_zip_bomb_is_not_unpacked():
    rule, found = refusal(pack(members(xlsx()) | {"xl/styles.xml": b" " * 60_000_000}))
    assert (rule, found.split(":")[0]) == ("file_hostile", "xl/styles.xml")


def test_a_part_that_lies_about_its_size_is_cut_off_there():
    content = bytearray(changed(xlsx(), SHEET, b"</worksheet>", b"</worksheet>" + b" " * 200_000_000))
    size = struct.pack("<I", len(members(bytes(content))[SHEET]))
    at = content.index(size, content.index(b"PK\x01\x02"))
    content[at : at + 4] = struct.pack("<I", 2000)
    tracemalloc.start()
    try:
        assert refusal(bytes(content))[0] == "file_corrupt"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_compression_that_office_programs_do_not_use():
    assert refusal(pack(members(xlsx()), zipfile.ZIP_LZMA))[0] == "file_hostile"


def test_large_files_are_refused_by_size():
    assert refusal(b"PK\x03\x04" + b"\0" * guard.FILE_BYTES)[0] == "file_too_large"
    noise = bytes(zlib.crc32(n.to_bytes(4, "big")) & 0xFF for n in range(100_000)) * 700
    assert (
        refusal(pack(members(xlsx()) | {"xl/sharedStrings.xml": noise}, zipfile.ZIP_STORED))[0] == "file_too_large"
    )


def test_too_many_entries():
    assert (
        refusal(pack(members(xlsx()) | {f"xl/media/{n}": b"" for n in range(guard.ENTRIES)}))[0] == "file_hostile"
    )


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "/etc/passwd", "C:/x", "xl\\..\\x", "x\0y", "XL/WORKBOOK.XML"]
)
def test_path_tricks_and_second_bearers_of_a_name(name):
    file = io.BytesIO(xlsx())
    entry = zipfile.ZipInfo("x")
    entry.filename = name
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(entry, b"x")
    assert refusal(file.getvalue())[0] in ("file_hostile", "file_corrupt")


ENTITIES = b'?>\n<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "part"),
    [(xlsx(), SHEET), (xlsx(), "xl/sharedStrings.xml"), (xlsx(), "xl/workbook.xml"), (ods(), "content.xml")],
)
def test_entities_are_never_declared(content, part):
    rule, found = refusal(changed(content, part, b"?>", ENTITIES))
    assert (rule, found) == ("file_hostile", f"{part}: <!DOCTYPE>")


def test_html_does_not_expand_or_fetch():
    page = ENTITIES[2:].decode() + "<table><tr><td>&c;<td>x</table>"
    assert "root:" not in str(read(page.encode())[0].rows)


# -- damage that a reader would take for data


def test_a_flipped_byte_is_found_by_its_checksum():
    content = bytearray(pack(members(xlsx()), zipfile.ZIP_STORED))
    at = content.index(b"50000")
    content[at] ^= 1
    assert refusal(bytes(content))[0] == "file_corrupt"


@pytest.mark.parametrize(
    "part", [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"]
)
def test_a_part_that_is_missing_or_another_is_damage(part):
    parts = members(xlsx())
    without = {name: content for name, content in parts.items() if name != part}
    assert refusal(pack(without))[0] in ("file_corrupt", "file_type_unknown")
    assert refusal(pack(parts | {part: b"<?xml version='1.0'?><other/>"}))[0] == "file_corrupt"
    assert refusal(pack(parts | {part: parts[part][:-5]}))[0] == "file_corrupt"


def test_a_part_in_another_encoding_would_be_read_as_nothing():
    text = members(xlsx())[SHEET].decode()
    utf16 = text.replace("UTF-8", "UTF-16").encode("utf-16")
    assert refusal(pack(members(xlsx()) | {SHEET: utf16}))[0] == "file_corrupt"


def test_a_compound_file_in_a_circle_ends():
    content = bytearray(xls())
    (fat,) = struct.unpack_from("<I", content, 76)
    for at in range(0, 512, 4):
        struct.pack_into("<I", content, (fat + 1) * 512 + at, 0)
    assert refusal(bytes(content))[0] == "file_corrupt"


def test_no_sample_is_refused():
    for path in SAMPLE.iterdir():
        assert read(path.read_bytes())
    assert read(HTML.format("utf-8").encode())


def quoted(*rows):
    """A CSV form with quotes typed as they are, below a title and a heading of twelve columns."""
    lines = ["เทศบาลนครตรัง", ",".join(TOP), ",".join(UNDER), *rows]
    return "\r\n".join(lines).encode("utf-8-sig")


FILLED = "1.,1.1,1.1.{} โครงการ,1000,1000,900,100,,/,,,{}"
SWALLOWING = {
    "one quote alone": [FILLED.format(1, ""), FILLED.format(2, '"เสร็จ'), FILLED.format(3, "")],
    "two at the beginning of remarks": [FILLED.format(1, ""), *(FILLED.format(n, '"เสร็จ') for n in (2, 3))],
    "a row between them": [
        *(FILLED.format(1, ""), FILLED.format(2, '"เสร็จ ตามแผน'), FILLED.format(3, "")),
        *(FILLED.format(4, '"เสร็จแล้ว'), FILLED.format(5, "")),
    ],
    "the second ends a cell": [FILLED.format(1, ""), FILLED.format(2, '"เสร็จ'), FILLED.format(3, 'เสร็จ"')],
    "in the name and in the remark": [
        *(FILLED.format(1, ""), FILLED.format(2, "").replace("1.1.2", '"1.1.2')),
        *(FILLED.format(3, '"เสร็จ'), FILLED.format(4, "")),
    ],
    "closed by an amount in quotes": [
        *(FILLED.format(1, ""), FILLED.format(2, '"เสร็จ')),
        *(FILLED.format(3, "").replace("1000", '"1,000"', 1), FILLED.format(4, "")),
    ],
    "behind an untidy row": [FILLED.format(1, '"ก"ข'), FILLED.format(2, '"เสร็จ'), FILLED.format(3, "")],
}


@pytest.mark.parametrize("rows", SWALLOWING.values(), ids=SWALLOWING)
def test_a_quote_that_swallows_rows_is_named_by_its_row(rows):
    assert refusal(quoted(*rows)) == ("quote_not_closed", "5")


REMARKS = {
    "broken lines": '"เสร็จ\r\nเมื่อ 1 ส.ค. 66"',
    "commas in broken lines": '"ก, ข, ค, ง, จ\r\nฉ, ช, ซ, ฌ, ญ\r\nฎ, ฏ, ฐ, ฑ, ฒ, ณ"',
    "quotes doubled": '"อบรม ""โตไปไม่โกง""\r\nเสร็จ, แล้ว"',
    "text behind the quote": '"เสร็จ" แล้ว',
    "text behind broken lines": '"เสร็จ\r\nแล้ว" ตามแผน',
    "quote in the middle": 'เสร็จ "แล้ว',
}


@pytest.mark.parametrize("remark", REMARKS.values(), ids=REMARKS)
def test_a_remark_in_quotes_is_a_remark(remark):
    content = quoted(FILLED.format(1, ""), FILLED.format(2, remark), FILLED.format(3, ""))
    (sheet,) = read(content)
    assert [row[2][:5] for row in sheet.rows[3:]] == ["1.1.1", "1.1.2", "1.1.3"]
