"""A sheet read by the shape of its cells is what the reader behind it makes of it, or is left to that."""

import io
import re
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from orchestration.spreadsheets import guard, plain, readers
from orchestration.spreadsheets.grid import Texts
from orchestration.spreadsheets.readers import _read_cells
from tests.corpus.make import cases
from tests.mutation.mutate import mutant, samples
from tests.unit.test_properties import layouts, listings, write

SPREADSHEETML = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def both(content):
    """Return what is read by shape and by the reader; the first is None where that is not for it to say."""
    checked = guard.check_workbook(content)
    by_shape = plain.read([checked], Texts())[0]
    return by_shape and [(name, list(grid)) for name, grid in by_shape], _read_cells(checked.content)


def assert_same(content):
    try:
        by_shape, by_reader = both(content)
    except guard.Unreadable:
        return False
    assert by_shape in (None, by_reader)
    return by_shape is not None


def test_every_workbook_of_the_corpus_and_of_the_sample():
    contents = [*(case.content for case in cases()), *samples().values()]
    packed = [content for content in contents if content.startswith(b"PK")]
    by_shape = sum(map(assert_same, packed))
    # Only a few of them have dates, texts in pieces, or cells far out.
    assert by_shape > len(packed) / 2


def test_damaged_workbooks():
    contents = [mutant(n)[2] for n in range(0, 2000, 3)]
    assert sum(assert_same(content) for content in contents if content.startswith(b"PK")) > 10


def test_files_read_together_are_what_each_is_alone():
    """Whatever stands beside it: sound workbooks, damaged ones, other formats, and both orders."""
    contents = [*(case.content for case in cases()), *(mutant(n)[2] for n in range(0, 2000, 10))]
    alone = [as_read(readers.read_together([content], Texts())[0]) for content in contents]
    for together in (10, 40):
        for some, expected in zip(batched(contents, together), batched(alone, together), strict=True):
            for order in (1, -1):
                found = readers.read_together(some[::order], Texts())
                assert [as_read(sheets) for sheets in found] == expected[::order]


def batched(things, size):
    return [things[n : n + size] for n in range(0, len(things), size)]


def as_read(sheets):
    """Return what has been read of a file in a form that can be compared."""
    if isinstance(sheets, guard.Unreadable):
        return sheets.rule, sheets.found
    return [(sheet.name, list(sheet.rows), sheet.hidden, sheet.remarks, sheet.preamble) for sheet in sheets]


def test_a_cell_never_holds_a_string_of_another_workbook():
    """References to strings count from the first one of the cell's own workbook, which has one string."""
    sound, beyond = (
        workbook(b'<row r="1"><c r="A1" t="s"><v>%d</v></c></row>' % n, b"<si><t>%s</t></si>" % text)
        for n, text in ((0, b"own"), (1, b"also own"))
    )
    assert plain.read(guard.check_workbooks([beyond, sound]), Texts()) == [None, [("Sheet1", [["own"]])]]


@given(listings(), layouts)
def test_any_table_in_any_layout(rows, layout):
    content = write(rows, layout)
    if layout.file == "xlsx":
        assert assert_same(content)


cells = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    st.integers(-(10**18), 10**18),
    st.booleans(),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
    st.sampled_from(["", " ก ", "a\nb", "a\r\nb", "_x000D_", "<&>\"'", "&amp;", "๑๒๓", "1E5", "=1+1", "#N/A"]),
)


@given(st.lists(st.lists(cells, max_size=5), min_size=1, max_size=8), st.integers(0, 3), st.integers(0, 21))
def test_any_cells(grid, top, left):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        formats = [None, *(book.add_format({"num_format": code}) for code in ("#,##0.00", "d/m/yyyy", '0 "วัน"'))]
        for y, row in enumerate(grid):
            for x, cell in enumerate(row):
                if cell is None:
                    sheet.write_blank(top + y, left + x, None, formats[x % 4])
                else:
                    sheet.write(top + y, left + x, cell, formats[(x + y) % 4])
    assert_same(file.getvalue())


PLAIN_ROW = b'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>5</v></c></row>'


def workbook(rows, strings=b"<si><t>a</t></si>"):
    """Return a workbook whose only sheet has these rows."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(0, 1, 1.5, book.add_format({"num_format": "d/m/yyyy"}))
    packed = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(packed, "w") as changed:
        for name in archive.namelist():
            part = archive.read(name)
            if name.endswith("sheet1.xml"):
                part = re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + rows + b"</sheetData>", part)
            if name.endswith("sharedStrings.xml"):
                part = b'<sst xmlns="%s">%s</sst>' % (SPREADSHEETML, strings)
            changed.writestr(name, part)
    return packed.getvalue()


def test_the_row_that_the_others_differ_from_is_read_by_shape():
    by_shape, by_reader = both(workbook(PLAIN_ROW))
    assert by_shape == by_reader == [("Sheet1", [["a", "5"]])]


@pytest.mark.parametrize(
    ("rows", "strings"),
    [
        # Not in order, twice, out of bounds, other types, dates, values that are no numbers.
        (b'<row r="1"><c r="B1"><v>5</v></c><c r="A1" t="s"><v>0</v></c></row>', None),
        (b'<row r="1"><c r="A1"><v>5</v></c><c r="A1"><v>6</v></c></row>', None),
        (b'<row r="1"><c r="A0"><v>5</v></c><c r="B1"><v>6</v></c></row>', None),
        (b'<row r="1"><c r="A1" t="s"><v>7</v></c><c r="B1"><v>5</v></c></row>', None),
        (b'<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1"><v>5</v></c></row>', None),
        (b'<row r="1"><c r="A1" s="1"><v>45000</v></c><c r="B1"><v>5</v></c></row>', None),
        (b'<row r="1"><c r="A1"><v>1,5</v></c><c r="B1"><v>5</v></c></row>', None),
        (b'<row r="1"><c r="A1"><v></v></c><c r="B1"><v>5</v></c></row>', None),
        (b'<row r="1"><c r="AA1"><v>5</v></c><c r="AB1"><v>5</v></c></row>', None),
        (PLAIN_ROW, b"<si><r><t>a</t></r><r><t>b</t></r></si>"),
        (PLAIN_ROW, b"<si><t> a </t></si>"),
        (PLAIN_ROW, b"<si><t>a_x0041_</t></si>"),
        (PLAIN_ROW, b"<si><t>a&#3585;</t></si>"),
        (PLAIN_ROW, b"<si><t>a</t></si><!-- -->"),
    ],
)
def test_what_is_left_to_the_reader(rows, strings):
    content = workbook(rows, strings or b"<si><t>a</t></si>")
    try:
        checked = guard.check_workbook(content)
    except guard.Unreadable:
        return
    assert plain.read([checked], Texts())[0] is None


def test_cells_outside_of_rows_are_left_to_the_reader():
    rows = PLAIN_ROW[:-6] + b'<row r="2"></row></row><c r="A3"/>'
    assert plain.cut([b"<worksheet><sheetData>%s</sheetData></worksheet>" % PLAIN_ROW])[0] is not None
    assert plain.cut([b"<worksheet><sheetData>%s</sheetData></worksheet>" % rows])[0] is None


@pytest.mark.parametrize(
    "rows",
    [
        PLAIN_ROW[:-6],
        PLAIN_ROW.replace(b"</c></row>", b"</row></c>"),
        PLAIN_ROW + b"</row>",
        PLAIN_ROW.replace(b' t="s"', b' t="s" t="s"'),
        PLAIN_ROW.replace(b'<row r="1"', b'<row r="1" r="2"'),
        PLAIN_ROW.replace(b"<c ", b"<5c ", 1),
        PLAIN_ROW.replace(b'<row r="1"', b'<row r="1" 1="2"'),
        PLAIN_ROW.replace(b"5</v>", b"5&</v>"),
        PLAIN_ROW.replace(b"5</v>", b"5\0</v>"),
    ],
)
def test_rows_that_are_no_xml_are_not_plain(rows):
    """The parser is asked about the rest of a plain sheet only, so these must never pass for one."""
    part = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (SPREADSHEETML, rows)
    assert plain.cut([part.replace(rows, PLAIN_ROW)])[0] is not None
    assert plain.cut([part])[0] is None
    with pytest.raises(guard.Unreadable):
        guard.check_workbook(workbook(rows))
