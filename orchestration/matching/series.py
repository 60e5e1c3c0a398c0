"""One project through the rounds and years: its name drifts, its number and code mostly stay.

A series is named after its first project. A project goes on a series where one of the latest rounds has a project
that is certainly the same; otherwise it begins one. A new round never changes the series of earlier ones.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.matching.evidence import Floats, Lines, Weights, assign, compare, three_letters
from orchestration.matching.spread import by_province

Row = dict[str, Any]
# A project that none of so many rounds before has is a new one, even under an old name.
ROUNDS_BACK = 4
SCHEMA = pa.schema(
    [
        ("project_id", pa.string()),
        ("project_series_id", pa.string()),
        ("previous_project_id", pa.string()),
        ("series_method", pa.string()),
        ("series_score", pa.float64()),
    ]
)


NEEDED = (
    "project_id", "lgo_code", "round_key", "period_end", "name", "dimension", "eplan_seq", "listing_code",
    "budget_plan_baht",
)  # fmt: skip


def match_series(projects: pa.Table, weights: Weights, kept: Path | None = None) -> pa.Table:
    """Return the series of every project, columns as in SCHEMA, a row per row of `projects`.

    `projects` has the columns NEEDED (rounds go by period_end). `series_method` is `first` where a series begins
    and `automatic` where it goes on; then `series_score` is the score against `previous_project_id`. `kept` is a
    folder for what was matched (see spread.py).
    """
    return by_province(series_of, {"projects": projects.select(NEEDED)}, weights, each=[], kept=kept)


def series_of(tables: dict[str, pa.Table], weights: Weights) -> pa.Table:
    """Match the table projects; see match_series."""
    order = [(name, "ascending") for name in ("lgo_code", "period_end", "project_id")]
    rows = tables["projects"].sort_by(order).to_pylist()
    made: list[Row] = []
    for _, of_lgo in groupby(rows, key=lambda row: row["lgo_code"]):
        open_series: dict[str, tuple[int, Row]] = {}
        rounds = groupby(of_lgo, key=lambda row: (row["period_end"], row["round_key"]))
        for number, (_, of_round) in enumerate(rounds):
            now = list(of_round)
            before = {s: row for s, (seen, row) in open_series.items() if number - seen <= ROUNDS_BACK}
            for row, found in zip(now, _continue(list(before.items()), now, weights), strict=True):
                series = found[0] if found else row["project_id"]
                open_series[series] = (number, row)
                made.append(
                    {
                        "project_id": row["project_id"],
                        "project_series_id": series,
                        "previous_project_id": before[series]["project_id"] if found else None,
                        "series_method": "automatic" if found else "first",
                        "series_score": found[1] if found else None,
                    }
                )
    return pa.Table.from_pylist(made, schema=SCHEMA)


def _continue(before: list[tuple[str, Row]], now: list[Row], weights: Weights) -> list[tuple[str, float] | None]:
    """Return for each project of a round the series that it goes on and the score, or None."""
    found: list[tuple[str, float] | None] = [None] * len(now)
    if not before:
        return found
    rows = [row for _, row in before]
    score = _score(now, rows, weights)
    everyone = np.ones(len(now), np.bool_), np.ones(len(rows), np.bool_)
    for i, j, _ in assign(score, *everyone, weights):
        found[i] = before[j][0], round(float(score[i, j]), 1)
    return found


def _score(now: list[Row], before: list[Row], weights: Weights) -> Floats:
    a, b = _lines(now), _lines(before)
    evidence = compare(a, b, three_letters(a.plain + b.plain), weights)
    codes = weights["series_code", "same"] * _same(now, before, "listing_code")
    numbers = weights["series_number", "same"] * _same(now, before, "eplan_seq")
    score: Floats = (
        evidence.points["name"] + evidence.points["plan"] + evidence.points["dimension"] + codes + numbers
    )
    return score


def _lines(rows: list[Row]) -> Lines:
    nothing = np.zeros(len(rows), np.int64)
    plan = np.array([round(float(row["budget_plan_baht"] or 0) * 100) for row in rows], np.int64)
    dimensions, statuses = [row["dimension"] for row in rows], [None] * len(rows)
    return Lines([row["name"] or "" for row in rows], dimensions, statuses, plan, nothing, nothing)


def _same(now: list[Row], before: list[Row], name: str) -> Floats:
    ours, theirs = [row[name] for row in now], [row[name] for row in before]
    return np.array([[x is not None and x == y for y in theirs] for x in ours], np.float32).reshape(
        len(ours), len(theirs)
    )
