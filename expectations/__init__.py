"""What must be true of the data before it goes on: Great Expectations suites as data, and the bridge to Dagster.

`accepted` says what an accepted file means, `published` whether the marts may be published. Keys,
relationships, contracts and arithmetic are dbt's; no rule lives in both.
"""
