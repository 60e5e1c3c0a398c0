"""Decisions to publish despite a rule: what may be asked for, how rows are told apart, and that none is lost."""

import pytest

from orchestration import decisions
from orchestration.checks import NEVER_DECIDED, decidable
from orchestration.decisions import Decision, WrongDecision

BECAUSE = {"reason": "ยกเลิกแผนมิติ 4", "decided_by": "นายกเทศมนตรี"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"rule": "no_such_rule", **BECAUSE}, "ไม่รู้จักข้อตรวจหรือข้อค้นพบ «no_such_rule»"),
        ({"rule": "totals_agree", **BECAUSE}, "ขัดแย้งกันเอง"),
        # A warning stops nothing.
        ({"rule": "rows_are_mostly_kept", **BECAUSE}, "unknown rule"),
        ({"rule": "same_money_twice", "reason": " ", "decided_by": "ปลัดเทศบาล"}, "reason"),
        ({"rule": "same_money_twice", "reason": "ก" * 301, "decided_by": "ปลัดเทศบาล"}, "300"),
        ({"rule": "same_money_twice", "reason": "เหตุผล", "decided_by": "นายสมมติ ไม่มีจริง"}, "ไม่ใช่ชื่อบุคคล"),
        ({"rule": "same_money_twice", "reason": "เหตุผล", "decided_by": "someone@example.go.th"}, "ไม่ใช่ชื่อบุคคล"),
    ],
)
def test_what_cannot_be_decided_is_refused_by_name(asked, said):
    with pytest.raises(WrongDecision, match=said):
        decisions.checked([asked], decidable(), NEVER_DECIDED)


@pytest.mark.parametrize(
    "post", ["นายกเทศมนตรี", "นายกองค์การบริหารส่วนจังหวัด", "นายก อบต.", "ปลัดเทศบาล", "ผู้อำนวยการกองคลัง"]
)
def test_a_post_is_no_person(post):
    asked = {"rule": "percent_does_not_plunge", "reason": " เหตุ\n ผล ", "decided_by": post}
    [found] = decisions.checked([asked], decidable(), NEVER_DECIDED)
    assert (found.reason, found.decided_by) == ("เหตุ ผล", post)


def test_rows_are_the_same_in_any_order_and_others_with_any_other_value():
    rows = [["FY2566-12M", "3920102", 91.43, None], ["FY2566-12M", "3920103", 5.0, ""]]
    assert decisions.digest(rows) == decisions.digest(reversed(rows))
    assert decisions.digest(rows) != decisions.digest(rows[:1])
    assert decisions.digest(rows) != decisions.digest([rows[0], ["FY2566-12M", "3920103", 5.01, ""]])


def decision(number):
    return Decision(
        f"rule_{number}", "", number, "0" * 64, 'เหตุผล, "อ้าง"', "ปลัดเทศบาล", "2026-11-23T15:33:51+07:00", "run"
    )


def test_what_was_decided_stays(settings):
    assert decisions.kept(settings) == []
    decisions.keep(settings, [decision(1)])
    decisions.keep(settings, [])
    decisions.keep(settings, [decision(2), decision(3)])
    assert decisions.kept(settings) == [decision(1), decision(2), decision(3)]
    path = decisions.path_of(settings)
    path.write_text(path.read_text(encoding="utf-8").replace(",2,", ",two,"), encoding="utf-8")
    with pytest.raises(WrongDecision, match="line 3"):
        decisions.kept(settings)


def test_a_report_carries_the_decisions_of_its_round_and_of_the_whole():
    made = [{"rule": name, "round_key": key} for name, key in (("a", ""), ("b", "FY2566-12M"), ("c", "FY2566-6M"))]
    assert [d["rule"] for d in decisions.of_round(made, "FY2566-12M")] == ["a", "b"]
