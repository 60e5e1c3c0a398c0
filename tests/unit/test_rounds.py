from datetime import date, datetime

import pytest

from orchestration.as_of import moment
from orchestration.rounds import BANGKOK, calendar, open_rounds


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


@pytest.mark.parametrize("text", ["2023-10-17T23:59", "2566-10-17T23:59", "2023-10-17T16:59+00:00"])
def test_a_moment_in_either_era_and_any_zone(text):
    assert moment(text) == datetime(2023, 10, 17, 23, 59, tzinfo=BANGKOK)


def test_the_29th_of_february_is_looked_for_in_the_common_year():
    # 2567 could not be divided by four; 2024 can.
    assert moment("2567-02-29").date() == date(2024, 2, 29)


def test_a_bare_day_means_its_end():
    assert moment("2023-10-17").date() == date(2023, 10, 17)
    assert moment("2023-10-17") > datetime(2023, 10, 17, 23, 59, tzinfo=BANGKOK)


@pytest.mark.parametrize("text", ["2300-01-01", "17 ต.ค. 66"])
def test_no_moment_in_the_future_and_no_guess(text):
    with pytest.raises(ValueError):
        moment(text)
