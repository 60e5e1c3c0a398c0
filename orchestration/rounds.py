"""The calendar of reporting rounds: which there are, which are open, when they are due.

Dates move from year to year, so they are data: dbt_project/seeds/round_calendar.csv.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from orchestration.paths import SEEDS

BANGKOK = ZoneInfo("Asia/Bangkok")


@dataclass(frozen=True)
class Round:
    """One reporting round. Dates are in the common era, `fiscal_year_be` in the Buddhist era (+ 543).

    Files are expected from `opens_on`, the report is due on `report_due`, and the nightly run goes on until
    `closes_on` so that late files and corrections still come in.
    """

    round_key: str
    fiscal_year_be: int
    months: int
    period_start: date
    period_end: date
    opens_on: date
    report_due: date
    closes_on: date

    def is_open(self, today: date) -> bool:
        return self.opens_on <= today <= self.closes_on


@cache
def calendar() -> dict[str, Round]:
    """Return every round by its key (FY2566-12M), in calendar order."""
    with (SEEDS / "round_calendar.csv").open(encoding="utf-8-sig", newline="") as file:
        rounds = [
            Round(
                row["round_key"],
                int(row["fiscal_year_be"]),
                int(row["months"]),
                *(
                    date.fromisoformat(row[name])
                    for name in ("period_start", "period_end", "opens_on", "report_due", "closes_on")
                ),
            )
            for row in csv.DictReader(file)
        ]
    return {r.round_key: r for r in sorted(rounds, key=lambda r: r.period_end)}


def round_key(fiscal_year_be: int, months: int) -> str:
    """Return the key of a round: FY2566-12M."""
    return f"FY{fiscal_year_be}-{months}M"


def open_rounds(today: date) -> list[Round]:
    """Return the rounds that take files on a day."""
    return [r for r in calendar().values() if r.is_open(today)]


def last_round() -> Round:
    """Return the round of the calendar that closes last: after it nothing is expected, and no run starts."""
    return max(calendar().values(), key=lambda r: r.closes_on)
