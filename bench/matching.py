"""How well listings are matched to e-PlanNACC projects, and how fast.

    python bench/matching.py [seed] [local governments] [--wrong]

Without a seed: the reference round (samples/source) without its crosswalk, generated local governments of a
seed that nothing was tuned on, and the time of a nation. Precision is the share of automatic pairs that are
true ones; recall the share of true pairs that are automatic. TUNED is the seed that weights and thresholds were
chosen on; HELD_OUT is only ever reported. --wrong prints the wrong pairs. Of each generated round 6 in 100
projects are missing on either side, both sides' names drift by a strength of their own, and names differ from
one another often by one phrase only.
"""

import csv
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pyarrow.csv as arrow_csv

from bench.generator.drift import drift
from bench.generator.generate import some_lgos
from bench.generator.world import State, year_of
from orchestration.matching.evidence import Weights
from orchestration.matching.pairs import Row, match_place
from orchestration.paths import SAMPLES, SEEDS

TUNED, HELD_OUT = 1000, 70_000
MISSING = 0.06
STRENGTHS = (0.0, 0.2, 0.4, 0.6, 0.8)
YEAR = 2566


@dataclass
class Case:
    """One round of one local government in satang, with its true pairs (listing code, number)."""

    listings: list[Row]
    projects: list[Row]
    pairs: set[tuple[str, int]]


def reference() -> Case:
    """Return the published FY2566 12-month round of เทศบาลนครตรัง with the pairs found by reading both sides."""

    def rows(name: str) -> list[dict[str, str]]:
        with (SAMPLES / "source" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def satang(text: str) -> int:
        return round(float(text or 0) * 100)

    listings = [
        {
            "listing_code": row["code"], "listing_name": row["name"], "dimension": row["dimension"],
            "mission": row["mission"], "status": "unable" if row["status"] == "not_done" else row["status"],
            "budget_plan_baht": satang(row["budget_plan"]),
            "budget_ordinance_baht": satang(row["budget_ordinance"]), "disbursed_baht": satang(row["disbursed"]),
        }
        for row in rows("division_listing.csv")
    ]  # fmt: skip
    projects = [
        {
            "eplan_seq": int(row["seq"]), "project_name": row["name"], "dimension": row["dimension"],
            "status": row["status"], "budget_plan_baht": satang(row["budget"]),
            "disbursed_baht": satang(row["disbursed"]),
        }
        for row in rows("eplan_projects.csv")
    ]  # fmt: skip
    pairs = {(r["division_code"], int(r["eplan_seq"])) for r in rows("crosswalk.csv") if r["division_code"]}
    return Case(listings, projects, pairs)


def generated(seed: int, count: int, strength: float) -> list[Case]:
    """Return 12-month rounds of that many local governments whose names drift with this strength."""
    cases = []
    for lgo in some_lgos(count):
        dice = random.Random(f"{seed}:{lgo.lgo_code}:{strength}")
        cases.append(_case(dice, year_of(seed, lgo, YEAR, strength=0.0)[12], strength))
    return cases


def _case(dice: random.Random, state: State, strength: float) -> Case:
    pairs, projects, gone = set(), [], set()
    for entry in state.entries:
        where = dice.random()
        if where < MISSING:
            gone.update(entry.codes)
        if where > 1 - MISSING:
            continue
        plan = dice.choice((0, entry.plan * 2)) if dice.random() < 0.05 else entry.plan
        spent = dice.choice((0, entry.disbursed + 12_300)) if dice.random() < 0.05 else entry.disbursed
        projects.append(
            {
                "eplan_seq": entry.seq, "project_name": drift(dice, entry.name, strength * dice.random()),
                "dimension": entry.dimension, "budget_plan_baht": plan, "disbursed_baht": spent,
                "status": "in_progress" if dice.random() < 0.1 else entry.status,
            }
        )  # fmt: skip
        if where >= MISSING:
            pairs.update((code, entry.seq) for code in entry.codes)
    listings = [
        {
            "listing_code": line.code, "listing_name": drift(dice, line.name, strength * dice.random()),
            "dimension": line.code.split(".")[0], "mission": line.code.rpartition(".")[0], "status": line.status,
            "budget_plan_baht": line.plan or 0, "budget_ordinance_baht": line.ordinance or 0,
            "disbursed_baht": line.disbursed or 0,
        }
        for line in state.lines
        if line.code not in gone
    ]  # fmt: skip
    return Case(listings, projects, pairs)


def weights() -> Weights:
    return Weights.of_table(arrow_csv.read_csv(SEEDS / "match_weight.csv"))


def measure(cases: list[Case], show_wrong: bool = False) -> Counter[str]:
    """Count true pairs, automatic ones, wrong ones among them, and what became of the true ones left over."""
    counted: Counter[str] = Counter()
    known = weights()
    for case in cases:
        rows = list(match_place(case.listings, case.projects, [], known))
        automatic = {(r["listing_code"], r["eplan_seq"]) for r in rows if r["outcome"] == "automatic"}
        first = {
            (r["listing_code"], r["eplan_seq"]) for r in rows if r["outcome"] == "proposed" and r["rank"] == 1
        }
        left = case.pairs - automatic
        counted.update(
            true=len(case.pairs),
            automatic=len(automatic),
            wrong=len(automatic - case.pairs),
            left=len(left),
            proposed_right=len(first & left),
            proposed_wrong=len(first - case.pairs),
        )
        if show_wrong:
            names = {r["listing_code"]: r["listing_name"] for r in case.listings}
            titles = {r["eplan_seq"]: r["project_name"] for r in case.projects}
            for row in rows:
                pair = row["listing_code"], row.get("eplan_seq")
                if row["outcome"] == "automatic" and pair not in case.pairs:
                    print(f"  {row['certainty']}  {names[pair[0]]}  |  {titles[pair[1]]}")
    return counted


def report(label: str, counted: Counter[str]) -> None:
    right = counted["automatic"] - counted["wrong"]
    print(
        f"{label:<28} pairs {counted['true']:>6}  automatic {counted['automatic']:>6}  wrong {counted['wrong']:>3}"
        f"  precision {right / max(counted['automatic'], 1):.5f}  recall {right / max(counted['true'], 1):.4f}"
        f"  left {counted['left']:>4}, of them proposed first {counted['proposed_right']:>4}"
        f"  proposed wrongly {counted['proposed_wrong']:>4}"
    )


def main() -> None:
    show = "--wrong" in sys.argv
    numbers = [int(text) for text in sys.argv[1:] if text.isdecimal()]
    seed, count = [*numbers, *(HELD_OUT, 100)[len(numbers) :]][:2]
    report("reference round", measure([reference()], show))
    started, places, total = time.perf_counter(), 0, Counter[str]()
    for strength in STRENGTHS:
        cases = generated(seed, count, strength)
        places += len(cases)
        started = time.perf_counter()
        counted = measure(cases, show)
        report(f"seed {seed}, strength {strength}", counted)
        total += counted
    report(f"seed {seed}, all", total)
    case = reference()
    started = time.perf_counter()
    known = weights()
    for _ in range(100):
        list(match_place(case.listings, case.projects, [], known))
    each = (time.perf_counter() - started) / 100
    print(f"88 listings x 81 projects: {each * 1000:.1f} ms; 7,849 of them: {each * 7849:.0f} s on one core")


if __name__ == "__main__":
    main()
