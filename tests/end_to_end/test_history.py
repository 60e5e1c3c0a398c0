"""What changes from round to round and year to year, and what was known when."""


def test_a_round_takes_the_names_thresholds_and_minimums_of_its_own_plan_period(installation):
    names = installation.ask(
        "select round.round_key, dimension.name from core.dim_round as round"
        " join core.dim_dimension as dimension using (plan_period)"
        " where round.round_key in ('FY2565-12M', 'FY2566-6M') and dimension = '1' order by round_key"
    )
    assert [row["name"] for row in names] == ["การสร้างสังคมที่ไม่ทนต่อการทุจริต", "การสร้างวัฒนธรรมสุจริต"]
    [before] = installation.ask(
        "select previous_round_key, year_before_round_key from core.dim_round where round_key = 'FY2566-12M'"
    )
    assert before == {"previous_round_key": "FY2566-6M", "year_before_round_key": "FY2565-12M"}
