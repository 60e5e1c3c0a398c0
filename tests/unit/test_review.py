"""What a reviewer has decided about pairs, when one side of it has not arrived."""

import csv

from orchestration.matching.evidence import Weights
from orchestration.matching.pairs import match_place
from orchestration.paths import SEEDS

MONEY = {"budget_plan_baht": 0, "budget_ordinance_baht": 0, "disbursed_baht": 0}


def weights():
    import pyarrow as pa

    with (SEEDS / "match_weight.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Weights.of_table(pa.Table.from_pylist([row | {"points": float(row["points"])} for row in rows]))


def test_nothing_is_proposed_for_a_project_whose_reviewed_listing_has_not_arrived():
    about = {"dimension": "1", "mission": "1.1", "status": "completed", **MONEY}
    listings = [about | {"listing_code": "1.1.2", "listing_name": "โครงการอบรมคุณธรรมจริยธรรมสำหรับพนักงานจ้าง"}]
    projects = [about | {"eplan_seq": 7, "project_name": "โครงการอบรมคุณธรรมจริยธรรมสำหรับพนักงานจ้าง"}]
    reviewed = {"eplan_seq": 7, "decision": "match", "listing_name": None, "project_name": None}
    [row] = match_place(listings, projects, [reviewed | {"listing_code": "1.1.1"}], weights())
    assert (row["listing_code"], row["outcome"]) == ("1.1.2", "unmatched")
    [row] = match_place(listings, projects, [reviewed | {"listing_code": "1.1.2"}], weights())
    assert (row["listing_code"], row["outcome"], row["eplan_seq"]) == ("1.1.2", "reviewed", 7)
