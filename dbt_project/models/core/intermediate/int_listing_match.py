import os
from pathlib import Path

from orchestration.matching.evidence import Weights
from orchestration.matching.pairs import IN_PARTS, LISTING, PROJECT, REVIEWED, match_listings


def model(dbt, session):
    dbt.config(materialized="table")
    listings = dbt.ref("stg_division_listing").select(*LISTING).order(IN_PARTS).to_arrow_table()
    projects = dbt.ref("stg_eplan_project").select(*PROJECT).order(IN_PARTS).to_arrow_table()
    reviewed = dbt.ref("stg_crosswalk").select(*REVIEWED).to_arrow_table()
    weights = dbt.ref("match_weight").to_arrow_table()
    kept = Path(os.environ["SUCHARIT_CACHE"], "matching")
    return match_listings(listings, projects, reviewed, Weights.of_table(weights), kept)
