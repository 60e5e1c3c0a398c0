from datetime import date

from orchestration.rounds import calendar, open_rounds


def test_the_reference_round():
    r = calendar()["FY2566-12M"]
    assert (r.fiscal_year_be, r.months) == (2566, 12)
    assert (r.period_start, r.period_end) == (date(2022, 10, 1), date(2023, 9, 30))
    assert r.report_due == date(2023, 10, 31)


def test_every_round_starts_with_the_fiscal_year_and_is_due_after_its_end():
    for r in calendar().values():
        assert r.period_start == date(r.fiscal_year_be - 544, 10, 1)
        assert r.period_end < r.opens_on <= r.report_due <= r.closes_on


def test_which_rounds_are_open():
    assert [r.round_key for r in open_rounds(date(2023, 10, 17))] == ["FY2566-12M"]
    assert [r.round_key for r in open_rounds(date(2024, 4, 30))] == ["FY2567-6M"]
    assert open_rounds(date(2024, 2, 15)) == []
