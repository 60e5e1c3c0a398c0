from orchestration.matching.evidence import Weights
from orchestration.matching.series import match_series


def model(dbt, session):
    dbt.config(materialized="table")
    projects = dbt.ref("int_project").to_arrow_table()
    weights = dbt.ref("match_weight").to_arrow_table()
    return match_series(projects, Weights.of_table(weights))
