"""Rows read together by column and rows read one by one are the same rows, whatever is written between them."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.spreadsheets import columns
from orchestration.spreadsheets.columns import Layouts
from orchestration.spreadsheets.parse import parse, parse_sheets, take_apart
from orchestration.spreadsheets.tables import decoded, from_rows, schema
from tests.conftest import ROUND
from tests.corpus.make import DIVISION, HEADER, TITLE, TRANG, as_csv, cases, xlsx
from tests.mutation.mutate import mutant, samples
from tests.unit.test_properties import layouts, listings, write

CASES = cases()
NEVER = 10**9


def read(content, fewest, scope=TRANG):
    """Return what a file gives when runs of so many plain rows are read together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "FEWEST_ROWS", fewest)
        parsed = parse(content, ROUND, "x", hashlib.sha256(content).hexdigest(), scope)
    return parsed


def assert_same(content, scope=TRANG):
    judge = read(content, NEVER, scope)
    assert not judge.runs
    for fewest in (1, 4):
        parsed = read(content, fewest, scope)
        assert (parsed.lgo_code, parsed.division, parsed.province_code, parsed.kinds) == (
            (judge.lgo_code, judge.division, judge.province_code, judge.kinds)
        )
        rows = parsed.rows
        assert rows.keys() == judge.rows.keys()
        for table, expected in judge.rows.items():
            # Columns that only go into messages (a cell beside the table) are no part of a row.
            names = schema(table).names
            assert [{n: row.get(n) for n in names} for row in rows[table]] == [
                {n: row.get(n) for n in names} for row in expected
            ]
            assert parsed.count(table) == len(expected)
    return read(content, 1, scope)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_of_the_corpus(case):
    assert_same(case.content, case.scope)


@pytest.mark.parametrize("name", samples())
def test_every_file_of_the_sample(name):
    assert_same(samples()[name])


def test_damaged_files():
    for n in range(0, 2000, 8):
        assert_same(mutant(n)[2])


def test_files_looked_at_together_are_what_each_is_alone():
    """Whatever stands beside it: other layouts and units, damaged files, no workbook at all, and both orders."""
    files = [(case.content, case.scope) for case in CASES] + [(mutant(n)[2], TRANG) for n in range(0, 2000, 20)]
    alone = [rows_of([file])[0] for file in files]
    assert sum("division_listing" in rows for rows in alone) > 50
    for n in range(0, len(files), 40):
        assert rows_of(files[n : n + 40]) == alone[n : n + 40]
        assert rows_of(files[n : n + 40][::-1]) == alone[n : n + 40][::-1]


def rows_of(files):
    layouts = Layouts()
    taken = take_apart([content for content, _ in files], layouts)
    parsed = [
        parse_sheets(one, ROUND, "x", hashlib.sha256(content).hexdigest(), scope, layouts)
        for one, (content, scope) in zip(taken, files, strict=True)
    ]
    return [one.rows for one in parsed]


@given(listings(), layouts)
def test_any_table_in_any_layout(rows, layout):
    assert_same(write(rows, layout))


# What may stand in the cells of a form, plain or not, by column.
TEXTS = {
    0: ["", "มิติ 1", "มิติ 2", " มิติ  2", "รวม", "\u200b", " "],
    1: ["", "1.1 ภารกิจ", "2.1 ภารกิจ", "รวมมิติที่ 1", "\n"],
    2: [
        "",
        "{code} โครงการ ก",
        "{code}โครงการ ข ๓ วัน",
        "{code}",
        "{thai} กิจกรรม",
        "ต่อท้ายชื่อ",
        "รวม",
        "{code} เเก้ น้ํา",
    ],
    3: [
        "",
        "-",
        "1000",
        "๑,๐๐๐",
        "1,000.50",
        "ไม่มี",
        "50.000",
        "พัน",
        "-5",
        "1000 บาท",
        "100 โอนเพิ่ม 50",
        "1e3",
        "0",
    ],
    7: ["", "/", "-", "x", "โอนลด 20", "ใช่", "??", " "],
    8: ["", "/", "✓", "-", "0", "1", "ก"],
    11: ["", "เสร็จ 1 ส.ค. 66", "โอนเพิ่ม 500 บาท", "โอนเพิ่ม 1,000 + 50 = 1,050", "อบรมออนไลน์", "ออนไลน์ 20", " ก  ข "],
    12: ["", "", "", "-", "นอกตาราง", "โอนเพิ่ม 70"],
}
COLUMN_TEXTS = [TEXTS[n] for n in (0, 1, 2, 3, 3, 3, 3, 7, 8, 8, 8, 11, 12)]
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@st.composite
def odd_forms(draw):
    """A form in which most rows are plain and some cells are anything."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    share = dice.choice((0.0, 0.01, 0.05, 0.3))
    grid = [TITLE, DIVISION, *([["ข้อมูล ณ 1.1.66"]] if dice.random() < 0.2 else []), *HEADER]
    for n in range(draw(st.integers(1, 40))):
        code = f"{n % 4 + 1}.{n // 4 % 3 + 1}.{n // 12 + 1}"
        spent = dice.randrange(1000)
        figures = [1000, 1000, spent, 1000 - spent, ""] if dice.random() < 0.7 else ["-"] * 4 + ["/"]
        status = dice.choice((["/", "", ""], ["", "/", ""], ["", "", "/"]))
        names = [f"มิติ {n % 4 + 1}", f"{code[:3]} ภารกิจ"] if dice.random() < 0.5 else ["", ""]
        row = [*names, f"{code} โครงการที่ {n}", *figures, *status, "เสร็จ"]
        for x, texts in enumerate(COLUMN_TEXTS):
            if dice.random() < share:
                row[x : x + 1] = [dice.choice(texts).format(code=code, thai=code.translate(THAI))]
        if dice.random() < share:
            row = []
        grid.append(row)
        if dice.random() < share:
            grid.append(
                dice.choice(([], [TITLE], HEADER, ["รวม", "", "", 3000, 3000, "-", 3000], ["", "", "ต่อท้าย"]))[:13]
            )
            if grid[-1] == HEADER:
                grid[-1:] = HEADER
    return [row if row and not isinstance(row[0], list) else [] for row in grid]


@given(odd_forms(), st.booleans())
def test_forms_with_odd_cells(grid, is_csv):
    assert_same(as_csv(grid, "utf-8") if is_csv else xlsx(grid))


def test_plain_rows_are_read_together_and_the_others_one_by_one():
    rows = [["มิติ 1", "1.1 ก", f"1.1.{n} ก", 9, 9, 4, 5, "", "/", "", "", ""] for n in range(1, 31)]
    rows[9][4] = "9 โอนเพิ่ม 1"
    rows[9][6] = 6
    parsed = read(xlsx([TITLE, DIVISION, *HEADER, *rows]), 4)
    assert [len(run.rows) for run in parsed.runs] == [8, 20]
    assert [row["source_row"] for row in parsed.single("division_listing")] == [13, 14]
    assert [row["listing_code"] for row in parsed.rows["division_listing"]] == [f"1.1.{n}" for n in range(1, 31)]


def test_they_are_the_same_tables_to_arrow():
    content = samples()["กองสวัสดิการสังคม.xlsx"]
    parsed, judge = read(content, 1), read(content, NEVER)
    [encoded] = columns.to_arrow(parsed.runs)
    table = decoded(columns.KIND, encoded)
    by_row = from_rows(columns.KIND, judge.rows[columns.KIND])
    together = {run_row for run in parsed.runs for run_row in run.rows}
    assert len(together) > 10
    assert table.to_pylist() == [row for row in by_row.to_pylist() if row["source_row"] in together]
    assert table.schema == by_row.schema


def test_a_line_above_the_table_that_is_repeated_in_it_is_no_listing():
    rows = [["มิติ 1", "1.1 ก", f"1.1.{n} ก", 9, 9, 4, 5, "", "/", "", "", ""] for n in range(1, 9)]
    title = ["", "", "1.1.9 โครงการของกอง"]
    parsed = assert_same(xlsx([TITLE, DIVISION, title, *HEADER, *rows, title]))
    assert [row["listing_code"] for row in parsed.rows["division_listing"]] == [f"1.1.{n}" for n in range(1, 9)]
