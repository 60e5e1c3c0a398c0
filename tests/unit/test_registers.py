"""Registers of corrections and pairs: what a register without rows means, and one bad row among good ones."""

import csv
import hashlib
import io

import pytest

from orchestration.spreadsheets.parse import parse
from tests.conftest import ROUND
from tests.unit.test_parse import HEADER, TITLE, workbook

TRANG = frozenset({"3920102"})
CORRECTIONS = "round_key,lgo_code,side,what,field,old_value,new_value,reason,decided_by,decided_on,valid_until"
CROSSWALK = "round_key,lgo_code,eplan_seq,listing_code,note"


def register(header, *rows, scope=TRANG):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([header.split(","), *rows])
    content = text.getvalue().encode()
    return parse(content, ROUND, "ทะเบียน.csv", hashlib.sha256(content).hexdigest(), scope)


def correction(what="1.2.3", round_key=ROUND, lgo="3920102", new="67950", decided_on="2023-10-20"):
    fixed = ["remaining_baht", "67750", new, "พิมพ์ผิด", "หัวหน้าฝ่าย", decided_on, ""]
    return [round_key, lgo, "division", what, *fixed]


def refused(parsed):
    return [(q["rule"], q["scope"], q["cell"]) for q in parsed.rows.get("quarantine", [])]


def test_a_corrections_register_with_its_heading_alone_is_an_empty_register():
    parsed = register(CORRECTIONS)
    assert (parsed.kinds, refused(parsed)) == (["correction"], [])


def test_an_empty_crosswalk_belongs_to_the_only_local_government_there_is():
    parsed = register(CROSSWALK)
    assert (parsed.kinds, parsed.lgo_code, refused(parsed)) == (["crosswalk"], "3920102", [])
    # Of several it could be anybody's.
    assert refused(register(CROSSWALK, scope=TRANG | {"5920102"})) == [("no_rows", "file", None)]


def test_a_form_without_rows_stays_refused():
    content = workbook([TITLE, *HEADER])
    parsed = parse(content, ROUND, "x", hashlib.sha256(content).hexdigest(), TRANG)
    assert (parsed.kinds, refused(parsed)) == ([], [("no_rows", "file", None)])


def test_a_row_of_another_round_is_refused_and_the_others_count():
    parsed = register(CORRECTIONS, correction(), correction("1.2.4", "FY2567-12M"), correction("1.2.5"))
    assert [row["what"] for row in parsed.rows["correction"]] == ["1.2.3", "1.2.5"]
    assert refused(parsed) == [("row_of_other_round", "row", "A3")]
    [said] = parsed.rows["quarantine"]
    assert "FY2567-12M" in said["message_th"] and ROUND in said["message_th"] and "ย้าย" in said["message_th"]
    assert "FY2567-12M" in said["message_en"] and "Move" in said["message_en"]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (CORRECTIONS, [correction(), correction(lgo="5920102")]),
        (CROSSWALK, [[ROUND, "3920102", "1", "1.1.1", ""], [ROUND, "5920102", "2", "1.1.2", ""]]),
    ],
)
def test_a_row_of_another_local_government_is_refused_and_the_others_count(header, rows):
    parsed = register(header, *rows)
    assert refused(parsed) == [("row_of_other_lgo", "row", "B3")]
    assert len(parsed.rows[parsed.kinds[0]]) == 1


def test_a_crosswalk_with_one_row_of_another_round_counts_without_it():
    parsed = register(CROSSWALK, ["FY2567-12M", "3920102", "1", "1.1.1", ""], [ROUND, "3920102", "2", "1.1.2", ""])
    assert [row["eplan_seq"] for row in parsed.rows["crosswalk"]] == [2]
    assert refused(parsed) == [("row_of_other_round", "row", "A2")]


def test_a_register_that_is_all_of_another_round_was_put_into_the_wrong_folder():
    parsed = register(CORRECTIONS, correction(round_key="FY2567-12M"), correction("1.2.4", "FY2567-12M"))
    assert (parsed.kinds, refused(parsed)) == ([], [("other_round", "file", None)])


def test_a_register_of_unreadable_rows_is_the_register_still():
    parsed = register(CORRECTIONS, correction(new="ประมาณหมื่น"))
    assert (parsed.kinds, refused(parsed)) == (["correction"], [("correction_unreadable", "row", "G2")])
    [said] = parsed.rows["quarantine"]
    assert "จำนวนเงินที่ถูก ไม่ติดลบ" in said["message_th"] and "«ประมาณหมื่น»" in said["message_th"]
    assert "an amount of 0 or more" in said["message_en"]


@pytest.mark.parametrize(
    ("post", "found"),
    [
        ("นายสมชาย ใจดี", [("correction_names_person", "row", "I2")]),
        ("somchai@example.go.th", [("correction_names_person", "row", "I2")]),
        ("นายช่างโยธาอาวุโส", []),
        ("นายกเทศมนตรี", []),
        ("หัวหน้าสำนักปลัด", []),
    ],
)
def test_who_decided_is_a_post_and_no_person(post, found):
    row = correction()
    row[8] = post
    assert refused(register(CORRECTIONS, row)) == found


def test_a_decision_without_a_project_is_said_and_what_nobody_decided_is_not():
    header = CROSSWALK + ",decision"
    rows = [
        [ROUND, "3920102", "5", "1.1.9", "", "match"],
        [ROUND, "3920102", "", "1.1.9", "", "ไม่ตรงกัน"],
        [ROUND, "3920102", "x5", "1.1.9", "", "match"],
        [ROUND, "3920102", "", "1.1.9", "", ""],
    ]
    parsed = register(header, *rows)
    assert [row["eplan_seq"] for row in parsed.rows["crosswalk"]] == [5]
    assert refused(parsed) == [("pair_without_number", "row", "C3"), ("pair_without_number", "row", "C4")]
    # Without the column every row is a decision.
    assert refused(
        register(CROSSWALK, [ROUND, "3920102", "", "1.1.9", ""], [ROUND, "3920102", "5", "1.1.9", ""])
    ) == [("pair_without_number", "row", "C2")]


def test_an_amount_of_too_many_digits_is_no_correction():
    parsed = register(CORRECTIONS, correction(new="100000000000"), correction(new="5920101234567.00"))
    assert [row["new_value"] for row in parsed.rows["correction"]] == ["100000000000.00"]
    assert refused(parsed) == [("correction_too_large", "row", "G3")]
    assert "5920101234567" in parsed.rows["quarantine"][0]["message_th"]


def test_a_day_may_have_the_name_of_its_month():
    days = [
        "11 ต.ค. 2567",
        "๑๑ ตุลาคม พ.ศ. ๒๕๖๗",
        "11ต.ค.2567",
        "11 ตค 2024",
        "31 ก.พ. 2567",
        "11 ต.ค. 67",
        "ต.ค. 2567",
    ]
    parsed = register(CORRECTIONS, *(correction(decided_on=day) for day in days))
    assert [row["decided_on"] for row in parsed.rows["correction"]] == ["2024-10-11"] * 4
    assert [cell for _, _, cell in refused(parsed)] == ["J6", "J7", "J8"]


def test_a_refused_correction_says_what_it_is_about_as_far_as_it_can_be_read():
    parsed = register(
        CORRECTIONS,
        correction("๑.๒.๐๓", new="?", decided_on="20/10/2566"),
        correction(new="?", decided_on="พรุ่งนี้"),
        correction(what="ข้อสาม"),
    )
    said = [(q["kind"], q["row_key"], q["lgo_code"], q["decided_on"]) for q in parsed.rows["quarantine"]]
    target = "division:1.2.3:remaining_baht"
    assert said == [
        ("correction", target, "3920102", "2023-10-20"),
        ("correction", target, "3920102", None),
        ("correction", None, "3920102", "2023-10-20"),
    ]


def test_a_refused_row_of_a_form_says_which_listing_it_is():
    row = ["มิติที่ 1", "ภารกิจ", "๑.๑.๐๒ โครงการ", "ห้าหมื่น", "-", "-", "-", "", "/", "", "", ""]
    content = workbook([TITLE, *HEADER, row])
    parsed = parse(content, ROUND, "x", hashlib.sha256(content).hexdigest(), TRANG)
    [said] = parsed.rows["quarantine"]
    assert (said["kind"], said["row_key"], said["cell"]) == ("division_listing", "1.1.2", "D4")
