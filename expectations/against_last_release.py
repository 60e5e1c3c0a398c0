"""What may change from one release to the next, and which totals must agree: thresholds as data.

The thresholds are against_last_release.csv, a row each with its reason. Every rule is about one `measure`, a
frame of orchestration/baseline.py with the columns round_key, subject (what is compared), before, now, change
(now less before) and kept_pct (100 x now / before). `table` is the asset that the check is shown on.

dbt knows one build only, so nothing here can be a dbt test; what dbt tests (keys, relationships, arithmetic of a
row) is not here.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

from expectations.rules import Rule, Severity

COLUMNS = ("round_key", "subject", "before", "now")
# Both sides are in one build: judged without an earlier release too.
WITHIN_ONE_BUILD = "totals"


def _rule(row: dict[str, str]) -> Rule:
    bounds = {"min_value": row["lowest"], "max_value": row["highest"]}
    return Rule(
        row["rule"],
        row["table"],
        "ExpectColumnValuesToBeBetween",
        {"column": row["column"]} | {name: float(value) for name, value in bounds.items() if value},
        cast(Severity, row["severity"]),
        row["th"],
        row["en"],
        column=row["column"],
        columns=COLUMNS,
        measure=row["measure"],
    )


with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
    RULES: list[Rule] = [_rule(row) for row in csv.DictReader(file)]
