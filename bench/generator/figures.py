"""What e-PlanNACC shows of a list: summary, dimension table, status table, percent and level. Plain Python.

The rules are those of the published FY2566-12M report, written here a second time on purpose: the tests hold the
warehouse's SQL against them. Thresholds and minimums come from the reviewed seeds.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from bench.generator.world import MINIMUM, Entry, Line, State
from orchestration.paths import SEEDS

DIMENSIONS = ("1", "2", "3", "4")
Figures = dict[tuple[str, str, str], str]


@cache
def levels(months: int) -> list[tuple[int, str, str]]:
    """Return (least percent, level, Thai word) of a round, the highest first."""
    with (SEEDS / "implementation_level.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["months"]) == months]
    return sorted(((int(r["lower_pct"]), r["level"], r["level_th"]) for r in rows), reverse=True)


@cache
def known_minimum(lgo_type: str) -> int | None:
    """Return the reviewed minimum of a type for the plan of 2566-2570; None where nobody knows it."""
    with (SEEDS / "nacc_minimum.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (row["lgo_type"], row["plan_period"]) == (lgo_type, "2566-2570"):
                return int(row["minimum_projects"]) if row["minimum_projects"] else None
    return None


def percent(part: int, whole: int) -> Fraction:
    """Return 100 x part / whole in hundredths, rounded half up once."""
    return Fraction((20000 * part + whole) // (2 * whole), 100)


def printed(pct: Fraction) -> str:
    return f"{float(pct):.2f}"


def baht(satang: int) -> str:
    return f"{satang // 100:,}.{satang % 100:02}" if satang >= 0 else "-" + baht(-satang)


@dataclass(frozen=True)
class Result:
    """Implementation of one list: percent (at most 100), whether it was more, the level and its Thai word.

    `share` is the exact fraction that the percent is printed of.
    """

    pct: Fraction
    is_capped: bool
    level: str
    level_th: str
    share: Fraction

    @property
    def printed(self) -> str:
        return ("*" if self.is_capped else "") + printed(self.pct)


def result(entries: Iterable[Entry], minimum: int, months: int) -> Result:
    """Return completed initial projects over the minimum. Levels compare the exact fraction."""
    done = sum(e.is_initial and e.status == "completed" for e in entries)
    level = next(found for found in levels(months) if done * 100 >= found[0] * minimum)
    pct = Fraction(100) if done > minimum else percent(done, minimum)
    return Result(pct, done > minimum, level[1], level[2], Fraction(done, minimum))


def ordinance_of(entries: Iterable[Entry], lines: Iterable[Line]) -> dict[int, int]:
    """Return per initial project what the ordinance gives it after transfers; a listing counts once."""
    by_code = {line.code: line for line in reversed(list(lines))}
    given: dict[int, int] = {}
    claimed: set[str] = set()
    for entry in sorted(entries, key=lambda e: e.seq):
        if not entry.is_initial:
            continue
        codes = sorted((c for c in entry.codes if c in by_code), key=lambda c: [int(x) for x in c.split(".")])
        counting = [code for code in codes[: None if entry.is_in_parts else 1] if code not in claimed]
        given[entry.seq] = sum(by_code[code].after_transfers for code in counting)
        claimed.update(counting)
    return given


def figures(state: State, lines: Iterable[Line] | None = None) -> Figures:
    """Return every figure of the three tables as printed, by (export, part, field).

    `lines` are the listings that the ordinance column is taken from; those of the state where none are given.
    """
    entries, months = state.entries, state.months
    minimum = MINIMUM[state.lgo.type]
    reached = result(entries, minimum, months)
    initial = [e for e in entries if e.is_initial]
    ordinance = ordinance_of(entries, state.lines if lines is None else lines)
    budget, disbursed = sum(e.plan for e in entries), sum(e.disbursed for e in entries)
    made: Figures = {("summary", "", "initial_projects"): str(len(initial))}
    for status in ("awaiting_report", "in_progress", "completed", "unable"):
        made["summary", "", status] = str(sum(e.status == status for e in entries))
    made["summary", "", "disbursed_baht"] = baht(disbursed)
    made["summary", "", "disbursed_pct"] = printed(percent(disbursed, budget))
    made["summary", "", "implementation_level"] = reached.level_th
    made["summary", "", "implementation_pct"] = reached.printed
    for dimension in (*DIMENSIONS, "total"):
        of = [e for e in initial if dimension in (e.dimension, "total")]
        done = sum(e.status == "completed" for e in of)
        plan, spent = sum(e.plan for e in of), sum(e.disbursed for e in of)
        row = {
            "planned_projects": str(len(of)),
            "completed_projects": str(done),
            "budget_plan_baht": baht(plan),
            "budget_ordinance_baht": baht(sum(ordinance[e.seq] for e in of)),
            "disbursed_baht": baht(spent),
            "project_pct": printed(percent(done, len(of))),
            "budget_pct": printed(percent(spent, plan)) if plan else "0.00",
        }
        made |= {("dimension", dimension, name): text for name, text in row.items()}
    made["status", "", "minimum_projects"] = str(minimum)
    made["status", "", "all_projects"] = str(len(initial))
    made["status", "", "in_ordinance"] = str(sum(amount > 0 for amount in ordinance.values()))
    for status in ("in_progress", "completed", "unable"):
        made["status", "", status] = str(sum(e.status == status for e in initial))
    made["status", "", "implementation_pct"] = reached.printed
    made["status", "", "implementation_level"] = reached.level_th
    return made
