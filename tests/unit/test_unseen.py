"""What a grid of text does not say: errors, formulas without a value, hidden rows, columns and sheets.

tests/corpus/unseen holds one workbook as LibreOffice 7.4 saves it in two formats. Its first sheet has in row 1:
x, 5, =B1/0, =NOSUCH(1), =NA(), #N/A, =B1+1, =ZZZ!A1, =""; row 3 and column B are hidden, and the second sheet.
"""

import struct

import pytest

from orchestration.spreadsheets import binary, odf
from orchestration.spreadsheets.readers import read
from tests.conftest import PROJECT
from tests.unit.test_readers import record, wide

ERRORS = {(0, 2): "#DIV/0!", (0, 3): "#NAME?", (0, 4): "#N/A", (0, 5): "#N/A", (0, 7): "#NAME?"}


@pytest.mark.parametrize("name", ["errors.ods", "errors.xls"])
def test_errors_and_hidden_parts_of_a_saved_workbook(name):
    first, second = read((PROJECT / "tests" / "corpus" / "unseen" / name).read_bytes())
    assert first.hidden.without_value == {place: ("formula_error", said) for place, said in ERRORS.items()}
    assert (first.hidden.sheet, first.hidden.rows, first.hidden.columns) == (False, [3], [(1, 1)])
    assert (second.hidden.sheet, second.hidden.rows, second.hidden.without_value) == (True, [], {})
    assert first.rows[0][6] == "6"


def test_an_ods_formula_that_was_never_computed():
    content = f"""<office:document-content {NAMES}><office:body><office:spreadsheet><table:table table:name="ก">
        <table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>
        <table:table-row>
          <table:table-cell table:number-columns-repeated="2"/>
          <table:table-cell table:formula="of:=[.A1]+1"/>
          <table:table-cell table:formula="of:=&quot;&quot;"><text:p/></table:table-cell>
          <table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0"><text:p>Err:503</text:p>
          </table:table-cell>
        </table:table-row>
        <table:table-row table:visibility="filter" table:number-rows-repeated="2">
          <table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>
        </table:table-row>
        <table:table-row table:visibility="collapse" table:number-rows-repeated="1048571"><table:table-cell/>
        </table:table-row>
        </table:table></office:spreadsheet></office:body></office:document-content>"""
    found = odf.look(content.encode())["ก"]
    assert found.without_value == {
        (2, 2): ("formula_without_value", "=[.A1]+1"),
        (2, 4): ("formula_error", "Err:503"),
    }
    assert found.rows == [4, 5]


NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style")
)


def test_errors_and_hidden_parts_of_an_xlsb():
    # MS-XLSB 2.4: BrtRowHdr (fDyZero), BrtCellError, BrtFmlaError, BrtColInfo (fHidden), BrtBundleSh (hsState).
    sheet = record(60, struct.pack("<IIIIH", 1, 2, 0, 0, 1)) + record(60, struct.pack("<IIIIH", 3, 3, 0, 0, 0))
    sheet += record(0, struct.pack("<IIHBBBI", 4, 0, 300, 0, 0, 0, 0)) + record(3, struct.pack("<IIB", 2, 0, 0x07))
    sheet += record(0, struct.pack("<IIHBBBI", 6, 0, 300, 0, 0x10, 0, 0))
    sheet += record(11, struct.pack("<IIBHI", 3, 0, 0x2A, 0, 0)) + record(5, struct.pack("<IId", 4, 0, 1.5))
    # BrtMergeCell: first and last row, first and last column; one over two columns of one row.
    sheet += record(176, struct.pack("<4I", 4, 6, 3, 3)) + record(176, struct.pack("<4I", 0, 0, 0, 5))
    relation = '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    parts = {
        "xl/workbook.bin": record(156, struct.pack("<II", 2, 1) + wide("rId1") + wide("ก")),
        "xl/_rels/workbook.bin.rels": relation.encode(),
        "xl/worksheets/sheet1.bin": sheet,
    }
    found = binary.look_at_xlsb(parts)["ก"]
    assert found.without_value == {(4, 2): ("formula_error", "#DIV/0!"), (6, 3): ("formula_error", "#N/A")}
    assert (found.sheet, found.rows, found.columns) == (True, [7], [(1, 2)])
    assert found.merged == [(4, 3, 6, 3), (0, 0, 0, 5)]
