"""Transfers as the FY2566-12M report writes them; the expected figures are the report's own arithmetic."""

from decimal import Decimal

import pytest

from orchestration.spreadsheets import transfers
from orchestration.spreadsheets.values import BadCell

D = Decimal


def settle(ordinance_text, disbursed_text, remark, remaining):
    """Return (ordinance, disbursed, [(direction, amount)]) as parse would see them."""
    ordinance, in_ordinance = transfers.split_amount(ordinance_text)
    disbursed, in_disbursed = transfers.split_amount(disbursed_text)
    in_cells = [("budget_ordinance_baht", w, b) for w, b in in_ordinance]
    in_cells += [("disbursed_baht", w, b) for w, b in in_disbursed]
    amounts = [transfers.amount(ordinance), transfers.amount(disbursed), transfers.amount(remaining)]
    stated = transfers.in_remark(remark, amounts[0])
    first = [s for s in stated if not s.is_further]
    in_remark, clear, further = (
        [("remark", s.word, s.baht) for s in some]
        for some in (first, [s for s in first if s.is_clear], [s for s in stated if s.is_further])
    )
    moves = transfers.settle(in_cells, in_remark, *amounts, clear, further)
    return amounts[0], amounts[1], [(m.direction, m.amount_baht) for m in moves]


def test_transfer_in_behind_the_ordinance():  # listing 3.1.7
    assert settle("50,000 โอนเพิ่ม 150,000", "198,844", "", "1,156") == (D(50000), D(198844), [("in", D(150000))])


def test_transfer_out_behind_the_disbursed_amount():  # listing 3.1.6
    assert settle("50,000", "27,295 โอนลด 20,000", "", "2,705") == (D(50000), D(27295), [("out", D(20000))])


def test_unclear_word_is_decided_by_the_remaining_amount():  # listing 3.2.1
    assert settle("30,000 ออนไลน์ 25,400", "1,930", "", "2,670") == (D(30000), D(1930), [("out", D(25400))])


def test_sum_in_the_remark():  # listing 1.1.2
    remark = "- 1 โครงการ 5 หลักสูตร - ถอนเพิ่มระหว่างปี 800,000 + 272,500 = 1,072,500 บาท"
    assert settle("800,000", "942,154.25", remark, "130,345.75")[2] == [("in", D(272500))]


@pytest.mark.parametrize(
    ("ordinance", "disbursed", "remaining", "remark", "moved"),
    [
        ("40,000", "10,000", "20,000", "โอนออกไปโครงการ 2.2.4 จำนวน 10,000 บาท", [("out", 10000)]),
        ("40,000", "10,000", "40,000", "โอนเพิ่มจากโครงการ 1.1.1 จำนวน 10,000 บาท", [("in", 10000)]),
        (
            "30,000",
            "40,000",
            "10,000",
            "โอนเพิ่มจากโครงการก่อสร้างถนนคอนกรีตเสริมเหล็ก จำนวน 20,000 บาท",
            [("in", 20000)],
        ),
        ("30,000", "40,000", "5,000", "โอนเพิ่ม 10,000 และ 5,000", [("in", 10000), ("in", 5000)]),
        (
            "30,000",
            "40,000",
            "5,000",
            "โอนเพิ่ม 2 ครั้ง ครั้งที่ 1 จำนวน 10,000 บาท ครั้งที่ 2 จำนวน 5,000 บาท",
            [("in", 10000), ("in", 5000)],
        ),
        # The second amount is what the first is part of, and the remaining does not need it.
        ("30,000", "35,000", "5,000", "โอนเพิ่ม 10,000 บาท จากงบ 200,000 บาท", [("in", 10000)]),
        ("30,000", "10,000", "", "ขอโอนเพิ่ม 5,000 บาท แต่ไม่ได้รับอนุมัติ", []),
        ("30,000", "10,000", "", "โอนเพิ่มตามหนังสือลงวันที่ 26.7.66 จำนวน 5,000 บาท", [("in", 5000)]),
    ],
)
def test_transfers_as_offices_word_them(ordinance, disbursed, remaining, remark, moved):
    assert settle(ordinance, disbursed, remark, remaining)[2] == [(way, D(baht)) for way, baht in moved]


def test_a_transfer_that_stands_behind_plan_and_ordinance_counts_once_where_the_remaining_says_so():
    word, baht = transfers.vocabulary()["โอนเพิ่ม"], D(15000)
    cells = [("budget_plan_baht", word, baht), ("budget_ordinance_baht", word, baht)]
    for remaining, count in ((23000, 1), (38000, 2), (999, 2)):
        moves = transfers.settle(cells, [], D(20000), D(12000), D(remaining), [])
        assert [move.amount_baht for move in moves] == [baht] * count, remaining


def test_remark_that_repeats_the_cell_does_not_count_twice():
    assert settle("50,000 โอนเพิ่ม 150,000", "198,844", "โอนเพิ่ม 150,000 บาท", "1,156")[2] == [("in", D(150000))]


def test_several_transfers_in_one_cell():
    moves = settle("๑๐๐,๐๐๐ โอนเพิ่ม ๒๐,๐๐๐ โอนลด ๕,๐๐๐", "10,000", "", "105,000")[2]
    assert moves == [("in", D(20000)), ("out", D(5000))]


def test_dates_and_figures_in_a_remark_are_no_transfers():
    assert settle("50,000", "49,413", "ดำเนินการเมื่อวันที่ 26 ก.ค.66", "587")[2] == []


@pytest.mark.parametrize(
    ("remark", "expected"),
    [
        # What the report's forms write behind the word, and what stands there that is no money.
        ("โอนเพิ่มครั้งที่ 1 จำนวน 5,000 บาท", [5000]),
        ("โอนเพิ่มเมื่อวันที่ 26 ก.ค.66", []),
        ("โอนเพิ่มเมื่อวันที่ ๒๖ กรกฎาคม ๒๕๖๖ จำนวน ๕,๐๐๐ บาท", [5000]),
        ("โอนเพิ่มเมื่อเดือน มี.ค.2566", []),
        ("โอนลดเมื่อ 26/7/66 800 บาท", [800]),
        ("โอนเพิ่ม ปี 2566", []),
        ("โอนเพิ่ม 3 รายการ รวม 12,000", [12000]),
        ("โอนลดร้อยละ 10", []),
        ("ไม่ได้โอนเพิ่ม 5,000", []),
        ("ไม่มีการโอนลด 5,000 บาท", []),
        ("โอนเพิ่ม 1.5 ล้านบาท", [1_500_000]),
        ("โอนเพิ่ม 5 พันบาท โอนลด 200", [5000, 200]),
        ("โอนลดตามบันทึกที่ ตง 52008.1234", []),
        ("โอนเพิ่ม 1,,000", []),
        ("โอนเพิ่ม 12345678901234567890", []),
        ("โอนลดเมื่อ 3.2566", []),
        ("โอนลด โอนเพิ่ม 500", [500]),
    ],
)
def test_only_money_in_a_remark_is_a_transfer(remark, expected):
    assert [stated.baht for stated in transfers.in_remark(remark, None)] == expected


@pytest.mark.parametrize("remaining", ["", "1"])
def test_where_the_remaining_amount_is_no_judge_only_what_is_written_as_money_counts(remaining):
    assert settle("50,000", "40,000", "โอนเพิ่ม 500", remaining)[2] == []
    assert settle("50,000", "40,000", "โอนเพิ่ม 500 บาท", remaining)[2] == [("in", D(500))]
    assert settle("50,000", "40,000", "โอนเพิ่ม 500", "10,500")[2] == [("in", D(500))]


@pytest.mark.parametrize(
    ("text", "baht"), [("10,000 โอนเพิ่ม 5 พันบาท", 5000), ("10,000 (โอนเพิ่ม 1.5 ล้านบาท)", 1_500_000)]
)
def test_a_transfer_in_a_cell_may_name_its_unit(text, baht):
    rest, [(_, moved)] = transfers.split_amount(text)
    assert (rest, moved) == ("10,000", D(baht))


def test_an_amount_behind_a_transfer_that_is_none_is_refused():
    with pytest.raises(BadCell, match="amount_unreadable"):
        transfers.split_amount("10,000 โอนเพิ่ม 12.500")


def test_nobody_guesses_an_unclear_word_without_a_judge():
    with pytest.raises(BadCell, match="transfer_unclear"):
        settle("30,000 ออนไลน์ 25,400", "1,930", "", "9,999")


def test_a_wrong_remaining_amount_does_not_undo_a_clear_transfer():
    assert settle("50,000 โอนเพิ่ม 10,000", "1,000", "", "1")[2] == [("in", D(10000))]


def test_a_remark_that_repeats_a_cell_and_adds_another():
    found = settle("100,000 โอนเพิ่ม 50,000", "40,000", "โอนเพิ่ม 50,000 และโอนลด 30,000", "80,000")
    assert found[2] == [("in", D(50000)), ("out", D(30000))]


def test_forty_unclear_words_are_refused_at_once():
    with pytest.raises(BadCell, match="transfer_unclear"):
        settle("100,000" + " โอน 5" * 40, "40,000", "", "60,000")
