"""PDFs: the sample forms and lists as programs print them, pages without heading, and what is refused.

The files in tests/corpus/pdf are the samples of the same names, saved as PDF by LibreOffice 7.4 (forms, list) and
printed by Chromium (the ranking, with borders, and the browser's own line at the top of the page).
"""

import zlib

import pytest

from orchestration.spreadsheets import pdf
from orchestration.spreadsheets.headers import find_headers, pages_without_header
from orchestration.spreadsheets.parse import parse
from orchestration.spreadsheets.readers import Sheet, Unreadable, read
from orchestration.spreadsheets.tables import kinds
from orchestration.spreadsheets.thai import key
from tests.conftest import PROJECT, ROUND, SAMPLE
from tests.corpus.as_pdf import as_pdf
from tests.corpus.make import DIVISION, HEADER, TITLE, TRANG, A, B, C, put, xlsx

PRINTED = PROJECT / "tests" / "corpus" / "pdf"
LINES = [TITLE[0], DIVISION[0]]
WIDTHS = [2, 3, 4, 2, 2, 2, 2, 2, 2, 2, 2, 4]
ONCE = [A, put(B, A="", B=""), put(C, A="")]


def rows_of(content, name):
    """Return the rows by kind with what they mean, not where they stand; spaces do not count in Thai."""
    parsed = parse(content, ROUND, name, "sha", TRANG)
    assert not parsed.rows.get("quarantine"), parsed.rows["quarantine"][0]["message_en"]
    place = ("source_file", "source_sheet", "source_row")
    return parsed, {
        kind: [
            {
                name: key(value) if isinstance(value, str) else value
                for name, value in row.items()
                if name not in place and not name.endswith(("_cell", "_as_written"))
            }
            for row in parsed.rows.get(kind, ())
        ]
        for kind in (*kinds(), "transfer")
    }


@pytest.mark.parametrize(
    ("printed", "original", "cut"),
    [
        ("กองสวัสดิการสังคม.pdf", "กองสวัสดิการสังคม.xlsx", {}),
        ("e-PlanNACC เทศบาลนครตรัง.pdf", "e-PlanNACC เทศบาลนครตรัง.xlsx", {}),
        ("ผลระดับจังหวัด ตรัง.pdf", "ผลระดับจังหวัด ตรัง.html", {}),
        # The ninth line of the mission did not fit into its cell: LibreOffice left it out.
        ("รายงานผล ป.ป.ช. กองการศึกษา.pdf", "รายงานผล ป.ป.ช. กองการศึกษา.xls", {"mission_name": "B8"}),
    ],
)
def test_a_printed_sample_reads_like_the_sample(printed, original, cut):
    parsed, got = rows_of((PRINTED / printed).read_bytes(), printed)
    _, expected = rows_of((SAMPLE / original).read_bytes(), original)
    assert sum(map(len, expected.values())) > 4
    for kind, rows in expected.items():
        assert len(got[kind]) == len(rows)
        for row, other in zip(got[kind], rows, strict=True):
            differs = {name for name in other if row.get(name) != other[name]}
            assert differs <= {*cut, "cell", "as_written"}
    said = " ".join(row["before"] for row in parsed.rows.get("repair", ()) if row["rule"] == "text_may_be_cut")
    assert all(cell in said.replace(",", "").split() for cell in cut.values())


def test_a_figure_names_its_page_table_row_and_column():
    parsed, _ = rows_of((PRINTED / "กองสวัสดิการสังคม.pdf").read_bytes(), "x.pdf")
    last = parsed.rows["division_listing"][-1]
    # On the third page the table goes on in its first row, under the heading of the second page.
    assert (last["listing_code"], last["source_sheet"], last["source_row"]) == ("3.3.3", "หน้า 3 ตาราง 1", 1)
    assert last["disbursed_baht_cell"] == "F1"
    assert last["mission_name"].startswith("3.3 ")


@pytest.mark.parametrize("repeat", [True, False], ids=["heading on every page", "heading once"])
def test_pages_are_one_table(repeat):
    content = as_pdf(LINES, HEADER, ONCE, widths=WIDTHS, height=160, repeat=repeat, below=["ลงชื่อ ผู้รายงาน"])
    sheets = read(content)
    assert [sheet.name for sheet in sheets] == ["หน้า 1 ตาราง 1", "หน้า 2 ตาราง 1"]
    parsed, _ = rows_of(content, "x.pdf")
    got = [(r["listing_code"], r["dimension_name"], r["mission_name"]) for r in parsed.rows["division_listing"]]
    assert got == [("1.1.1", A[0], A[1]), ("1.1.2", A[0], A[1]), ("1.2.1", A[0], C[1])]
    assert parsed.division == "กองช่าง"


def test_an_amount_in_a_cell_over_two_listings_is_not_the_first_ones():
    rows = [put(A, D={"text": "100000", "rows": 2}), put(B, D=None), C]
    parsed = parse(as_pdf(LINES, HEADER, rows, widths=WIDTHS), ROUND, "x.pdf", "sha", TRANG)
    assert [row["listing_code"] for row in parsed.rows["division_listing"]] == ["1.2.1"]
    refused = [(row["rule"], row["cell"], row["value_as_written"]) for row in parsed.rows["quarantine"]]
    assert refused == [("amount_merged", cell, "100000") for cell in ("D5", "D6")]


def test_an_amount_in_a_cell_over_two_columns_is_not_the_first_ones():
    rows = [put(A, D={"text": "100000", "columns": 2}, E=None), B, C]
    parsed = parse(as_pdf(LINES, HEADER, rows, widths=WIDTHS), ROUND, "x.pdf", "sha", TRANG)
    assert [row["listing_code"] for row in parsed.rows["division_listing"]] == ["1.1.2", "1.2.1"]
    refused = [(row["rule"], row["cell"], row["value_as_written"]) for row in parsed.rows["quarantine"]]
    assert refused == [("amount_merged_across", "D5", "100000")]


def test_the_unit_above_a_printed_table_counts():
    content = as_pdf([*LINES, "(หน่วย : พันบาท)"], HEADER, [put(A, D=100, E=100, F=40, G=60)], widths=WIDTHS)
    parsed, _ = rows_of(content, "x.pdf")
    assert str(parsed.rows["division_listing"][0]["budget_plan_baht"]) == "100000.00"


def test_lines_of_a_cell_are_joined_without_spaces_inside_words():
    name = "1.1.1 โครงการเสริมสร้างจิตสำนึกและความตระหนักรู้ให้แก่น้ำใจของผู้ปฏิบัติหน้าที่ที่กองช่าง"
    parsed, _ = rows_of(as_pdf(LINES, HEADER, [put(A, C=name)], widths=WIDTHS), "x.pdf")
    assert parsed.rows["division_listing"][0]["listing_text"] == name


def test_a_page_with_other_columns_and_no_heading_is_refused():
    first = as_pdf(LINES, HEADER, [A], widths=WIDTHS)
    second = as_pdf([], [put(B)[:11]], [put(C)[:11]])
    tables = pdf.read_tables(first) + pdf.read_tables(second)
    assert [len(table.rows[-1]) for table in tables] == [12, 11]
    sheets = [Sheet(str(n), table.rows, continues=n > 0) for n, table in enumerate(tables)]
    with pytest.raises(Unreadable) as refused:
        pages_without_header([(sheet, find_headers(sheet)) for sheet in sheets])
    assert refused.value.rule == "page_without_header"


def plain_pdf(*pages, encrypt=b"", font=b"/Font << /F1 4 0 R >>", stream=zlib.compress):
    """Write a PDF by hand; each page is the drawing of one."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for page in pages:
        packed = stream(page)
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream")
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 400] /Contents %d 0 R /Resources << %s >> >>"
            % (len(objects), font)
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        encrypt,
        start,
    )


TEXT = b"BT /F1 12 Tf 50 300 Td (Sum 1 of the table) Tj ET"
PICTURE = b"q 600 0 0 400 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q"
STAIRS = b"q " * 50_000
NESTED = b"[" * 100_000

REFUSED = {
    "a scan": (plain_pdf(PICTURE, PICTURE), "pdf_scanned", "1, 2"),
    "a scanned page among others": (plain_pdf(TEXT, PICTURE), "pdf_scanned", "2"),
    "no page": (plain_pdf(), "file_empty", ""),
    "an empty page": (plain_pdf(b"q Q"), "file_empty", ""),
    "text without lines": (plain_pdf(TEXT), "pdf_without_lines", "-"),
    "a table without lines": (as_pdf(LINES, HEADER, [A], ruled=False, widths=WIDTHS), "pdf_without_lines", "-"),
    "a font that is not there": (plain_pdf(TEXT, font=b""), "file_corrupt", "PDF: ValueError"),
    "cut in the middle": (as_pdf(LINES, HEADER, [A])[:9000], "file_corrupt", None),
    "cut before its end": (plain_pdf(TEXT)[:-60], "file_corrupt", None),
    "a drawing with a flipped bit": (
        plain_pdf(TEXT, stream=lambda p: zlib.compress(p)[:-1] + b"\0"),
        "file_corrupt",
        None,
    ),
    "an inflating stream": (plain_pdf(b" " * 40 * 2**20), "file_too_large", "PDF > 32 MB"),
    "a password": (
        plain_pdf(TEXT, encrypt=b"/Encrypt << /Filter /Other /V 1 >> /ID [<00> <00>]"),
        "file_encrypted",
        "",
    ),
    "too many pages": (plain_pdf(*[TEXT] * 81), "file_too_large", "81 pages > 80"),
    "nested too deeply": (plain_pdf(NESTED + TEXT), None, None),
    "states upon states": (plain_pdf(STAIRS + TEXT), "pdf_without_lines", "-"),
    "nothing but its first line": (b"%PDF-1.7 ...", "file_corrupt", None),
}


@pytest.mark.parametrize(("content", "rule", "found"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_and_what_is_said(content, rule, found):
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert refused.value.rule == (rule or refused.value.rule)
    assert found is None or refused.value.found == found
    refusal = parse(content, ROUND, "x.pdf", "sha", TRANG).rows["quarantine"][0]
    assert "กรุณา" in refusal["message_th"] and "{" not in refusal["message_th"] + refusal["message_en"]


def test_text_beside_the_lines_is_not_left_out():
    # Three columns are ruled, a fourth is not; what stands in it would be lost.
    ruled = b"".join(b"%d 200 m %d 320 l S " % (x, x) for x in (40, 140, 240, 340))
    ruled += b"".join(b"40 %d m 340 %d l S " % (y, y) for y in (200, 260, 320))
    assert read(plain_pdf(ruled + TEXT))[0].rows == [["Sum 1 of the table", "", ""], ["", "", ""]]
    with pytest.raises(Unreadable) as refused:
        read(plain_pdf(ruled + TEXT + b" BT /F1 12 Tf 400 300 Td (40,000) Tj ET"))
    assert (refused.value.rule, refused.value.found) == ("pdf_without_lines", "«40,000»")


def test_the_pages_of_a_pdf_sent_back_as_sheets_are_one_table_again():
    sheets = read(as_pdf(LINES, HEADER, ONCE, widths=WIDTHS, height=200, repeat=False))
    content = xlsx(*((sheet.name, sheet.rows) for sheet in sheets))
    parsed, _ = rows_of(content, "x.xlsx")
    assert [row["dimension_name"] for row in parsed.rows["division_listing"]] == [A[0]] * 3
