"""Cells as numbers read like the rows of text that they stand for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchestration.spreadsheets.grid import BLANK, Grid, Stack, Texts, whole_number
from orchestration.spreadsheets.headers import find_headers
from orchestration.spreadsheets.layouts import header_words
from orchestration.spreadsheets.readers import Sheet
from tests.unit.test_parse import HEADER


def grid(rows):
    texts = Texts()
    return Grid(texts.cells(rows, 0), texts)


@given(st.lists(st.lists(st.text(max_size=5), max_size=6), max_size=6))
def test_rows_come_out_as_they_went_in_filled_up_to_one_width(rows):
    width = max(map(len, rows), default=0)
    expected = [row + [""] * (width - len(row)) for row in rows]
    found = grid(rows)
    assert list(found) == found[:] == expected
    assert [found[y] for y in range(len(found))] == expected and len(found) == len(rows)


def test_a_whole_number_is_a_cell_by_itself_and_spelt_out_like_any_text():
    texts = Texts()
    cells = np.array([[texts["ก"], whole_number(0), whole_number(942_154), BLANK]])
    assert Grid(cells, texts)[0] == ["ก", "0", "942154", ""]
    assert whole_number(whole_number(75)) == 75


def test_what_is_written_into_a_cell_is_read_from_it_and_seen_by_columns():
    found = grid([["ก", "ข"], ["ค", "ง"]])
    assert found[1] == ["ค", "ง"]
    found.write(1, 0, "1.1.1 ค")
    assert found[1] == ["1.1.1 ค", "ง"] and found[-1][0] == "1.1.1 ค"
    assert found.texts.list[found.cells[1, 0]] == "1.1.1 ค"


def test_sheets_of_one_stack_hold_what_each_would_alone():
    texts = Texts()
    stack = Stack(texts.cells([["ก", ""], ["", "x"], ["", ""], ["x"], ["ก"]], 0), texts)
    above, below = stack.grid(0, 2, 2), stack.grid(3, 2, 1)
    assert above.rows_that_hold("x".__eq__).tolist() == [1]
    assert below.rows_that_hold("x".__eq__).tolist() == [0]
    assert above.rows_that_hold("ก".__eq__).tolist() == [0]
    below.write(1, 0, "x")
    assert below.rows_that_hold("x".__eq__).tolist() == [0, 1]
    assert above.rows_that_hold("x".__eq__).tolist() == [1]


def test_a_question_is_asked_once_about_each_text_and_about_new_ones_when_they_come():
    asked, texts = [], Texts()

    def is_long(text):
        asked.append(text)
        return len(text) > 1

    texts.numbers(["ก", "กก", "ก"])
    assert texts.that(is_long).tolist() == [False, False, True]
    texts.numbers(["กกก", "กก"])
    assert texts.that(is_long).tolist() == [False, False, True, True]
    assert asked == ["", "ก", "กก", "กกก"]


def test_headers_are_found_in_cells_as_in_rows():
    rows = [
        ["รายงานผล"],
        [],
        *HEADER,
        ["1.", "1.1", "1.1.1 มาตรการ", "-", "-", "-", "-", "/", "/", "", "", ""],
        *HEADER,
    ]
    by_rows = find_headers(Sheet("s", rows))
    assert [(h.top, h.bottom) for h in by_rows] == [(2, 4), (5, 7)]
    assert find_headers(Sheet("s", grid(rows))) == by_rows


def test_no_header_is_a_whole_number():
    """Cells that hold one are not looked at for headers."""
    assert not any(word.isdecimal() for word in header_words())
