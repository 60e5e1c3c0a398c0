import os
from pathlib import Path

from orchestration.matching.evidence import Weights
from orchestration.matching.series import NEEDED, match_series
from orchestration.matching.spread import PROVINCE_SQL


def model(dbt, session):
    dbt.config(materialized="table")
    projects = dbt.ref("int_project").select(*NEEDED).order(PROVINCE_SQL).to_arrow_table()
    weights = dbt.ref("match_weight").to_arrow_table()
    kept = Path(os.environ["SUCHARIT_CACHE"], "matching")
    return match_series(projects, Weights.of_table(weights), kept)
