"""Ordinary questions of a dashboard to a release: how long they take.

    python -m bench.questions RELEASE [--turns 20]

RELEASE is the directory of a release (bench/decade.py leaves one of ten years with --keep). Every question is
asked so many times through a connection of its own each time, as a BI tool does, and through one that stays open.
Prints medians by the clock, and of CPU, which a busy machine draws out less. Asked for are the round in the
middle, the local government with the most lines in it and its province.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb

QUESTIONS = {
    "disbursed by province in one round": """
        select l.province, sum(r.disbursed_baht)
        from marts.round_summary as r join core.dim_lgo as l using (lgo_code)
        where r.round_key = $round group by all order by 2 desc""",
    "the ranking of one province in one round": """
        select rank_in_province, lgo_name, implementation_pct, level_th from marts.provincial_ranking
        where round_key = $round and province_code = $province order by 1""",
    "one local government through all rounds": """
        select round_key, budget_baht, disbursed_baht, implementation_pct from marts.round_summary
        where lgo_code = $lgo order by 1""",
    "every line of one local government and round, with its cells": """
        select listing_code, eplan_seq, disbursed_baht, source_file, disbursed_cell from core.fct_budget
        where round_key = $round and lgo_code = $lgo order by 1, 2""",
    "findings of one province and round, by rule": """
        select f.rule, f.severity, count(*) from marts.finding as f join core.dim_lgo as l using (lgo_code)
        where f.round_key = $round and l.province_code = $province group by all order by 3 desc""",
    "disbursed by round and dimension, over all lines": """
        select round_key, dimension, sum(disbursed_baht), count(*) from core.fct_budget
        where source = 'eplan' and counts_towards_total group by all order by all""",
    "the twenty largest disbursements of all rounds": """
        select round_key, lgo_code, name_as_listed, disbursed_baht from core.fct_budget
        where source = 'eplan' order by disbursed_baht desc nulls last limit 20""",
}


def asked_for(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the round, local government and province that the questions are about."""
    rounds = connection.execute("select distinct round_key from core.fct_budget order by 1").fetchall()
    middle = rounds[len(rounds) // 2][0]
    lgo, province = connection.execute(
        "select lgo_code, any_value(province_code) from core.fct_budget join core.dim_lgo using (lgo_code)"
        " where round_key = $1 group by 1 order by count(*) desc, 1 limit 1",
        [middle],
    ).fetchall()[0]
    return {"round": middle, "lgo": lgo, "province": province}


def show(release: Path, turns: int = 20) -> None:
    """Ask everything and print the medians."""
    warehouse = release.resolve() / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        about = asked_for(connection)
        lines = connection.table("core.fct_budget").count("*").fetchall()[0][0]
    print(f"  {lines:,} lines in core.fct_budget, {warehouse.stat().st_size / 1e6:,.0f} MB")
    title = f"median of {turns}, ms"
    print(f"  {title:62}{'connected anew':>16}{'CPU':>8}{'open':>8}{'CPU':>8}{'rows':>8}")
    for name, sql in QUESTIONS.items():
        words = {word: value for word, value in about.items() if f"${word}" in sql}
        anew = [_anew(warehouse, sql, words) for _ in range(turns)]
        with duckdb.connect(str(warehouse), read_only=True) as held:
            rows = len(held.execute(sql, words).fetchall())
            open_ = [_asked(held, sql, words) for _ in range(turns)]
        first, *others = (
            statistics.median(turn) for turn in (*zip(*anew, strict=True), *zip(*open_, strict=True))
        )
        print(f"  {name:62}{first:16.1f}{''.join(f'{ms:8.1f}' for ms in others)}{rows:8}", flush=True)


def _anew(warehouse: Path, sql: str, words: Mapping[str, str]) -> tuple[float, float]:
    """Return the milliseconds by the clock and of CPU, connecting included."""
    began = time.perf_counter(), time.process_time()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute(sql, words).fetchall()
    return 1000 * (time.perf_counter() - began[0]), 1000 * (time.process_time() - began[1])


def _asked(connection: duckdb.DuckDBPyConnection, sql: str, words: Mapping[str, str]) -> tuple[float, float]:
    """Return the milliseconds by the clock and of CPU through an open connection."""
    began = time.perf_counter(), time.process_time()
    connection.execute(sql, words).fetchall()
    return 1000 * (time.perf_counter() - began[0]), 1000 * (time.process_time() - began[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", type=Path)
    parser.add_argument("--turns", type=int, default=20)
    given = parser.parse_args()
    show(given.release, given.turns)


if __name__ == "__main__":
    main()
