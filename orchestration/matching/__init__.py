"""Project identity: which listing is which e-PlanNACC project, and which project goes on from round to round.

Nothing here knows dbt, DuckDB or Dagster; tables come and go as Arrow. `evidence` weighs one pair, `pairs` gives
listings to projects, `series` follows projects through the rounds. How much each piece of evidence counts and
where the thresholds lie is data (seeds/match_weight.csv); docs/matching.md says how they were measured.
"""
