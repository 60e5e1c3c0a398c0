"""Whole synthetic provinces through the pipeline, and what was found held against what was planted.

    python -m bench.province [--province 92] [--years 2566 2567 2568] [--seeds 1 2 3]

The files go in as if each had arrived when it was saved; then every round is read, judged and accepted, and the
warehouse is built once, without Dagster around it. Prints the counts per rule and every difference, and ends with
1 where there is one. tests/province does the same on fewer seeds.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
import tempfile
from collections import Counter
from pathlib import Path

import duckdb

from bench.generator.faults import Expected
from bench.generator.generate import Plan, Written, generate, some_lgos
from orchestration import dbt, intake
from orchestration.checks import judge_submissions
from orchestration.ledger import Arrival, Ledger
from orchestration.paths import SEEDS
from orchestration.registry import register
from orchestration.rounds import BANGKOK
from orchestration.settings import Settings


def deliver(settings: Settings, directory: Path, written: Written) -> None:
    """Receive every file at the moment when it was saved, in that order."""
    arrivals, contents = [], {}
    for sent in sorted(written.sent, key=lambda s: (s.saved_at, s.path)):
        content = (directory / "inbox" / sent.path).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        contents[sha256] = content
        round_key, name = sent.path.split("/", 1)
        at = sent.saved_at.replace(tzinfo=BANGKOK)
        arrivals.append(Arrival(round_key, name, sha256, len(content), str(at), at, "drop folder"))
    intake.store(settings, contents)
    Ledger(settings.ledger).receive(arrivals)


def ingest(settings: Settings, round_key: str) -> None:
    """Read, judge and accept what has arrived for a round."""
    intake.read_submissions(settings, round_key)
    judgement = judge_submissions(settings, round_key)
    intake.accept(settings, round_key, judgement.refused, judgement.failures)


def build(settings: Settings, *marts: str) -> None:
    """Build the warehouse, or some marts and what they need. Raises SystemExit naming the nodes that failed."""
    if marts:
        select = ["--indirect-selection", "buildable", "--select", *(f"+{mart}" for mart in marts)]
        built = dbt.invoke(settings, "build", "--exclude-resource-type", "unit_test", "--no-write-json", *select)
    else:
        built = dbt.build(settings)
    failed = [r for r in built.result.results if r.status in ("error", "fail")]
    if failed:
        raise SystemExit("\n".join(f"{r.node.name}: {r.message}" for r in failed))


def found(settings: Settings) -> Counter[Expected]:
    """Return every row of marts.finding and marts.reconciliation as one that a planter would expect."""
    counted: Counter[Expected] = Counter()
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        for mart in ("finding", "reconciliation"):
            rows = connection.execute(
                "select round_key, coalesce(lgo_code, ''), rule, coalesce(listing_code, ''),"
                f" coalesce(eplan_seq, 0) from marts.{mart}"
            )
            counted.update(Expected(*row) for row in rows.fetchall())
    return counted


def rules() -> set[str]:
    """Return every rule that the warehouse knows."""
    with (SEEDS / "finding_rule.csv").open(encoding="utf-8", newline="") as file:
        return {row["rule"] for row in csv.DictReader(file)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--province", default="92")
    parser.add_argument("--years", type=int, nargs="+", default=list(Plan.years))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    given = parser.parse_args()
    lgos = [lgo for lgo in some_lgos(len(register())) if lgo.province_code == given.province]
    wrong = 0
    for seed in given.seeds:
        plan = Plan(seed=seed, years=tuple(given.years))
        with tempfile.TemporaryDirectory(prefix="province-") as place:
            directory = Path(place)
            settings = Settings(home=directory, provinces=(given.province,))
            written = generate(directory, lgos, plan)
            deliver(settings, directory, written)
            for folder in sorted((directory / "inbox").iterdir()):
                ingest(settings, folder.name)
            build(settings)
            expected, there = Counter(written.expected), found(settings)
        by_rule = Counter(e.rule for e in expected.elements())
        print(f"seed {seed}: {len(written.sent):,} files, {expected.total():,} expected, {there.total():,} found")
        for rule in sorted(rules()):
            print(f"  {rule:34}{by_rule[rule]:6}")
        for words, rows in (("not found", expected - there), ("invented", there - expected)):
            wrong += rows.total()
            for row, times in sorted(rows.items()):
                print(f"  {words}: {row} x {times}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
